"""Messages sent by hand, without a claim token."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain.watch import FoundBy, Status
from payment_refresh.errors import StateUnavailable, UnreadableRow
from payment_refresh.metrics import Metric
from tests.support import samples
from tests.support.clock import START
from tests.unit.use_cases.steps import authorize, dropped, swept

if TYPE_CHECKING:
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
        order = samples.order(payment_status="partially_authorized")
        world.commerce_layer.put(order)
        world.event(order)
        assert world.row(samples.key()).outbox

        assert world.refresh(MANUAL).counts == {"ListCalls": 1, "Pending": 1}

        assert (world.events.kinds, world.row(samples.key()).outbox) == ({"PaymentAmountMismatch": 1}, frozenset())

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
