"""Effects of an order event on a watch that has ended."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain.intake import Result
from payment_refresh.domain.watch import Notice, OutboxItem, Reason, Status, WatchClass
from payment_refresh.times import to_iso
from tests.support import samples
from tests.support.clock import START
from tests.unit.intake_steps import ENDS, NOW, PAID, POLICY, ended, news

if TYPE_CHECKING:
    from payment_refresh.domain.order import Order


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
        assert (step.status, step.reason, step.ended_at) == (end, None, NOW)

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

    def test_the_next_round_of_a_cancelled_order_is_only_looked_at(self) -> None:
        _, step = news(ended(samples.cart(), Status.CLOSED), samples.order(status="cancelled"))

        assert step is not None
        assert (step.is_open, step.look_only) == (True, True)

    @pytest.mark.parametrize("outbox", [frozenset(), samples.outbox_of(OutboxItem.DEAD_LETTER)])
    def test_a_dead_lettered_payment_that_stays_pending_is_with_a_person(self, outbox: frozenset[str]) -> None:
        watch = ended(samples.order(), Status.DEAD_LETTERED, outbox=outbox)

        assert news(watch, samples.order(updated_at=to_iso(NOW))) == (Result.IGNORED, None)

    def test_money_on_an_order_not_placed_is_reported_once(self) -> None:
        money = samples.authorized(samples.cart(), START)

        assert news(ended(money, Status.SETTLED), replace(money, updated_at=to_iso(NOW))) == (Result.IGNORED, None)

    @pytest.mark.parametrize("status", [Status.ABANDONED, Status.DEAD_LETTERED, Status.CLOSED, Status.MISSING])
    def test_money_that_comes_late_on_an_order_not_placed_is_waited_for(self, status: Status) -> None:
        result, step = news(ended(samples.cart(), status), samples.authorized(samples.cart(), START))

        assert result is Result.WATCHING
        assert step is not None
        assert (step.unplaced_since, step.due_at) == (NOW, NOW + 15 * 60)

    @pytest.mark.parametrize("status", Status)
    def test_another_order_of_the_same_payment_begins_the_next_round(self, status: Status) -> None:
        other = samples.order("b", source_id="pay-a", updated_at=to_iso(START - 500))

        result, step = news(ended(samples.order(), status), other)

        assert result is Result.WATCHING
        assert step is not None
        assert (step.round, step.order_id, step.is_open) == (2, "order-b", True)
