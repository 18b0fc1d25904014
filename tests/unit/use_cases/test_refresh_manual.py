"""Messages sent by hand, without a claim token."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain.vocabulary import FoundBy, Notice, OutboxItem, Reason, Status
from payment_refresh.errors import StateUnavailable, UnreadableRow
from payment_refresh.metrics import Metric
from tests.support import samples
from tests.support.clock import START
from tests.unit.use_cases.steps import MISMATCHES, authorize, dropped, swept

if TYPE_CHECKING:
    from payment_refresh.domain.order import Order
    from tests.support.world import World

MANUAL: dict[str, object] = {"type": "stripe_payments", "id": "pay-a"}


class TestManual:
    """Messages without a token."""

    def test_an_unknown_payment_gets_a_watch_and_is_checked_now(self, world: World) -> None:
        order = samples.order(at=START - 5000)
        world.commerce_layer.put(order)
        authorize(world, order)

        report = world.refresh(MANUAL)

        assert (report.counts[Metric.REFRESH_CALLS], report.counts[Metric.SETTLED]) == (1, 1)
        assert (world.row(samples.key()).order_id, world.row(samples.key()).found_by) == (
            "order-a",
            FoundBy.MANUAL,
        )

    def test_a_watch_that_is_not_due_is_checked_now(self, world: World) -> None:
        world.commerce_layer.put(samples.order())
        world.event(samples.order())

        assert world.refresh(MANUAL).counts == {"ListCalls": 1, "RefreshCalls": 1, "Pending": 1}

        assert (world.row(samples.key()).round, world.row(samples.key()).claim) == (1, None)

    def test_an_order_leads_to_its_payment_which_is_checked_next(self, world: World) -> None:
        order = samples.order()
        world.commerce_layer.put(order)

        assert world.refresh({"order_id": "order-a"}).counts == {"ListCalls": 1, "Closed": 1}

        assert world.row(samples.key()).due_at == START
        world.sweep()
        assert world.take_batch().counts[Metric.REFRESH_CALLS] == 1

    def test_an_order_whose_payment_is_watched_makes_it_due_now(self, world: World) -> None:
        world.commerce_layer.put(samples.order())
        world.event(samples.order())
        world.clock.advance(5)

        world.refresh({"order_id": "order-a"})

        assert world.row(samples.key()).due_at == START + 5

    def test_what_is_under_way_is_not_disturbed(self, world: World) -> None:
        (key,) = swept(world, samples.order())

        assert world.refresh(MANUAL).counts == {}

        assert dropped(world) == ["under_way"]
        assert world.row(key).claim == "token-1"

    def test_a_claim_whose_lease_ended_is_taken_over(self, world: World) -> None:
        swept(world, samples.order())
        world.clock.advance(601)

        assert world.refresh(MANUAL).counts[Metric.REFRESH_CALLS] == 1

    def test_manually_and_swept_in_one_batch_are_checked_once(self, world: World) -> None:
        swept(world, samples.order())
        (body,) = world.queue.waiting.values()

        report = world.refresh(MANUAL, body)

        assert report.counts == {"ListCalls": 1, "RefreshCalls": 1, "Pending": 1}
        assert report.failed == frozenset()

    def test_the_same_request_twice_in_one_batch_is_checked_once(self, world: World) -> None:
        world.commerce_layer.put(samples.order())

        assert world.refresh(MANUAL, MANUAL).counts[Metric.REFRESH_CALLS] == 1

    def test_a_settled_payment_is_left_settled(self, world: World) -> None:
        world.table.put(samples.watch(samples.order(), world.policy, status=Status.SETTLED, due_at=None))

        assert world.refresh(MANUAL).counts == {}

        assert dropped(world) == ["already_settled"]

    @pytest.mark.parametrize("status", [Status.CLOSED, Status.MISSING, Status.ABANDONED, Status.DEAD_LETTERED])
    def test_any_other_end_is_followed_by_a_new_round(self, world: World, status: Status) -> None:
        world.commerce_layer.put(samples.order())
        ended = samples.watch(samples.order(), world.policy, status=status, due_at=None, refreshes=7)
        world.table.put(ended)

        assert world.refresh(MANUAL).counts[Metric.REFRESH_CALLS] == 1

        row = world.row(samples.key())
        assert (row.status, row.round, row.refreshes, row.found_by) == (Status.WATCHING, 2, 1, FoundBy.MANUAL)

    def test_what_is_unrelayed_goes_out_before_a_new_round(self, world: World) -> None:
        world.table.put(samples.unrelayed(samples.order(), world.policy, at=START))

        assert world.refresh(MANUAL).counts == {}

        assert world.row(samples.key()).outbox

    def test_what_an_open_watch_enqueues_keeps_nobody_from_checking_it(self, world: World) -> None:
        world.commerce_layer.put(MISMATCHES[0])
        world.event(MISMATCHES[0])
        assert world.row(samples.key()).outbox

        assert world.refresh(MANUAL).counts == {"ListCalls": 1, "Pending": 1}

        assert (world.events.kinds, world.row(samples.key()).outbox) == ({"PaymentAmountMismatch": 1}, frozenset())

    @pytest.mark.parametrize(
        "after",
        [samples.order(kind="paypal_payments"), samples.cart(kind="paypal_payments")],
        ids=["placed", "not placed"],
    )
    def test_an_order_announced_as_not_placed_is_looked_at_again(self, world: World, after: Order) -> None:
        """Who heard of it hears that it was placed after all."""
        key, at = samples.order_key(), START - 5000
        cart = samples.authorized(samples.cart(kind="paypal_payments"), at)
        world.table.put(
            samples.watch(
                cart,
                world.policy,
                status=Status.SETTLED,
                notice=Notice.NOT_PLACED,
                announced=samples.outbox_of(OutboxItem.NOT_PLACED),
                unplaced_since=at,
                due_at=None,
                ended_at=at,
            )
        )
        world.commerce_layer.put(samples.authorized(after, START))

        world.refresh({"order_id": "order-a"})

        placed = after.placed_at is not None
        assert world.events.kinds == ({"OrderPlacedAfterAll": 1} if placed else {})
        assert (world.row(key).status, world.row(key).round) == (Status.SETTLED, 1)

    @pytest.mark.parametrize("status", [Status.DEAD_LETTERED, Status.REPORTED])
    def test_one_that_a_person_acknowledges_is_closed(self, world: World, status: Status) -> None:
        world.table.put(samples.dead_lettered(samples.order(), world.policy, at=START, status=status))

        assert world.refresh(MANUAL | {"acknowledge": "refunded by phone"}).failed == frozenset()

        row = world.row(samples.key())
        assert (row.status, row.reason, row.note) == (Status.CLOSED, Reason.ACKNOWLEDGED, "refunded by phone")
        assert not world.commerce_layer.calls

    def test_the_row_of_an_order_is_acknowledged_without_an_event(self, world: World) -> None:
        order = samples.without_source(samples.order())
        world.table.put(samples.dead_lettered(order, world.policy, at=START))

        world.refresh({"type": "orders", "id": "order-a", "acknowledge": "refunded by phone"})

        assert (world.row(samples.order_key()).status, world.events.events) == (Status.CLOSED, [])

    @pytest.mark.parametrize("is_known", [True, False])
    def test_what_is_not_stuck_is_not_acknowledged(self, world: World, is_known: bool) -> None:
        if is_known:
            world.table.put(samples.watch(samples.order(), world.policy))

        world.refresh(MANUAL | {"acknowledge": "refunded by phone"})

        assert (dropped(world), world.table.writes) == (["nothing_to_acknowledge"], [])

    def test_the_sweep_that_came_in_between_wins(self, world: World) -> None:
        world.commerce_layer.put(samples.order())
        world.event(samples.order())
        world.clock.advance(60)
        world.table.faults.meanwhile("write", world.sweep)

        assert world.refresh(MANUAL).counts == {}

        assert dropped(world) == ["taken_by_another"]
        assert world.take_batch().counts[Metric.REFRESH_CALLS] == 1

    def test_a_table_that_fails_fails_that_message_alone(self, world: World) -> None:
        swept(world, samples.order("b"))
        (body,) = world.queue.waiting.values()
        world.commerce_layer.put(samples.order())
        world.table.faults.add("write", StateUnavailable("down"))

        report = world.refresh(MANUAL, body)

        assert report.failed == {"0"}
        assert report.counts == {"ListCalls": 1, "RefreshCalls": 1, "Pending": 1}

    def test_a_row_of_a_newer_version_fails_the_message(self, world: World) -> None:
        world.table.unreadable.add(samples.key())

        assert world.refresh(MANUAL).failed == {"0"}

        assert world.log.of("message_failed")[0]["error"] == UnreadableRow.__name__
