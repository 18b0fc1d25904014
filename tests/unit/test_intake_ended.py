"""Effects of an order event on a watch that has ended."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain.intake import Result, decide_listed
from payment_refresh.domain.policy import DAY
from payment_refresh.domain.vocabulary import Notice, OutboxItem, Reason, Status, WatchClass
from payment_refresh.times import to_iso
from tests.support import samples
from tests.support.clock import START
from tests.unit.intake_steps import ENDS, KEY, NOW, PAID, POLICY, ended, news

if TYPE_CHECKING:
    from payment_refresh.domain.order import Order


KEPT = samples.order(
    status="cancelled",
    payment_status="paid",
    payment_updated_at=to_iso(START),
    cancelled_at=to_iso(START + 9),
)
"""An order that was cancelled after its money came."""


class TestAbandonedCarts:
    """One that its shopper changed since is watched again, while it may be."""

    abandoned = ended(samples.cart(), Status.ABANDONED)
    refreshed = replace(abandoned, refresh_sent_at=to_iso(START + 50), refresh_answered_at=to_iso(START + 52))

    def test_a_change_begins_the_next_round_with_its_age(self) -> None:
        result, step = news(self.abandoned, samples.cart(updated_at=to_iso(NOW - 10)))

        assert result is Result.WATCHING
        assert step is not None
        assert (step.round, step.due_at) == (2, NOW - 10 + 45 * 60)

    def test_a_change_that_may_be_our_refreshs_does_not(self) -> None:
        assert news(self.refreshed, samples.cart(updated_at=to_iso(START + 99))) == (Result.IGNORED, None)

    @pytest.mark.parametrize("updated_at", [None, to_iso(START)], ids=["not shown", "as before"])
    def test_nor_does_an_order_without_a_change(self, updated_at: str | None) -> None:
        assert news(self.abandoned, samples.cart(updated_at=updated_at)) == (Result.IGNORED, None)

    def test_nor_a_cart_older_than_any_is_watched(self) -> None:
        old = samples.cart(created_at=to_iso(START - 31 * DAY), updated_at=to_iso(NOW))

        assert news(ended(old, Status.ABANDONED, order_updated_at=to_iso(START)), old) == (Result.IGNORED, None)

    def test_one_whose_last_change_was_never_known_begins_anew(self) -> None:
        watch = replace(self.abandoned, order_updated_at=None)

        assert news(watch, samples.cart(updated_at=to_iso(NOW)))[0] is Result.WATCHING

    def test_one_that_was_placed_since_does_also_where_our_refresh_may_have_done_it(self) -> None:
        result, step = news(self.refreshed, samples.order(at=START + 55))

        assert (result, step and step.watch_class) == (Result.WATCHING, WatchClass.PLACED)


class TestEndedWatches:
    """A newer order may end them otherwise, or have them begin anew."""

    @pytest.mark.parametrize("status", [Status.DEAD_LETTERED, Status.ABANDONED, Status.MISSING])
    @pytest.mark.parametrize(
        ("order", "end"), [(PAID, Status.SETTLED), (replace(PAID, payment_status="voided"), Status.CLOSED)]
    )
    def test_an_order_that_settled_after_all_says_so(self, status: Status, order: Order, end: Status) -> None:
        result, step = news(ended(samples.order(), status, reason=Reason.STAYED_PENDING), order)

        assert result is Result.ENDED
        assert step is not None
        reason = Reason.REVERSED if end is Status.CLOSED else None
        assert (step.status, step.reason, step.ended_at) == (end, reason, NOW)

    def test_nothing_is_unrelayed_any_more_then(self) -> None:
        _, step = news(samples.unrelayed(samples.order(), POLICY, at=START + 60, claim="token", claims=1), PAID)

        assert step is not None
        assert step.is_done
        assert (step.due_at, step.claim, step.claims) == (None, None, 0)

    @pytest.mark.parametrize("status", [Status.SETTLED, Status.CLOSED])
    @pytest.mark.parametrize("payment_status", ["paid", "voided"])
    def test_what_ended_well_ends_once(self, status: Status, payment_status: str) -> None:
        order = replace(PAID, payment_status=payment_status)

        assert news(ended(samples.order(), status), order) == (Result.IGNORED, None)

    @pytest.mark.parametrize("status", [Status.DEAD_LETTERED, Status.ABANDONED, Status.MISSING])
    def test_who_heard_that_it_is_stuck_hears_that_it_settled(self, status: Status) -> None:
        reported = samples.outbox_of(OutboxItem.STILL_PENDING, OutboxItem.MISSING)

        _, step = news(ended(samples.order(), status, announced=reported), PAID)

        assert step is not None
        assert (step.outbox, step.due_at) == (samples.outbox_of(OutboxItem.SETTLED), NOW)

    @pytest.mark.parametrize("status", [Status.CLOSED, Status.ABANDONED, Status.DEAD_LETTERED, Status.MISSING])
    def test_late_money_on_a_cancelled_order_is_reported_whatever_was_reported_before(
        self, status: Status
    ) -> None:
        watch = ended(samples.cart(), status, announced=samples.outbox_of(OutboxItem.CLOSED))

        result, step = news(watch, replace(PAID, status="cancelled"))

        assert (result, step and step.status) == (Result.ENDED, Status.CLOSED)
        assert step is not None
        assert (step.outbox, step.due_at, step.notice) == (
            samples.outbox_of(OutboxItem.ON_CANCELLED_ORDER),
            NOW,
            "on_cancelled_order",
        )

    @pytest.mark.parametrize("status", [Status.CLOSED, Status.SETTLED])
    def test_late_money_is_reported_once_and_not_of_what_settled(self, status: Status) -> None:
        notice = Notice.ON_CANCELLED_ORDER if status is Status.CLOSED else None
        watch = ended(samples.order(), status, notice=notice)

        assert news(watch, replace(PAID, status="cancelled")) == (Result.IGNORED, None)

    @pytest.mark.parametrize("status", ENDS)
    def test_a_draft_begins_nothing_anew(self, status: Status) -> None:
        draft = samples.cart(status="draft", updated_at=PAID.updated_at)

        assert news(ended(samples.cart(), status), draft) == (Result.IGNORED, None)

    @pytest.mark.parametrize("status", ENDS)
    def test_an_older_order_never_changes_an_end(self, status: Status) -> None:
        older = samples.authorized(samples.order(), START - 1)

        assert news(ended(samples.order(), status), older) == (Result.STALE, None)

    @pytest.mark.parametrize("status", [Status.SETTLED, Status.CLOSED, Status.MISSING, Status.ABANDONED])
    def test_an_order_that_is_pending_again_begins_the_next_round(self, status: Status) -> None:
        result, step = news(ended(samples.cart(), status), samples.order(at=NOW - 10))

        assert result is Result.WATCHING
        assert step is not None
        assert (step.status, step.round, step.watch_class) == (Status.WATCHING, 2, WatchClass.PLACED)
        assert (step.due_at, step.expires_at, step.ended_at) == (NOW + 50, None, None)

    def test_the_next_round_of_an_order_cancelled_since_is_asked_at_its_ages(self) -> None:
        cancelled = samples.order(status="cancelled", cancelled_at=to_iso(NOW), updated_at=to_iso(NOW))

        _, step = news(ended(samples.cart(), Status.CLOSED, reason=Reason.REVERSED), cancelled)

        assert step is not None
        assert (step.is_open, step.cancelled_at) == (True, NOW)

    @pytest.mark.parametrize("outbox", [frozenset(), samples.outbox_of(OutboxItem.DEAD_LETTER)])
    def test_a_dead_lettered_payment_that_stays_pending_is_with_a_person(self, outbox: frozenset[str]) -> None:
        watch = ended(samples.order(), Status.DEAD_LETTERED, outbox=outbox)

        assert news(watch, samples.order(updated_at=to_iso(NOW))) == (Result.IGNORED, None)

    def test_money_on_an_order_not_placed_is_reported_once(self) -> None:
        money = samples.authorized(samples.cart(), START)

        assert news(ended(money, Status.SETTLED), replace(money, updated_at=to_iso(NOW))) == (Result.IGNORED, None)

    @pytest.mark.parametrize("status", [Status.ABANDONED, Status.DEAD_LETTERED, Status.CLOSED, Status.MISSING])
    def test_money_that_comes_late_on_an_order_not_placed_is_waited_for(self, status: Status) -> None:
        result, step = news(ended(samples.cart(), status), samples.authorized(samples.cart(), NOW - 5))

        assert result is Result.WATCHING
        assert step is not None
        assert (step.unplaced_since, step.due_at) == (NOW, NOW + 15 * 60)

    @pytest.mark.parametrize(
        ("status", "reason"), [(Status.MISSING, None), (Status.CLOSED, Reason.DELETED)], ids=["missing", "deleted"]
    )
    @pytest.mark.parametrize(
        ("known", "shown", "begins"),
        [
            (to_iso(START), to_iso(START), False),
            (to_iso(START), None, False),
            (to_iso(START), to_iso(START + 1), True),
            (None, to_iso(START), True),
        ],
        ids=["as known", "not shown", "newer", "never known"],
    )
    def test_what_is_gone_begins_anew_only_for_an_order_newer_than_known(
        self, status: Status, reason: Reason | None, known: str | None, shown: str | None, begins: bool
    ) -> None:
        watch = ended(samples.cart(), status, reason=reason, order_updated_at=known)

        assert (news(watch, samples.cart(updated_at=shown))[0] is Result.WATCHING) is begins

    @pytest.mark.parametrize(
        ("reason", "again", "result"),
        [
            (Reason.CANCELLED, samples.order(status="cancelled"), Result.IGNORED),
            (Reason.CANCELLED, samples.order(), Result.WATCHING),
            (Reason.REPLACED, samples.order(source_id="pay-b"), Result.IGNORED),
            (Reason.REPLACED, samples.order(), Result.WATCHING),
            (Reason.ACKNOWLEDGED, samples.order(), Result.IGNORED),
            (Reason.ACKNOWLEDGED, samples.authorized(samples.cart(), NOW), Result.WATCHING),
            (Reason.REVERSED, samples.order(), Result.WATCHING),
            (Reason.CANCELLED, KEPT, Result.IGNORED),
        ],
        ids=[
            "still cancelled",
            "not cancelled any more",
            "still replaced",
            "the order's again",
            "acknowledged",
            "money after it was acknowledged",
            "unpaid again",
            "money before the cancellation",
        ],
    )
    def test_what_still_is_what_it_was_closed_for_does_not_begin_anew(
        self, reason: Reason, again: Order, result: Result
    ) -> None:
        watch = ended(samples.order(), Status.CLOSED, reason=reason)

        assert news(watch, replace(again, updated_at=to_iso(NOW)))[0] is result

    @pytest.mark.parametrize("status", [Status.DEAD_LETTERED, Status.REPORTED])
    @pytest.mark.parametrize(
        "again", [samples.order(status="cancelled"), KEPT, samples.authorized(samples.cart(), NOW)]
    )
    def test_what_a_person_has_begins_anew_where_nobody_waits_any_more_or_money_came(
        self, status: Status, again: Order
    ) -> None:
        result, step = news(ended(samples.order(), status), replace(again, updated_at=to_iso(NOW)))

        assert (result, step and step.round) == (Result.WATCHING, 2)

    @pytest.mark.parametrize("status", [Status.MISSING, Status.DEAD_LETTERED])
    def test_what_may_be_paid_twice_is_looked_at(self, status: Status) -> None:
        result, step = news(ended(samples.order(), status), replace(PAID, source_id="pay-b"))

        assert result is Result.WATCHING
        assert step is not None
        assert (step.round, step.due_at) == (2, NOW)

    def test_an_order_announced_as_not_placed_that_is_placed_after_all_says_so_once(self) -> None:
        reported = samples.outbox_of(OutboxItem.NOT_PLACED)
        watch = ended(samples.cart(), Status.SETTLED, notice=Notice.NOT_PLACED, announced=reported)

        result, step = news(watch, PAID)

        assert (result, step and step.outbox) == (Result.ENDED, samples.outbox_of(OutboxItem.PLACED_AFTER_ALL))
        assert step is not None
        assert news(step, replace(PAID, updated_at=to_iso(NOW))) == (Result.IGNORED, None)

    @pytest.mark.parametrize("status", Status)
    def test_another_order_of_the_same_payment_begins_the_next_round(self, status: Status) -> None:
        other = samples.order("b", source_id="pay-a", updated_at=to_iso(START - 500))

        result, step = news(ended(samples.order(), status), other)

        assert result is Result.WATCHING
        assert step is not None
        assert (step.round, step.order_id, step.is_open) == (2, "order-b", True)


class TestListed:
    """The ended row of an order that discover still lists does not expire."""

    half = POLICY.retention // 2

    @pytest.mark.parametrize(
        ("expires_at", "renewed"),
        [(NOW + half - 1, NOW + POLICY.retention), (NOW + half, None), (None, None)],
        ids=["soon", "not soon", "never"],
    )
    def test_its_expiry_is_renewed_long_before_it_comes(self, expires_at: int | None, renewed: int | None) -> None:
        watch = ended(samples.order(), Status.CLOSED, expires_at=expires_at)

        row = decide_listed(KEY, watch, samples.order(), samples.moment(NOW, POLICY))

        assert (row and row.expires_at) == renewed

    @pytest.mark.parametrize(
        ("began_as", "listed_as", "starts_again"),
        [
            (samples.cart(), samples.order(at=START + 60), True),
            (samples.cart(), samples.cart(at=START + 60), False),
            (samples.order(), samples.order(at=START + 60), False),
            (samples.cart(), samples.order(at=START - 60), False),
        ],
        ids=["placed since", "still a cart", "placed all along", "an older state"],
    )
    def test_row_of_an_order_whose_payment_is_not_shown_starts_again_once_its_cart_was_placed(
        self, began_as: Order, listed_as: Order, starts_again: bool
    ) -> None:
        watch = ended(samples.without_source(began_as), Status.CLOSED, key=samples.order_key())

        row = decide_listed(watch.key, watch, samples.without_source(listed_as), samples.moment(NOW, POLICY))

        assert (row is not None and row.is_open) is starts_again
