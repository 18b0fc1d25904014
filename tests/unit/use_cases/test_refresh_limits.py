"""Limits of a refresh: payments believed missing, invocations out of time, one broken payment among others."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from payment_refresh.domain.deployment import RunMode
from payment_refresh.domain.payment import PaymentKey
from payment_refresh.domain.vocabulary import Reason, Status
from payment_refresh.errors import PermissionMissing, StateUnavailable, UnreadableOrder
from payment_refresh.metrics import Metric
from tests.support import samples
from tests.support.clock import START
from tests.unit.use_cases.steps import check_next, leave_out_twice, several, swept

if TYPE_CHECKING:
    from payment_refresh.use_cases.check_payments.batch import BatchReport
    from tests.support.world import World


class TestMissing:
    """What lists leave out twice, an hour apart, is gone where single calls confirm it."""

    def test_the_first_absence_is_only_remembered(self, world: World) -> None:
        (key,) = swept(world, samples.order())
        world.commerce_layer.delete(samples.order())

        assert world.take_batch().counts == {"ListCalls": 2, "Pending": 1}

        row = world.row(key)
        assert (row.status, row.first_absent_at, row.absent_twice) == (Status.WATCHING, START + 70, False)

    def test_after_the_second_an_hour_later_single_calls_confirm_it(self, world: World) -> None:
        (key,) = swept(world, samples.order())
        world.commerce_layer.delete(samples.order())
        leave_out_twice(world, key)
        assert world.now >= START + 70 + 3600

        assert check_next(world, key).counts == {"ListCalls": 2, "RetrieveCalls": 2, "Missing": 1}

        assert world.row(key).status is Status.MISSING

    def test_a_cart_is_closed_then(self, world: World) -> None:
        (key,) = swept(world, samples.cart(), age=45 * 60)
        world.commerce_layer.delete(samples.cart())
        leave_out_twice(world, key)

        check_next(world, key)

        assert (world.row(key).status, world.row(key).reason) == (Status.CLOSED, Reason.DELETED)

    def test_a_second_too_soon_is_none(self, world: World) -> None:
        (key,) = swept(world, samples.order())
        world.commerce_layer.delete(samples.order())
        world.take_batch()
        world.clock.advance(600)

        world.refresh({"type": key.type, "id": key.id})

        row = world.row(key)
        assert (row.status, row.first_absent_at, row.absent_twice) == (Status.WATCHING, START + 70, False)

    def test_an_answer_in_between_starts_the_hour_again(self, world: World) -> None:
        (key,) = swept(world, samples.order())
        world.commerce_layer.delete(samples.order())
        world.take_batch()
        world.commerce_layer.put(samples.order())

        check_next(world, key)

        assert (world.row(key).status, world.row(key).first_absent_at) == (Status.WATCHING, None)

    def test_an_order_that_does_not_exist_is_missing_too(self, world: World) -> None:
        world.refresh({"order_id": "order-a"})
        leave_out_twice(world, samples.order_key())

        assert check_next(world, samples.order_key()).counts[Metric.MISSING] == 1

    def test_what_its_order_still_names_is_a_missing_right(self, world: World) -> None:
        (key,) = swept(world, samples.order())
        world.commerce_layer.hidden.add("order-a")
        del world.commerce_layer.payments[key]
        leave_out_twice(world, key)

        report = check_next(world, key)

        assert report.counts == {"ListCalls": 2, "RetrieveCalls": 2, "MayNotRead": 1, "Pending": 1}
        row = world.row(key)
        assert (row.status, (row.due_at or 0) > world.now) == (Status.WATCHING, True)

    @pytest.mark.parametrize(
        ("mode", "status"), [(RunMode.REFRESH, Status.DEAD_LETTERED), (RunMode.OBSERVE, Status.REPORTED)]
    )
    def test_a_missing_right_that_lasts_is_a_persons_in_the_end(
        self, world: World, mode: RunMode, status: Status
    ) -> None:
        world.run_mode = mode
        (key,) = swept(world, samples.order())
        world.commerce_layer.hidden.add("order-a")
        del world.commerce_layer.payments[key]
        end = world.policy.ends_at(world.row(key))
        failing: dict[str, Any] = {"first_absent_at": START, "absent_twice": True, "refresh_failing_since": end}
        world.table.put(replace(world.row(key), **failing))
        world.clock.now = end + world.policy.give_up_grace

        check_next(world, key)

        assert world.row(key).status is status

    def test_an_order_that_its_list_shows_decides_though_its_payment_is_absent(self, world: World) -> None:
        (key,) = swept(world, samples.order())
        world.commerce_layer.put(samples.authorized(samples.order(source_id="pay-b"), START + 5))
        world.commerce_layer.payments.pop(key, None)
        world.table.put(replace(world.row(key), first_absent_at=START))

        assert world.take_batch().counts == {"ListCalls": 2, "Closed": 1}

        assert world.row(key).reason is Reason.REPLACED

    def test_where_nothing_confirms_most_of_a_batch_the_credentials_are_suspect(self, world: World) -> None:
        assert check_unconfirmed(world, missing=3, found=2).counts[Metric.MOSTLY_MISSING] == 1

        assert world.log.of("mostly_missing") == [{"missing": 3, "found": 2}]
        assert {row.status for row in world.table.rows.values()} == {Status.WATCHING}

    @pytest.mark.parametrize(("missing", "found"), [(3, 3), (2, 0)], ids=["as many are found", "only few"])
    def test_else_the_credentials_are_not_suspect(self, world: World, missing: int, found: int) -> None:
        assert "MostlyMissing" not in check_unconfirmed(world, missing=missing, found=found).counts


def check_unconfirmed(world: World, *, missing: int, found: int) -> BatchReport:
    """Check payments that answer 404 and whose orders may not be read, and some of another type that are there."""
    orders = several(missing + found)
    others = [replace(order, source_type="satispay_payments") for order in orders[missing:]]
    orders = [*orders[:missing], *others]
    world.commerce_layer.put(*orders)
    for order in orders[:missing]:
        world.table.put(samples.watch(order, world.policy, first_absent_at=START, absent_twice=True))
        del world.commerce_layer.payments[PaymentKey("stripe_payments", order.source_id or "")]
        world.commerce_layer.hidden.add(order.id)
        world.commerce_layer.script("retrieve", f"orders#{order.id}", PermissionMissing("no right"))
    return world.refresh(*({"type": order.source_type, "id": order.source_id} for order in orders))


class TestOrphans:
    """A payment that a list shows without an order is answered, and watched to its end."""

    def test_a_payment_without_its_order_is_missing_at_the_end(self, world: World) -> None:
        (key,) = swept(world, samples.order())
        world.commerce_layer.orphan(key)
        world.take_batch()
        assert (world.row(key).status, world.row(key).first_absent_at) == (Status.WATCHING, None)

        world.clock.advance(world.policy.give_up)
        check_next(world, key)

        assert world.row(key).status is Status.MISSING


class TestTime:
    """No call starts that may not end within the invocation."""

    def test_what_there_was_no_time_for_is_due_at_once(self, world: World) -> None:
        keys = swept(world, *several(5))
        left = iter([True, True, True])  # one look, two refreshes
        world.has_time = lambda: next(left, False)

        report = world.take_batch()

        assert report.failed == frozenset()
        assert report.counts == {"ListCalls": 1, "RefreshCalls": 2, "Pending": 5}
        untried = [row for row in map(world.row, keys) if not row.refreshes]
        assert len(untried) == 3
        for row in untried:
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
        left = iter([True, True, True])  # both lists, the retrieve
        world.has_time = lambda: next(left, False)

        assert world.take_batch().counts == {"ListCalls": 2, "RetrieveCalls": 1, "Pending": 1}

        assert (world.row(key).due_at, world.row(key).refreshes) == (START + 70, 0)

    def test_out_of_time_before_a_retrieve(self, world: World) -> None:
        swept(world, *several(2))
        world.commerce_layer.hidden = {"order-00", "order-01"}
        left = iter([True, True])  # both lists
        world.has_time = lambda: next(left, False)

        assert world.take_batch().counts == {"ListCalls": 2, "Pending": 2}


def message_about(world: World, key: PaymentKey) -> str:
    """The id of the message about a payment that waits in the queue."""
    return next(id_ for id_, body in world.queue.waiting.items() if json.loads(body)["id"] == key.id)


class TestNeighbours:
    """One payment that breaks the code or the table fails alone."""

    def test_one_broken_payment_fails_alone(self, world: World) -> None:
        keys = swept(world, *several(3))
        world.commerce_layer.script("refresh", str(keys[0]), ValueError("cannot happen"))

        message = message_about(world, keys[0])
        report = world.take_batch()

        assert report.failed == {message}
        assert report.counts == {"ListCalls": 1, "RefreshCalls": 3, "Pending": 2}
        assert world.row(keys[0]).claim is not None
        (line,) = world.log.of("message_failed")
        assert (line["payment"], line["error"], line["detail"]) == (str(keys[0]), "ValueError", None)

    def test_one_listed_order_that_breaks_the_code_fails_alone(self, world: World) -> None:
        key, other = swept(world, samples.order(), samples.order("b"))
        world.commerce_layer.put(samples.order(placed_at="no time"))

        message = message_about(world, key)
        report = world.take_batch()

        assert report.failed == {message}
        assert world.row(other).refreshes == 1

    def test_one_order_that_cannot_be_read_fails_alone(self, world: World) -> None:
        key, other = swept(world, samples.without_source(samples.order()), samples.order("b"))
        world.table.put(replace(world.row(key), first_absent_at=START, absent_twice=True))
        world.commerce_layer.hidden.add("order-a")
        world.commerce_layer.script("retrieve", str(key), UnreadableOrder("order-a bears no status"))

        message = message_about(world, key)
        report = world.take_batch()

        assert report.failed == {message}
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
