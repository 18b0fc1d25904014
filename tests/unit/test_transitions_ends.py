"""Ends of a watch: who settled it, when it is given up, and what an order event says of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain import leases, transitions
from payment_refresh.domain.attribution import SentRefresh
from payment_refresh.domain.check_results import Answered, Failed
from payment_refresh.domain.endings import is_stale
from payment_refresh.domain.watch import (
    Check,
    CheckSource,
    OutboxItem,
    Reason,
    SettledBy,
    Status,
    Watch,
    WatchClass,
)
from payment_refresh.times import to_iso
from tests.support import samples
from tests.support.clock import START
from tests.unit.transition_steps import CART, END, NOW, PLACED, POLICY, answered, refreshed

if TYPE_CHECKING:
    from payment_refresh.domain.order import Order


class TestWhoSettledIt:
    """Our refresh, only where the order moved while it ran or shortly after."""

    @pytest.mark.parametrize(
        ("moved", "by"),
        [
            (-0.201, SettledBy.WEBHOOK),
            (-0.199, SettledBy.REFRESH),
            (1, SettledBy.REFRESH),
            (2, SettledBy.REFRESH),
            (7, SettledBy.REFRESH),
            (7.001, SettledBy.WEBHOOK),
        ],
    )
    def test_the_time_of_the_move_decides(self, moved: float, by: SettledBy) -> None:
        """The refresh ran for two seconds."""
        order = samples.authorized(samples.order(), NOW + moved)
        answer = Answered(order=order, looked=True, sent_refresh=SentRefresh(NOW, NOW + 2))

        assert transitions.apply_answer(PLACED, answer, samples.moment(NOW + 2, POLICY)).settled_by is by

    def test_an_earlier_refresh_may_have_settled_what_a_later_look_or_event_shows(self) -> None:
        watch = refreshed(PLACED, samples.order())
        order = samples.authorized(samples.order(), NOW + 1)

        assert answered(watch, order, NOW + 60).settled_by is SettledBy.REFRESH
        assert (
            transitions.apply_event(watch, order, samples.moment(NOW + 1, POLICY)).settled_by is SettledBy.REFRESH
        )

    def test_what_a_refresh_whose_answer_was_lost_settled_is_announced_though_an_event_reports_it(self) -> None:
        watch = transitions.back_off(
            PLACED, Failed("ReadError", SentRefresh(NOW - 1, NOW)), samples.moment(NOW, POLICY)
        )

        reported = transitions.apply_event(
            watch, samples.authorized(samples.order(), NOW), samples.moment(NOW + 1, POLICY)
        )

        assert (reported.status, reported.settled_by) == (Status.SETTLED, SettledBy.REFRESH)
        assert (reported.outbox, reported.due_at) == (samples.outbox_of(OutboxItem.SETTLED), NOW + 1)

    def test_what_the_webhook_settled_is_not_announced_where_an_event_tells_it(self) -> None:
        reported = transitions.apply_event(
            PLACED, samples.authorized(samples.order(), NOW), samples.moment(NOW + 1, POLICY)
        )

        assert (reported.status, reported.settled_by) == (Status.SETTLED, SettledBy.WEBHOOK)
        assert (reported.outbox, reported.due_at) == (frozenset(), None)

    @pytest.mark.parametrize("moved_at", [None, to_iso(NOW)])
    def test_without_a_refresh_or_a_time_it_was_the_webhook(self, moved_at: str | None) -> None:
        order = samples.authorized(samples.order(), NOW, payment_updated_at=moved_at)
        watch = PLACED if moved_at else refreshed(PLACED, samples.order())

        assert answered(watch, order).settled_by is SettledBy.WEBHOOK


class TestGivingUp:
    """A refresh at or after the policy's end, and then, at least a minute later, a look."""

    waiting = refreshed(replace(PLACED, due_at=END), samples.order(), END)

    def test_the_refresh_at_the_end_is_no_end_yet(self) -> None:
        assert (self.waiting.status, self.waiting.due_at) == (Status.WATCHING, END + 61)

    def test_the_look_after_it_dead_letters_a_placed_order(self) -> None:
        watch = answered(self.waiting, samples.order(), END + 61)

        assert (watch.status, watch.reason) == (Status.DEAD_LETTERED, Reason.STAYED_PENDING)
        assert (watch.outbox, watch.due_at) == (
            samples.outbox_of(OutboxItem.DEAD_LETTER, OutboxItem.STILL_PENDING),
            END + 121,
        )
        assert watch.expires_at == END + 61 + POLICY.retention
        assert not watch.is_done

    def test_the_look_after_it_abandons_a_cart(self) -> None:
        end = POLICY.ends_at(CART)
        waiting = refreshed(CART, samples.cart(), end)
        assert (waiting.status, waiting.due_at) == (Status.WATCHING, end + 61)

        watch = answered(waiting, samples.cart(), end + 61)

        assert (watch.status, watch.reason, watch.outbox) == (
            Status.ABANDONED,
            None,
            samples.outbox_of(OutboxItem.ABANDONED),
        )
        assert (watch.due_at, watch.expires_at) == (end + 121, end + 61 + POLICY.retention)

    def test_a_look_that_shows_money_settles(self) -> None:
        watch = answered(self.waiting, samples.authorized(samples.order(), END + 60), END + 61)

        assert watch.status is Status.SETTLED

    @pytest.mark.parametrize(
        ("watch", "now"),
        [
            (PLACED, END + 61),
            (replace(waiting, refreshed_at=END - 1), END + 61),
            (waiting, END + 60),
            (leases.mark_event(waiting), END + 61),
        ],
        ids=["never refreshed", "refreshed before the end", "too soon after", "an event came"],
    )
    def test_nothing_less_gives_up(self, watch: Watch, now: int) -> None:
        assert answered(watch, samples.order(), now).is_open

    def test_a_second_refresh_is_no_look(self) -> None:
        assert refreshed(self.waiting, samples.order(), END + 61).is_open

    @pytest.mark.parametrize(
        "order", [None, samples.order(updated_at=to_iso(START - 1))], ids=["no order", "an older order"]
    )
    def test_a_look_that_shows_nothing_new_does_not_give_up(self, order: Order | None) -> None:
        assert answered(self.waiting, order, END + 61).is_open

    def test_where_no_refresh_may_be_sent_the_look_at_the_end_is_enough(self) -> None:
        watch = answered(PLACED, samples.order(), END, can_refresh=False)

        assert watch.status is Status.DEAD_LETTERED
        assert answered(PLACED, samples.order(), END - 1, can_refresh=False).is_open

    def test_what_may_only_be_looked_at_is_looked_at_to_the_end(self) -> None:
        cancelled = samples.order(status="cancelled")

        assert answered(PLACED, cancelled, END).status is Status.DEAD_LETTERED
        assert answered(PLACED, cancelled, END - 1).is_open

    def test_a_cart_placed_at_the_last_moment_is_not_given_up(self) -> None:
        end = POLICY.ends_at(CART)
        waiting = refreshed(CART, samples.cart(), end)

        watch = answered(waiting, samples.order(at=end + 50), end + 61)

        assert (watch.status, watch.watch_class) == (Status.WATCHING, WatchClass.PLACED)

    def test_what_cannot_be_processed_is_dead_lettered_with_that_reason(self) -> None:
        watch = transitions.dead_letter_poison(replace(PLACED, isolated_attempts=3), samples.moment(NOW, POLICY))

        assert (watch.status, watch.reason) == (Status.DEAD_LETTERED, Reason.CANNOT_PROCESS)
        assert (watch.outbox, watch.due_at) == (
            samples.outbox_of(OutboxItem.DEAD_LETTER, OutboxItem.STILL_PENDING),
            NOW + 60,
        )
        assert (watch.claim, watch.isolated_attempts, watch.expires_at) == (None, 0, NOW + POLICY.retention)

    def test_once_its_letter_is_sent_its_event_is_still_unrelayed(self) -> None:
        watch = transitions.clear_outbox(
            transitions.dead_letter_poison(PLACED, samples.moment(NOW, POLICY)),
            samples.outbox_of(OutboxItem.DEAD_LETTER),
        )

        assert (watch.outbox, watch.due_at, watch.is_done) == (
            samples.outbox_of(OutboxItem.STILL_PENDING),
            NOW + 60,
            False,
        )

    def test_once_both_are_sent_nothing_is_left_to_do(self) -> None:
        unrelayed = leases.claim(
            transitions.dead_letter_poison(PLACED, samples.moment(NOW, POLICY)), "t", NOW + 600
        )
        watch = transitions.clear_outbox(unrelayed, unrelayed.outbox)

        assert watch.is_done
        assert (watch.status, watch.due_at, watch.claim, watch.claims) == (Status.DEAD_LETTERED, None, None, 0)


class TestOrderEvents:
    """An event on a watch that nobody holds is applied at once."""

    watch = samples.watch(samples.order(), POLICY)

    def test_an_end_is_reported_among_the_checks_with_its_notice(self) -> None:
        order = samples.order(payment_status="paid", source_id="pay-b")

        watch = transitions.apply_event(self.watch, order, samples.moment(NOW, POLICY))

        assert (watch.status, watch.notice) == (Status.CLOSED, "superseded")
        assert watch.checks == (
            Check(at=NOW, by=CheckSource.EVENT, verdict="closed", payment_status="paid", code="superseded"),
        )

    def test_news_without_an_end_leaves_the_time_of_the_next_check(self) -> None:
        watch = transitions.apply_event(
            self.watch, samples.order(amount_cents=1, updated_at=to_iso(NOW)), samples.moment(NOW, POLICY)
        )

        assert (watch.amount_cents, watch.due_at, watch.checks) == (1, self.watch.due_at, ())

    def test_a_cart_that_was_placed_is_due_a_minute_after(self) -> None:
        cart = samples.watch(samples.cart(), POLICY)

        watch = transitions.apply_event(cart, samples.order(at=NOW - 5), samples.moment(NOW, POLICY))

        assert (watch.watch_class, watch.due_at) == (WatchClass.PLACED, NOW + 55)

    @pytest.mark.parametrize("status", [Status.DEAD_LETTERED, Status.ABANDONED, Status.MISSING])
    def test_it_ends_an_ended_watch_otherwise(self, status: Status) -> None:
        ended = replace(self.watch, status=status, reason=Reason.STAYED_PENDING, due_at=None)

        watch = transitions.apply_event(
            ended, samples.authorized(samples.order(), NOW), samples.moment(NOW, POLICY)
        )

        assert (watch.status, watch.reason, watch.ended_at) == (Status.SETTLED, None, NOW)


@pytest.mark.parametrize(
    ("seen", "shown", "older"),
    [
        (START, START - 0.001, True),
        (START, START, False),
        (START, START + 0.001, False),
        (None, START, False),
        (START, None, False),
    ],
)
def test_an_order_is_older_where_its_updated_at_says_so(
    seen: float | None, shown: float | None, older: bool
) -> None:
    watch = replace(PLACED, order_updated_at=None if seen is None else to_iso(seen))
    order = samples.order(updated_at=None if shown is None else to_iso(shown))

    assert is_stale(order, watch) is older
    assert not is_stale(replace(order, id="order-b"), watch)
