"""Messages that may act: the sweep's, manual ones, redriven dead letters; others are dropped or fail."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from payment_refresh.errors import StateUnavailable
from payment_refresh.metrics import Metric
from tests.support import samples
from tests.support.clock import START
from tests.unit.use_cases.steps import dropped, sweep_next, swept

if TYPE_CHECKING:
    from tests.support.world import World

MANUAL: dict[str, object] = {"type": "stripe_payments", "id": "pay-a"}


class TestSwept:
    """Messages with a claim token."""

    def test_the_same_message_again_changes_nothing(self, world: World) -> None:
        (key,) = swept(world, samples.order())
        (body,) = world.queue.waiting.values()
        world.take_batch()
        before = world.row(key)

        report = world.refresh(body)

        assert (report.failed, report.counts) == (frozenset(), {})
        assert world.row(key) is before
        assert dropped(world) == ["stale_duplicate"]

    def test_two_copies_in_one_batch_are_checked_once(self, world: World) -> None:
        swept(world, samples.order())
        (body,) = world.queue.waiting.values()

        report = world.refresh(body, body)

        assert report.counts == {"ListCalls": 1, "RefreshCalls": 1, "Pending": 1}

    def test_a_message_whose_lease_ended_gives_way_to_the_next_claim(self, world: World) -> None:
        (key,) = swept(world, samples.order())
        (late,) = world.queue.waiting.values()
        sweep_next(world, key)

        assert world.refresh(late).counts == {}

        assert world.row(key).claim == "token-2"
        assert world.take_batch().counts[Metric.REFRESH_CALLS] == 1

    def test_of_two_copies_handled_at_once_one_writes(self, world: World) -> None:
        """The second copy writes its outcome while the first still asks Commerce Layer."""
        (key,) = swept(world, samples.order())
        (body,) = world.queue.waiting.values()
        world.commerce_layer.script("look", "*", lambda: world.refresh(body))

        report = world.refresh(body)

        assert report.counts == {"ListCalls": 1, "RefreshCalls": 1}
        assert report.failed == frozenset()
        assert world.log.of("lease_lost") == [{"payment": str(key)}]
        assert (world.row(key).refreshes, world.row(key).consecutive_failures) == (1, 0)

    def test_a_row_that_is_gone_is_no_reason_to_start_one(self, world: World) -> None:
        report = world.refresh(MANUAL | {"claim": "token"})

        assert (report.failed, report.counts) == (frozenset(), {})
        assert not world.table.rows

    def test_a_claimed_watch_that_an_event_recorded_is_still_checked(self, world: World) -> None:
        order = samples.order()
        (key,) = swept(world, order)
        world.commerce_layer.put(samples.authorized(order, START + 71))
        world.event(samples.authorized(order, START + 71))

        assert world.take_batch().counts[Metric.SETTLED] == 1

        assert world.row(key).settled_by == "webhook"

    def test_an_unreadable_row_is_left_alone(self, world: World) -> None:
        (key,) = swept(world, samples.order())
        world.table.unreadable.add(key)
        writes = len(world.table.writes)

        world.take_batch()

        assert len(world.table.writes) == writes
        assert not world.commerce_layer.calls
        assert "row_unreadable" in world.table.log.text  # type: ignore[attr-defined]  # the fake's log

    def test_a_table_that_cannot_be_read_fails_the_whole_batch(self, world: World) -> None:
        swept(world, samples.order(), samples.order("b"))
        world.table.faults.add("read_many", StateUnavailable("down"))

        report = world.take_batch()

        assert report.failed == {"message-1", "message-2"}
        assert not world.commerce_layer.calls
        assert world.take_batch().counts[Metric.REFRESH_CALLS] == 2


@pytest.mark.parametrize(
    "body",
    [
        "",
        "not json",
        "[1]",
        "null",
        "{}",
        json.dumps({"type": "paypal_payments", "id": "x"}),
        json.dumps({"type": "stripe_payments", "id": "../orders"}),
        json.dumps({"type": "stripe_payments"}),
        json.dumps({"order_id": 7}),
        json.dumps({"type": "stripe_payments", "id": "pay-a", "claim": 7}),
        json.dumps({"type": "stripe_payments", "id": "pay-a", "round": True}),
    ],
)
def test_what_nobody_can_act_on_fails_and_holds_up_no_other(world: World, body: str) -> None:
    swept(world, samples.order("b"))
    (good,) = world.queue.waiting.values()

    report = world.refresh(body, good)

    assert report.failed == {"0"}
    assert report.counts == {"Unreadable": 1, "ListCalls": 1, "RefreshCalls": 1, "Pending": 1}


def test_an_empty_batch_is_fine(world: World) -> None:
    report = world.refresh()

    assert (report.failed, report.counts) == (frozenset(), {})
