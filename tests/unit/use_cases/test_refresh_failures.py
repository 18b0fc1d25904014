"""Failures of Commerce Layer: it does not answer, refuses, or says that everything is missing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain.vocabulary import SettledBy, Status
from payment_refresh.errors import (
    CommerceLayerError,
    CredentialsRefused,
    PermissionMissing,
    RateLimited,
    RequestRefused,
    Unavailable,
)
from payment_refresh.metrics import Metric
from tests.support import samples
from tests.support.clock import START
from tests.unit.use_cases.steps import several, sweep_next, swept

if TYPE_CHECKING:
    from tests.support.world import World

DOWN = Unavailable("GET /api/orders answered 503", status=503, request_id="req-1")
LIMITED = RateLimited("PATCH answered 429", status=429)


def statuses(world: World) -> set[Status]:
    return {row.status for row in world.table.rows.values()}


class TestCallsWithoutAnswer:
    """They are no checks: the watch backs off."""

    def test_a_look_that_fails_puts_the_batch_back(self, world: World) -> None:
        swept(world, *several(5))
        world.commerce_layer.script("look", "*", DOWN)

        report = world.take_batch()

        assert report.failed == frozenset()
        assert report.counts == {"ListCalls": 1, "Unavailable": 1, "NoAnswer": 5, "Pending": 5}
        for row in world.table.rows.values():
            assert (row.claim, row.consecutive_failures, row.last_error, row.checks) == (None, 1, "503", ())
            assert row.due_at == START + 70 + 60
        (line,) = world.log.of("commerce_layer_did_not_answer")
        assert line["request_id"] == "req-1"

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
            longest = max(world.policy.growth * age, world.policy.first) + 1
            assert (world.row(key).due_at or 0) - world.now <= longest
            sweep_next(world, key)

    def test_an_answer_forgets_the_failure(self, world: World) -> None:
        (key,) = swept(world, samples.order())
        world.commerce_layer.script("refresh", "*", DOWN)
        world.take_batch()
        sweep_next(world, key)

        world.take_batch()

        assert (world.row(key).consecutive_failures, world.row(key).last_error) == (0, None)

    def test_giving_up_waits_for_an_answer(self, world: World) -> None:
        (key,) = swept(world, samples.order(), age=world.policy.give_up)
        world.take_batch()
        for _ in range(5):
            sweep_next(world, key)
            world.commerce_layer.script("look", "*", DOWN)
            world.take_batch()
            assert world.row(key).status is Status.WATCHING

        sweep_next(world, key)
        assert world.take_batch().counts[Metric.DEAD_LETTERED] == 1

    def test_a_refresh_whose_answer_was_lost_is_found_settled_by_the_next_look(self, world: World) -> None:
        order = samples.order()
        (key,) = swept(world, order)

        def lost() -> None:
            world.commerce_layer.put(samples.authorized(order, world.clock.now))
            raise Unavailable("PATCH was not answered: ReadTimeout", code="ReadTimeout")

        world.commerce_layer.script("refresh", str(key), lost)
        assert world.take_batch().counts[Metric.REFRESH_FAILING] == 1

        sweep_next(world, key)
        assert world.take_batch().counts == {"ListCalls": 1, "Settled": 1, "SettledByRefresh": 1}
        assert (world.row(key).settled_by, world.row(key).refreshes) == (SettledBy.REFRESH, 0)

    def test_one_failing_refresh_leaves_the_others_alone(self, world: World) -> None:
        keys = swept(world, *several(3))
        world.commerce_layer.script("refresh", str(keys[0]), DOWN)

        report = world.take_batch()

        assert report.counts == {"ListCalls": 1, "RefreshCalls": 3, "RefreshFailing": 1, "Pending": 3}
        assert [world.row(key).consecutive_failures for key in keys] == [1, 0, 0]

    def test_a_record_that_was_not_answered_backs_off_alone(self, world: World) -> None:
        keys = swept(world, *several(2))
        world.commerce_layer.hidden = {"order-00"}
        world.commerce_layer.script("retrieve", str(keys[0]), DOWN)

        world.take_batch()

        assert [(world.row(key).consecutive_failures, world.row(key).refreshes) for key in keys] == [
            (1, 0),
            (0, 1),
        ]

    def test_where_no_refresh_is_answered_it_is_no_single_payments_failure(self, world: World) -> None:
        """Each is asked all the same: the failure of one stops no other."""
        keys = swept(world, *several(10))
        world.commerce_layer.script("refresh", "*", *[DOWN] * 10)

        report = world.take_batch()

        assert report.counts == {
            "ListCalls": 1,
            "RefreshCalls": 10,
            "RefreshFailing": 2,
            "Unavailable": 8,
            "NoAnswer": 8,
            "Pending": 10,
        }
        assert {world.row(key).consecutive_failures for key in keys} == {1}

    def test_an_answer_in_between_starts_the_count_again(self, world: World) -> None:
        keys = swept(world, *several(5))
        for number in (0, 1, 3, 4):
            world.commerce_layer.script("refresh", str(keys[number]), DOWN)

        counts = world.take_batch().counts

        assert (counts[Metric.REFRESH_FAILING], counts[Metric.NO_ANSWER]) == (4, 0)

    def test_of_those_that_failed_last_time_only_few_are_asked(self, world: World) -> None:
        """The others wait untried for a minute."""
        keys = swept(world, *several(6))
        for key in keys[:5]:
            world.table.put(replace(world.row(key), refresh_failing_since=START))
        world.commerce_layer.script("refresh", "*", lambda: None, *[DOWN] * 5)

        assert world.take_batch().counts[Metric.REFRESH_CALLS] == 4

        assert world.row(keys[5]).refreshes == 1
        assert sorted(world.row(key).consecutive_failures for key in keys) == [0, 0, 0, 1, 1, 1]
        assert {world.row(key).due_at for key in keys[:5]} == {START + 70 + 60}


class TestRateLimit:
    """429 means: no more calls now."""

    def test_the_first_429_stops_the_batch(self, world: World) -> None:
        keys = swept(world, *several(5))
        world.commerce_layer.script("refresh", "*", lambda: None, LIMITED)

        report = world.take_batch()

        assert report.failed == frozenset()
        assert report.counts[Metric.REFRESH_CALLS] == 2
        assert report.counts[Metric.RATE_LIMITED] == 1
        assert sorted(world.row(key).consecutive_failures for key in keys) == [0, 0, 0, 0, 1]
        assert statuses(world) == {Status.WATCHING}

    def test_suspects_are_not_asked_about_after_it_either(self, world: World) -> None:
        swept(world, samples.order())
        world.table.put(samples.claimed(samples.order("b"), world.policy, until=START + 600, claims=3))
        world.commerce_layer.script("look", "*", LIMITED)
        (body,) = world.queue.waiting.values()

        report = world.refresh(body, {"type": "stripe_payments", "id": "pay-b", "claim": "token"})

        assert report.counts == {"ListCalls": 1, "RateLimited": 1, "NoAnswer": 1, "Pending": 2}
        assert world.row(samples.key("b")).consecutive_failures == 0

    def test_a_limited_look_sends_nothing_at_all(self, world: World) -> None:
        swept(world, *several(5))
        world.commerce_layer.script("look", "*", LIMITED)

        assert world.take_batch().counts == {"ListCalls": 1, "RateLimited": 1, "NoAnswer": 5, "Pending": 5}


class TestRefusals:
    """An error that a person must fix is logged as one, and is an outage for the watches."""

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

        assert report.counts == {"ListCalls": 1, name: 1, "NoAnswer": 3, "Pending": 3}
        assert [entry.level for entry in world.log.entries] == ["error"]

    def test_refused_credentials_stop_the_batch(self, world: World) -> None:
        swept(world, *several(5))
        world.commerce_layer.script("refresh", "*", CredentialsRefused("other organization"))

        assert world.take_batch().counts[Metric.REFRESH_CALLS] == 1

    def test_a_missing_right_to_one_type_holds_up_no_other(self, world: World) -> None:
        keys = swept(world, samples.order(kind="satispay_payments"), samples.order("b"))
        world.commerce_layer.script("refresh", str(keys[0]), PermissionMissing("no right", status=401))

        report = world.take_batch()

        assert report.counts[Metric.REFRESH_CALLS] == 2
        assert world.row(keys[1]).refreshes == 1

    def test_a_right_missing_for_a_whole_type_does_not_stop_the_batch(self, world: World) -> None:
        keys = swept(world, *(samples.order(f"{number}", kind="satispay_payments") for number in range(4)))
        (other,) = swept(world, samples.order("b"), age=0)
        for key in keys:
            world.commerce_layer.script("refresh", str(key), PermissionMissing("no right", status=401))
        world.clock.advance(70)
        world.sweep()

        report = world.take_batch()

        assert (report.counts[Metric.REFRESH_FAILING], report.counts[Metric.PERMISSION_MISSING]) == (2, 2)
        assert world.row(other).refreshes == 1

    @pytest.mark.parametrize(
        "error", [PermissionMissing("no right", status=401), RequestRefused("no include", status=400)], ids=repr
    )
    def test_a_type_whose_list_is_refused_is_asked_one_by_one(
        self, world: World, error: CommerceLayerError
    ) -> None:
        """The first list is that of the other type: it must not keep this one from being checked."""
        world.commerce_layer.put(samples.order(kind="satispay_payments"), samples.order("b"))
        world.commerce_layer.script("find_orders", "satispay_payments", error)

        report = world.refresh(
            {"type": "satispay_payments", "id": "pay-a"}, {"type": "stripe_payments", "id": "pay-b"}
        )

        assert report.counts[Metric.RETRIEVE_CALLS] == 1
        assert world.row(samples.key("b")).refreshes == 1
        assert world.row(samples.key("a", "satispay_payments")).consecutive_failures == 0
