"""What happens when Commerce Layer does not answer, refuses, or says that everything is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from payment_refresh.errors import (
    CommerceLayerError,
    CredentialsRefused,
    PermissionMissing,
    RateLimited,
    RequestRefused,
    StateUnavailable,
    Unavailable,
    UnreadableOrder,
)
from payment_refresh.watch import SettledBy, Status
from tests.fakes import samples
from tests.fakes.clock import START
from tests.fakes.commerce_layer import not_found
from tests.unit.use_cases.steps import authorize, sweep_next, swept

if TYPE_CHECKING:
    from payment_refresh.order import Order
    from tests.fakes.world import World

DOWN = Unavailable("GET /api/orders answered 503", status=503, trace_id="trace-1")
LIMITED = RateLimited("PATCH answered 429", status=429)


def several(count: int) -> list[Order]:
    return [samples.order(f"{number:02}") for number in range(count)]


def statuses(world: World) -> set[Status]:
    return {row.status for row in world.table.rows.values()}


class TestUnansweredCalls:
    """They are no checks: the watch is put back, and backs off."""

    def test_a_look_that_fails_puts_the_batch_back(self, world: World) -> None:
        swept(world, *several(5))
        world.commerce_layer.script("look", "*", DOWN)

        report = world.take_batch()

        assert report.failed == frozenset()
        assert report.counts == {"ListCalls": 1, "Unavailable": 1, "Unanswered": 5, "Pending": 5}
        for row in world.table.rows.values():
            assert (row.claim, row.unanswered, row.trouble, row.checks) == (None, 1, "503", ())
            assert row.due_at == START + 70 + 60
        (line,) = world.log.of("commerce_layer_did_not_answer")
        assert line["trace_id"] == "trace-1"

    def test_waits_double_up_to_a_quarter_of_an_hour(self, world: World) -> None:
        (key,) = swept(world, samples.order(), age=5 * 86400)
        waits = []
        for _ in range(6):
            world.commerce_layer.script("look", "*", DOWN)
            world.take_batch()
            waits.append((world.row(key).due_at or 0) - world.now)
            sweep_next(world, key)

        assert waits == [60, 120, 240, 480, 900, 900]

    def test_it_never_waits_longer_than_the_policy_says(self, world: World) -> None:
        (key,) = swept(world, samples.order(), age=600)
        for _ in range(6):
            world.commerce_layer.script("look", "*", DOWN)
            world.take_batch()
            age = world.now - START
            longest = max(world.policy.growth() * age, world.policy.first) + 1
            assert (world.row(key).due_at or 0) - world.now <= longest
            sweep_next(world, key)

    def test_an_answer_forgets_the_trouble(self, world: World) -> None:
        (key,) = swept(world, samples.order())
        world.commerce_layer.script("refresh", "*", DOWN)
        world.take_batch()
        sweep_next(world, key)

        world.take_batch()

        assert (world.row(key).unanswered, world.row(key).trouble) == (0, None)

    def test_giving_up_waits_for_an_answer(self, world: World) -> None:
        (key,) = swept(world, samples.order(), age=world.policy.give_up)
        world.take_batch()
        for _ in range(5):
            sweep_next(world, key)
            world.commerce_layer.script("look", "*", DOWN)
            world.take_batch()
            assert world.row(key).status is Status.WATCHING

        sweep_next(world, key)
        assert world.take_batch().counts["DeadLettered"] == 1

    def test_a_refresh_whose_answer_was_lost_is_found_settled_by_the_next_look(self, world: World) -> None:
        order = samples.order()
        (key,) = swept(world, order)

        def lost() -> None:
            world.commerce_layer.put(samples.authorized(order, world.clock.now))
            raise Unavailable("PATCH was not answered: ReadTimeout", code="ReadTimeout")

        world.commerce_layer.script("refresh", str(key), lost)
        assert world.take_batch().counts["Unanswered"] == 1

        sweep_next(world, key)
        assert world.take_batch().counts == {"ListCalls": 1, "Settled": 1}
        assert (world.row(key).settled_by, world.row(key).patches) == (SettledBy.REFRESH, 0)

    def test_one_failing_refresh_leaves_the_others_alone(self, world: World) -> None:
        keys = swept(world, *several(3))
        world.commerce_layer.script("refresh", str(keys[0]), DOWN)

        report = world.take_batch()

        assert report.counts == {"ListCalls": 1, "PatchCalls": 3, "Unavailable": 1, "Unanswered": 1, "Pending": 3}
        assert [world.row(key).unanswered for key in keys] == [1, 0, 0]

    def test_after_three_in_a_row_nobody_else_is_asked(self, world: World) -> None:
        keys = swept(world, *several(10))
        world.commerce_layer.script("refresh", "*", *[DOWN] * 10)

        report = world.take_batch()

        assert report.counts["PatchCalls"] == 3
        assert {world.row(key).unanswered for key in keys} == {1}

    def test_an_answer_in_between_starts_the_count_again(self, world: World) -> None:
        keys = swept(world, *several(5))
        for number in (0, 1, 3, 4):
            world.commerce_layer.script("refresh", str(keys[number]), DOWN)

        assert world.take_batch().counts["PatchCalls"] == 5


class TestRateLimit:
    """429 means: no more calls now."""

    def test_the_first_429_stops_the_batch(self, world: World) -> None:
        keys = swept(world, *several(5))
        world.commerce_layer.script("refresh", str(keys[1]), LIMITED)

        report = world.take_batch()

        assert report.failed == frozenset()
        assert report.counts["PatchCalls"] == 2
        assert report.counts["RateLimited"] == 1
        assert [world.row(key).unanswered for key in keys] == [0, 1, 1, 1, 1]
        assert statuses(world) == {Status.WATCHING}

    def test_a_limited_look_sends_nothing_at_all(self, world: World) -> None:
        swept(world, *several(5))
        world.commerce_layer.script("look", "*", LIMITED)

        assert world.take_batch().counts == {"ListCalls": 1, "RateLimited": 1, "Unanswered": 5, "Pending": 5}


class TestRefusals:
    """What a person must mend is an error in the log, and an outage for the watches."""

    @pytest.mark.parametrize(
        ("error", "name"),
        [
            (CredentialsRefused("no token", status=401, code="INVALID_CLIENT"), "CredentialsRefused"),
            (PermissionMissing("no right", status=401, code="UNAUTHORIZED"), "PermissionMissing"),
            (RequestRefused("bad request", status=400, code="FILTER_NOT_ALLOWED"), "RequestRefused"),
        ],
    )
    def test_refused_looks_put_the_batch_back(self, world: World, error: CommerceLayerError, name: str) -> None:
        swept(world, *several(3))
        world.commerce_layer.script("look", "*", error)

        report = world.take_batch()

        assert report.counts == {"ListCalls": 1, name: 1, "Unanswered": 3, "Pending": 3}
        assert [entry.level for entry in world.log.entries] == ["error"]

    def test_refused_credentials_stop_the_batch(self, world: World) -> None:
        swept(world, *several(5))
        world.commerce_layer.script("refresh", "*", CredentialsRefused("other organization"))

        assert world.take_batch().counts["PatchCalls"] == 1

    def test_a_missing_right_to_one_type_holds_up_no_other(self, world: World) -> None:
        keys = swept(world, samples.order(kind="satispay_payments"), samples.order("b"))
        world.commerce_layer.script("refresh", str(keys[0]), PermissionMissing("no right", status=401))

        report = world.take_batch()

        assert report.counts["PatchCalls"] == 2
        assert world.row(keys[1]).patches == 1


class TestMissing:
    """A 404 is believed when it comes twice, an hour apart."""

    def test_the_first_404_is_only_remembered(self, world: World) -> None:
        (key,) = swept(world, samples.order())
        del world.commerce_layer.orders["order-a"]
        world.commerce_layer.payments.clear()

        assert world.take_batch().counts == {"ListCalls": 1, "RetrieveCalls": 1, "Pending": 1}

        row = world.row(key)
        assert (row.status, row.refused_at, row.due_at) == (Status.WATCHING, START + 70, START + 70 + 3600)

    def test_the_second_an_hour_later_is_believed(self, world: World) -> None:
        (key,) = swept(world, samples.order())
        del world.commerce_layer.orders["order-a"]
        world.commerce_layer.payments.clear()
        world.take_batch()

        sweep_next(world, key)

        assert world.take_batch().counts["Missing"] == 1
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
        assert world.row(key).refused_at is not None

        sweep_next(world, key)
        world.take_batch()

        assert (world.row(key).status, world.row(key).refused_at) == (Status.WATCHING, None)

    def test_an_order_that_does_not_exist_is_missing_too(self, world: World) -> None:
        world.refresh({"order_id": "order-a"})
        sweep_next(world, samples.order_key())

        assert world.take_batch().counts["Missing"] == 1

    def test_a_batch_that_is_mostly_404_changes_nothing(self, world: World) -> None:
        keys = swept(world, *several(5))
        for key in keys[:3]:
            del world.commerce_layer.orders[world.commerce_layer.payments.pop(key)]
        authorize(world, samples.order("03"))

        report = world.take_batch()

        assert report.failed == frozenset()
        assert report.counts["MostlyMissing"] == 1
        assert report.counts["Settled"] == 1
        for key in keys[:3]:
            row = world.row(key)
            assert (row.status, row.refused_at, row.checks, row.unanswered) == (Status.WATCHING, None, (), 1)
        assert world.log.of("mostly_missing") == [{"missing": 3, "found": 2}]

    def test_as_many_found_as_missing_is_not_mostly(self, world: World) -> None:
        keys = swept(world, *several(6))
        for key in keys[:3]:
            del world.commerce_layer.orders[world.commerce_layer.payments.pop(key)]

        assert "MostlyMissing" not in world.take_batch().counts

        assert world.row(keys[0]).refused_at is not None


class TestTime:
    """No call starts that may not end within the invocation."""

    def test_what_there_was_no_time_for_is_due_at_once(self, world: World) -> None:
        keys = swept(world, *several(5))
        left = iter([True, True, True])  # one look, two refreshes
        world.has_time = lambda: next(left, False)

        report = world.take_batch()

        assert report.failed == frozenset()
        assert report.counts == {"ListCalls": 1, "PatchCalls": 2, "Pending": 5}
        for key in keys[2:]:
            row = world.row(key)
            assert (row.claim, row.claims, row.due_at, row.unanswered) == (None, 0, START + 70, 0)

    def test_with_no_time_at_all_nobody_is_asked(self, world: World) -> None:
        swept(world, *several(3))
        world.refresh({"type": "stripe_payments", "id": "pay-z"})
        calls = len(world.commerce_layer.calls)
        world.has_time = lambda: False

        world.take_batch()
        world.refresh({"type": "stripe_payments", "id": "pay-y"})

        assert len(world.commerce_layer.calls) == calls

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
        assert report.counts == {"ListCalls": 1, "PatchCalls": 3, "Pending": 2}
        assert world.row(keys[0]).claim == "token-1"
        (line,) = world.log.of("message_failed")
        assert (line["payment"], line["error"], line["detail"]) == (str(keys[0]), "ValueError", None)

    def test_one_order_that_cannot_be_read_fails_alone(self, world: World) -> None:
        key, other = swept(world, samples.without_source(samples.order()), samples.order("b"))
        world.commerce_layer.hidden.add("order-a")
        world.commerce_layer.script("retrieve", str(key), UnreadableOrder("order-a bears no status"))

        report = world.take_batch()

        assert report.failed == {"message-1"}
        assert world.row(other).patches == 1

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
        assert world.take_batch().counts == {"ListCalls": 1, "PatchCalls": 1, "Pending": 1}

    def test_an_outcome_whose_answer_was_lost_is_written_once(self, world: World) -> None:
        (key,) = swept(world, samples.order())
        world.table.faults.add("write", StateUnavailable("answer lost"), after=True)
        assert world.take_batch().failed == {"message-1"}
        before = world.row(key)

        assert world.take_batch().failed == frozenset()

        assert world.row(key) is before
