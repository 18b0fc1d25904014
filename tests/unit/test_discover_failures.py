"""Runs in which Commerce Layer or the table fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from payment_refresh.errors import (
    CircuitOpen,
    CommerceLayerError,
    CredentialsRefused,
    Declined,
    MayNotRead,
    NoBudget,
    NotFound,
    NoToken,
    RateLimited,
    RequestRefused,
    ServerError,
    StateUnavailable,
    TimedOut,
)
from payment_refresh.metrics import Metric
from payment_refresh.use_cases.api_failures import metric_of
from tests.support.faults import Crash
from tests.unit.discover_steps import carts, listings_asked, next_run, placed

if TYPE_CHECKING:
    from tests.support.world import World

COMMERCE_LAYER_ERRORS: list[CommerceLayerError] = [
    kind("no")
    for kind in (
        TimedOut,
        ServerError,
        NoToken,
        CircuitOpen,
        NoBudget,
        RateLimited,
        CredentialsRefused,
        MayNotRead,
        NotFound,
        Declined,
        RequestRefused,
    )
]


class TestFailures:
    """A run that fails half-way loses nothing: the next goes on."""

    @pytest.mark.parametrize("error", COMMERCE_LAYER_ERRORS, ids=lambda error: type(error).__name__)
    @pytest.mark.parametrize("page", range(6))
    def test_run_whose_list_call_fails_is_finished_by_the_next_without_loss_or_repeat(
        self, world: World, error: CommerceLayerError, page: int
    ) -> None:
        world.commerce_layer.put(*placed(30), *carts(30))
        world.listing.faults.add("list_orders", error, skip=page)

        failed = world.discover()

        assert not failed.complete
        assert failed.counts[metric_of(error)] == 1
        assert len(world.listing.calls) == page
        before = len(world.table.rows)
        assert before == 25 * (page >= 1) + 5 * (page >= 2) + 25 * (page >= 5)
        next_run(world)
        assert world.discover().complete
        assert len(world.table.rows) == len(world.table.writes) == 60

    @pytest.mark.parametrize("error", [CredentialsRefused("no"), MayNotRead("no"), RequestRefused("no")])
    def test_refusal_that_a_person_must_mend_is_logged_as_an_error(
        self, world: World, error: CommerceLayerError
    ) -> None:
        world.listing.faults.add("list_orders", error)

        world.discover()

        (entry,) = [entry for entry in world.log.entries if entry.level == "error"]
        assert (entry.message, entry.extra["detail"]) == ("commerce_layer_did_not_answer", "no")

    @pytest.mark.parametrize("error", [RateLimited("429"), NoBudget("no slot")])
    def test_rate_limited_list_call_stops_the_run_before_any_further_call(
        self, world: World, error: CommerceLayerError
    ) -> None:
        world.listing.faults.add("list_orders", error, skip=1)

        counts = world.discover().counts

        assert listings_asked(world) == ["placed"]
        assert counts[Metric.LIST_CALLS] == 2  # carts and the webhooks' health were not asked for

    def test_rate_limited_webhook_health_check_stops_the_run_before_the_carts(self, world: World) -> None:
        world.commerce_layer.put(*carts(3))
        world.listing.faults.add("list_webhooks", RateLimited("429"))

        counts = world.discover().counts

        assert counts[Metric.RATE_LIMITED] == 1
        assert listings_asked(world) == ["placed", "unplaced", "cancelled"]

    @pytest.mark.parametrize("error", [ServerError("500"), TimedOut("slow"), MayNotRead("no"), NotFound("404")])
    def test_webhooks_and_gateways_that_cannot_be_listed_keep_no_order_from_being_found(
        self, world: World, error: CommerceLayerError
    ) -> None:
        world.commerce_layer.put(*placed(3), *carts(3))
        for list_ in ("list_webhooks", "stripe_gateways", "checkout_com_gateways"):
            world.listing.faults.add(list_, error)

        assert world.discover().complete
        assert len(world.table.rows) == 6

    def test_open_circuit_stops_the_run_before_its_first_call(self, world: World) -> None:
        world.listing.faults.add("list_orders", TimedOut("slow"), times=3)
        for _ in range(3):
            world.discover()

        report = world.discover()

        assert report.counts[Metric.CIRCUIT_OPEN] == 1
        assert world.listing.calls == []
        next_run(world)
        assert world.discover().complete

    @pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
    @pytest.mark.parametrize("error", [StateUnavailable("down"), Crash()], ids=["StateUnavailable", "Crash"])
    @pytest.mark.parametrize(
        ("table", "operation", "skip"),
        [
            ("cursors", "read", 0),
            ("cursors", "read", 1),
            *(("cursors", "write", skip) for skip in range(8)),
            *(("table", "read_many", skip) for skip in range(4)),
            *(("table", "write", skip) for skip in (0, 24, 25, 29, 30, 59)),
        ],
    )
    def test_run_whose_table_fails_raises_and_the_next_finds_every_order_once(
        self, world: World, table: str, operation: str, skip: int, error: BaseException, after: bool
    ) -> None:
        world.commerce_layer.put(*placed(30), *carts(30))
        faults = world.cursors.faults if table == "cursors" else world.table.faults
        faults.add(operation, error, skip=skip, after=after)

        with pytest.raises(type(error)):
            world.discover()

        next_run(world)
        assert world.discover().complete
        assert len(world.table.rows) == len(world.table.writes) == 60
        assert {row.round for row in world.table.rows.values()} == {1}
