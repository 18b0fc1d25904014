"""Limits of a refresh: payments believed missing, invocations out of time, one broken payment among others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payment_refresh.domain.watch import Status
from payment_refresh.errors import (
    StateUnavailable,
    UnreadableOrder,
)
from payment_refresh.metrics import Metric
from tests.support import samples
from tests.support.clock import START
from tests.support.commerce_layer import not_found
from tests.unit.use_cases.steps import authorize, several, sweep_next, swept

if TYPE_CHECKING:
    from tests.support.world import World


class TestMissing:
    """A 404 is believed when it comes twice, an hour apart."""

    def test_the_first_404_is_only_remembered(self, world: World) -> None:
        (key,) = swept(world, samples.order())
        del world.commerce_layer.orders["order-a"]
        world.commerce_layer.payments.clear()

        assert world.take_batch().counts == {"ListCalls": 1, "RetrieveCalls": 1, "Pending": 1}

        row = world.row(key)
        assert (row.status, row.first_not_found_at, row.due_at) == (Status.WATCHING, START + 70, START + 70 + 3600)

    def test_the_second_an_hour_later_is_believed(self, world: World) -> None:
        (key,) = swept(world, samples.order())
        del world.commerce_layer.orders["order-a"]
        world.commerce_layer.payments.clear()
        world.take_batch()

        sweep_next(world, key)

        assert world.take_batch().counts[Metric.MISSING] == 1
        assert world.row(key).status is Status.MISSING

    def test_a_second_too_soon_is_not(self, world: World) -> None:
        (key,) = swept(world, samples.order())
        del world.commerce_layer.orders["order-a"]
        world.commerce_layer.payments.clear()
        world.take_batch()
        world.clock.advance(600)

        world.refresh({"type": key.type, "id": key.id})

        assert (world.row(key).status, world.row(key).due_at) == (Status.WATCHING, START + 70 + 3600)

    def test_an_answer_in_between_starts_the_hour_again(self, world: World) -> None:
        (key,) = swept(world, samples.order())
        world.commerce_layer.script("refresh", str(key), not_found(key))
        world.take_batch()
        assert world.row(key).first_not_found_at is not None

        sweep_next(world, key)
        world.take_batch()

        assert (world.row(key).status, world.row(key).first_not_found_at) == (Status.WATCHING, None)

    def test_an_order_that_does_not_exist_is_missing_too(self, world: World) -> None:
        world.refresh({"order_id": "order-a"})
        sweep_next(world, samples.order_key())

        assert world.take_batch().counts[Metric.MISSING] == 1

    def test_a_batch_that_is_mostly_404_changes_nothing(self, world: World) -> None:
        keys = swept(world, *several(5))
        for key in keys[:3]:
            del world.commerce_layer.orders[world.commerce_layer.payments.pop(key)]
        authorize(world, samples.order("03"))

        report = world.take_batch()

        assert report.failed == frozenset()
        assert report.counts[Metric.MOSTLY_MISSING] == 1
        assert report.counts[Metric.SETTLED] == 1
        for key in keys[:3]:
            row = world.row(key)
            assert (row.status, row.first_not_found_at, row.checks, row.consecutive_failures) == (
                Status.WATCHING,
                None,
                (),
                1,
            )
        assert world.log.of("mostly_missing") == [{"missing": 3, "found": 2}]

    def test_as_many_found_as_missing_is_not_mostly(self, world: World) -> None:
        keys = swept(world, *several(6))
        for key in keys[:3]:
            del world.commerce_layer.orders[world.commerce_layer.payments.pop(key)]

        assert "MostlyMissing" not in world.take_batch().counts

        assert world.row(keys[0]).first_not_found_at is not None


class TestTime:
    """No call starts that may not end within the invocation."""

    def test_what_there_was_no_time_for_is_due_at_once(self, world: World) -> None:
        keys = swept(world, *several(5))
        left = iter([True, True, True])  # one look, two refreshes
        world.has_time = lambda: next(left, False)

        report = world.take_batch()

        assert report.failed == frozenset()
        assert report.counts == {"ListCalls": 1, "RefreshCalls": 2, "Pending": 5}
        for key in keys[2:]:
            row = world.row(key)
            assert (row.claim, row.claims, row.due_at, row.consecutive_failures) == (None, 0, START + 70, 0)

    def test_with_no_time_at_all_nobody_is_asked(self, world: World) -> None:
        swept(world, *several(3))
        world.refresh({"type": "stripe_payments", "id": "pay-z"})
        calls = len(world.commerce_layer.calls)
        world.has_time = lambda: False

        world.take_batch()
        world.refresh({"type": "stripe_payments", "id": "pay-y"})

        assert len(world.commerce_layer.calls) == calls

    def test_out_of_time_before_a_refresh(self, world: World) -> None:
        (key,) = swept(world, samples.order())
        world.commerce_layer.hidden = {"order-a"}
        left = iter([True, True])  # the look, the retrieve
        world.has_time = lambda: next(left, False)

        assert world.take_batch().counts == {"ListCalls": 1, "RetrieveCalls": 1, "Pending": 1}

        assert (world.row(key).due_at, world.row(key).refreshes) == (START + 70, 0)

    def test_out_of_time_before_a_retrieve(self, world: World) -> None:
        swept(world, *several(2))
        world.commerce_layer.hidden = {"order-00", "order-01"}
        left = iter([True])
        world.has_time = lambda: next(left, False)

        assert world.take_batch().counts == {"ListCalls": 1, "Pending": 2}


class TestNeighbours:
    """One payment that breaks the code or the table fails alone."""

    def test_one_broken_payment_fails_alone(self, world: World) -> None:
        keys = swept(world, *several(3))
        world.commerce_layer.script("refresh", str(keys[0]), ValueError("cannot happen"))

        report = world.take_batch()

        assert report.failed == {"message-1"}
        assert report.counts == {"ListCalls": 1, "RefreshCalls": 3, "Pending": 2}
        assert world.row(keys[0]).claim == "token-1"
        (line,) = world.log.of("message_failed")
        assert (line["payment"], line["error"], line["detail"]) == (str(keys[0]), "ValueError", None)

    def test_one_order_that_cannot_be_read_fails_alone(self, world: World) -> None:
        key, other = swept(world, samples.without_source(samples.order()), samples.order("b"))
        world.commerce_layer.hidden.add("order-a")
        world.commerce_layer.script("retrieve", str(key), UnreadableOrder("order-a bears no status"))

        report = world.take_batch()

        assert report.failed == {"message-1"}
        assert world.row(other).refreshes == 1

    def test_a_look_that_breaks_the_code_fails_the_batch_which_is_then_tried_one_by_one(
        self, world: World
    ) -> None:
        swept(world, *several(2))
        world.commerce_layer.script("look", "*", ValueError("cannot happen"))

        assert world.take_batch().failed == {"message-1", "message-2"}

    def test_one_outcome_that_is_not_written_fails_alone(self, world: World) -> None:
        keys = swept(world, *several(3))
        world.table.faults.add("write", StateUnavailable("down"), skip=1)

        report = world.take_batch()

        assert report.failed == {"message-2"}
        assert world.row(keys[1]).claim is not None
        (line,) = world.log.of("message_failed")
        assert (line["payment"], line["detail"]) == (str(keys[1]), "down")
        assert world.take_batch().counts == {"ListCalls": 1, "RefreshCalls": 1, "Pending": 1}

    def test_an_outcome_whose_answer_was_lost_is_written_once(self, world: World) -> None:
        (key,) = swept(world, samples.order())
        world.table.faults.add("write", StateUnavailable("answer lost"), after=True)
        assert world.take_batch().failed == {"message-1"}
        before = world.row(key)

        assert world.take_batch().failed == frozenset()

        assert world.row(key) is before
