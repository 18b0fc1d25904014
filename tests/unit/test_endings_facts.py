"""Facts of its order that a watch copies, which of two states counts, and what becomes of odd ones."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from payment_refresh.domain import transitions
from payment_refresh.domain.endings import follow_order, is_stale
from payment_refresh.domain.policy import DAY, HOUR
from payment_refresh.domain.verdict import judge
from payment_refresh.domain.vocabulary import Notice, OutboxItem, Reason, SettledBy, Status, WatchClass
from payment_refresh.times import to_iso
from tests.support import samples
from tests.support.clock import START
from tests.unit.strategies import open_watches, orders
from tests.unit.transition_steps import CART, NOW, PLACED, POLICY, answered, refreshed

if TYPE_CHECKING:
    from payment_refresh.domain.order import Order
    from payment_refresh.domain.watch import Watch

CANCELLED = samples.order(status="cancelled", cancelled_at=to_iso(START + 10))
REPLACED = samples.order(source_id="pay-b")
PAID = samples.authorized(samples.order(), START)


class TestCancelled:
    """A cancelled order's payment is asked at few ages after the cancellation."""

    def test_since_when_the_order_says(self) -> None:
        watch = answered(PLACED, CANCELLED)

        assert (watch.status, watch.cancelled_at, watch.due_at) == (
            Status.WATCHING,
            START + 10,
            START + 10 + HOUR,
        )

    def test_where_it_does_not_say_since_we_saw_it_first(self) -> None:
        undated = samples.order(status="cancelled")

        watch = answered(answered(PLACED, undated), undated, NOW + HOUR)

        assert watch.cancelled_at == NOW

    def test_one_that_is_not_cancelled_any_more_is_asked_as_before(self) -> None:
        watch = answered(replace(PLACED, cancelled_at=START, final_look_at=NOW), samples.order())

        assert (watch.cancelled_at, watch.final_look_at) == (None, None)
        assert watch.due_at == POLICY.next_due(PLACED, NOW, jitter=0)


class TestReplaced:
    """What the order does not wait for any more is asked at few ages since that was first seen."""

    def test_since_we_first_saw_the_other_source(self) -> None:
        watch = answered(answered(PLACED, REPLACED), REPLACED, NOW + HOUR)

        assert (watch.status, watch.replaced_at) == (Status.WATCHING, NOW)

    def test_a_document_that_leaves_the_source_out_erases_nothing(self) -> None:
        watch = answered(answered(PLACED, REPLACED), samples.without_source(samples.order()), NOW + HOUR)

        assert watch.replaced_at == NOW

    def test_the_payment_that_is_the_orders_again_is_waited_for(self) -> None:
        watch = answered(replace(PLACED, replaced_at=START, final_look_at=NOW), samples.order())

        assert (watch.replaced_at, watch.final_look_at) == (None, None)


class TestStates:
    """States are ordered by ``updated_at``, then ``payment_updated_at``; at a tie money and ends count more."""

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
    def test_the_time_of_the_last_change_goes_first(
        self, seen: float | None, shown: float | None, older: bool
    ) -> None:
        watch = replace(PLACED, order_updated_at=None if seen is None else to_iso(seen))
        order = samples.order(updated_at=None if shown is None else to_iso(shown))

        assert is_stale(order, watch) is older
        assert not is_stale(replace(order, id="order-b"), watch)

    @pytest.mark.parametrize(
        ("seen", "shown", "older"),
        [
            (to_iso(START), to_iso(START - 1), True),
            (to_iso(START), to_iso(START), False),
            (to_iso(START), None, False),
            (None, to_iso(START), False),
            (to_iso(START), to_iso(START + 1), False),
        ],
    )
    def test_then_that_of_the_payment(self, seen: str | None, shown: str | None, older: bool) -> None:
        watch = replace(PLACED, order_payment_updated_at=seen)

        assert is_stale(samples.order(payment_updated_at=shown), watch) is older

    @pytest.mark.parametrize(
        ("known", "poorer"),
        [
            ({"status": Status.SETTLED}, samples.order()),
            ({"status": Status.SETTLED}, samples.order(payment_status="voided")),
            ({"status": Status.SETTLED, "order_payment_updated_at": to_iso(START)}, samples.order()),
            ({"unplaced_since": START}, samples.order()),
            ({"status": Status.CLOSED}, samples.order()),
            (
                {"status": Status.CLOSED, "notice": Notice.ON_CANCELLED_ORDER},
                samples.order(payment_status="voided"),
            ),
            ({"status": Status.CLOSED, "notice": Notice.KEPT_AFTER_CANCELLATION}, CANCELLED),
        ],
        ids=[
            "settled",
            "settled, then voided",
            "settled, undated",
            "not placed",
            "closed",
            "on a cancelled order",
            "kept",
        ],
    )
    def test_at_a_tie_the_poorer_one_is_stale(self, known: dict[str, Any], poorer: Order) -> None:
        tie = replace(poorer, updated_at=PLACED.order_updated_at)

        assert is_stale(tie, replace(PLACED, **known))

    @pytest.mark.parametrize("status", [Status.WATCHING, Status.ABANDONED, Status.DEAD_LETTERED, Status.MISSING])
    def test_at_a_tie_what_we_ended_ourselves_stands_for_nothing(self, status: Status) -> None:
        assert not is_stale(samples.order(), replace(PLACED, status=status))

    def test_at_a_tie_the_richer_one_counts(self) -> None:
        paid = samples.order(payment_status="paid")

        assert answered(PLACED, paid).status is Status.SETTLED

    @given(open_watches(), orders)
    def test_a_state_once_taken_is_not_stale_itself(self, watch: Watch, order: Order) -> None:
        after = follow_order(watch, order, judge(order, watch.key), samples.moment(NOW, POLICY), SettledBy.WEBHOOK)

        assert not is_stale(order, after)


class TestKeptMoney:
    """Money that came before the cancellation is looked at once more, in case it is voided."""

    kept = samples.order(
        status="cancelled",
        payment_status="authorized",
        payment_updated_at=to_iso(START - 60),
        cancelled_at=to_iso(START),
        updated_at=to_iso(START),
    )

    def test_it_waits_for_the_second_age_after_the_cancellation(self) -> None:
        watch = answered(PLACED, self.kept)

        assert (watch.status, watch.due_at, watch.outbox) == (Status.WATCHING, START + DAY, frozenset())

    def test_still_held_it_ends_quietly_with_a_notice(self) -> None:
        watch = answered(answered(PLACED, self.kept), self.kept, START + DAY)

        assert (watch.status, watch.reason, watch.notice) == (
            Status.CLOSED,
            Reason.CANCELLED,
            "kept_after_cancellation",
        )
        assert watch.outbox == samples.outbox_of(OutboxItem.CLOSED)

    def test_voided_by_then_it_ends_as_any_other(self) -> None:
        voided = replace(self.kept, payment_status="voided", updated_at=to_iso(START + HOUR))

        watch = answered(answered(PLACED, self.kept), voided, START + DAY)

        assert (watch.status, watch.reason, watch.notice) == (Status.CLOSED, Reason.REVERSED, None)

    def test_with_a_single_age_that_one_counts(self) -> None:
        policy = replace(POLICY, cancelled_ages=(HOUR,))

        watch = follow_order(
            PLACED, self.kept, judge(self.kept, PLACED.key), samples.moment(NOW, policy), SettledBy.WEBHOOK
        )

        assert watch.due_at == START + HOUR

    def test_an_order_event_does_not_put_it_off(self) -> None:
        watch = transitions.apply_event(replace(PLACED, claim=None), self.kept, samples.moment(NOW, POLICY))

        assert watch.due_at == START + DAY


class TestPlacement:
    """An order that its money placed was waited for before that; too late a placement is told."""

    @staticmethod
    def placed(at: int) -> Watch:
        return refreshed(CART, samples.authorized(samples.order(at=at), at), at + 1)

    def test_a_cart_that_its_money_placed_keeps_the_age_of_its_wait(self) -> None:
        """Else no refresh would ever come late for an order that its payment method places by itself."""
        watch = self.placed(START + 3_000)

        assert (watch.status, watch.watch_class, watch.started_at) == (Status.SETTLED, WatchClass.PLACED, START)

    def test_a_placement_after_a_day_is_announced_as_late(self) -> None:
        late = self.placed(START + DAY)

        assert late.outbox == samples.outbox_of(OutboxItem.SETTLED, OutboxItem.PLACED_LATE)
        assert self.placed(START + DAY - 1).outbox == samples.outbox_of(OutboxItem.SETTLED)

    def test_one_that_the_webhook_placed_is_not(self) -> None:
        watch = answered(
            CART, samples.authorized(samples.order(at=START + 2 * DAY), START + 2 * DAY), START + 2 * DAY
        )

        assert watch.outbox == samples.outbox_of(OutboxItem.SETTLED)

    def test_one_placed_before_its_money_came_is_not(self) -> None:
        watch = refreshed(PLACED, samples.authorized(samples.order(), START + 2 * DAY), START + 2 * DAY)

        assert watch.outbox == samples.outbox_of(OutboxItem.SETTLED)

    def test_one_that_is_placed_after_all_is_announced_to_whoever_heard_that_it_is_not(self) -> None:
        watch = replace(
            PLACED,
            status=Status.SETTLED,
            notice=Notice.NOT_PLACED,
            announced=samples.outbox_of(OutboxItem.NOT_PLACED),
        )

        after = transitions.apply_event(
            replace(watch, claim=None, due_at=None),
            replace(PAID, updated_at=to_iso(NOW)),
            samples.moment(NOW, POLICY),
        )

        assert (after.outbox, after.due_at) == (samples.outbox_of(OutboxItem.PLACED_AFTER_ALL), NOW)
