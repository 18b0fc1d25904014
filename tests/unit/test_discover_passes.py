"""How discover goes through the orders over several runs: cursor, share of the pace, troubles, other runs."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain.policy import DAY, HOUR, MINUTE
from payment_refresh.domain.progress import Pass
from payment_refresh.domain.watch import WatchClass
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
from payment_refresh.rate_limit.budget import share
from payment_refresh.times import to_iso
from tests.support import samples
from tests.support.clock import START
from tests.support.faults import Crash
from tests.support.world import World
from tests.unit.discover_steps import RUN_EVERY_S

if TYPE_CHECKING:
    from payment_refresh.domain.order import Order

OLD = START - 2 * HOUR

TROUBLES: list[CommerceLayerError] = [
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


@pytest.fixture
def world() -> World:
    return World()


def placed(count: int) -> list[Order]:
    return [samples.order(f"{number:03}", at=OLD) for number in range(count)]


def carts(count: int) -> list[Order]:
    return [samples.cart(f"c{number:03}", at=OLD) for number in range(count)]


def found(world: World, watch_class: WatchClass) -> int:
    return sum(row.watch_class is watch_class for row in world.table.rows.values())


def next_run(world: World) -> None:
    world.clock.advance(RUN_EVERY_S)


def names(world: World) -> list[str]:
    """The listings that pages were asked of, in order."""
    return [name for name, _ in world.listing.calls]


class TestOnePass:
    """Where a run suffices."""

    def test_pages_by_id_orders_first(self, world: World) -> None:
        world.commerce_layer.put(*placed(60), *carts(30))

        report = world.discover()

        assert world.listing.calls == [
            ("placed", None),
            ("placed", "order-024"),
            ("placed", "order-049"),
            ("unplaced", None),
            ("carts", None),
            ("carts", "order-c024"),
        ]
        assert report.complete
        assert (report.counts["Listed"], report.counts["Discovered"]) == (90, 90)
        assert report.counts["ListCalls"] == 6 + 3

    def test_a_last_page_that_is_full_is_followed_by_an_empty_one(self, world: World) -> None:
        world.commerce_layer.put(*placed(25))

        assert world.discover().complete
        assert names(world) == ["placed", "placed", "unplaced", "carts"]

    def test_an_empty_organization(self, world: World) -> None:
        report = world.discover()

        assert report.complete
        assert report.counts["Listed"] == 0
        assert {"Listed", "Discovered"} <= report.counts.keys()
        assert world.table.writes == []

    def test_the_first_pass_reads_the_window_and_the_next_what_changed_since(self, world: World) -> None:
        world.commerce_layer.put(
            samples.order("a", at=START - 20 * DAY),
            samples.order("b", at=START - 30 * MINUTE),
            samples.order("c", at=START - 20 * MINUTE),
            samples.order("d", at=START - 10 * MINUTE),
        )
        assert world.discover().counts["Listed"] == 2
        next_run(world)

        # From the last pass's upper bound on, that bound included: "b" again, "c" for the first time.
        assert world.discover().counts["Listed"] == 2
        assert set(world.table.rows) == {samples.key("a"), samples.key("b"), samples.key("c")}

    def test_once_a_day_the_window_is_read_again(self, world: World) -> None:
        world.discover()
        world.commerce_layer.put(samples.order("late", at=START - 10 * DAY))  # as if no list had shown it
        listed = []
        for _ in range(DAY // RUN_EVERY_S):
            next_run(world)
            listed.append(world.discover().counts["Listed"])

        assert listed == [0] * (len(listed) - 1) + [1]


class TestSeveralRuns:
    """A run that is out of calls or time leaves its place to the next."""

    def test_out_of_calls(self, world: World) -> None:
        world.commerce_layer.put(*placed(110))
        world.window = replace(world.window, carts=None)
        world.calls = 2

        reports = [world.discover()]
        while not reports[-1].complete:
            next_run(world)
            reports.append(world.discover())

        assert [report.counts["Discovered"] for report in reports] == [50, 50, 10]
        assert world.listing.calls[2] == ("placed", "order-049")
        assert len(world.listing.calls) == 6
        assert len(world.table.writes) == 110

    def test_out_of_time(self, world: World) -> None:
        world.commerce_layer.put(*placed(60))
        left = iter([True])
        world.has_time = lambda: next(left, False)

        report = world.discover()

        assert (report.complete, report.counts["Discovered"]) == (False, 25)
        world.has_time = lambda: True
        assert world.discover().complete
        assert world.listing.calls[1] == ("placed", "order-024")
        assert len(world.table.rows) == 60

    def test_without_any_time_nothing_is_asked(self, world: World) -> None:
        world.has_time = lambda: False

        report = world.discover()

        assert not report.complete
        assert world.listing.calls == []
        assert report.counts["ListCalls"] == 0

    def test_a_pass_goes_on_in_the_listing_where_it_stopped(self, world: World) -> None:
        world.commerce_layer.put(*placed(30))
        unplaced = [samples.cart(f"u{number:03}", at=OLD, payment_status="authorized") for number in range(30)]
        world.commerce_layer.put(*unplaced)
        world.calls = 3
        world.window = replace(world.window, carts=None)

        world.discover()
        next_run(world)
        assert world.discover().complete

        assert world.listing.calls == [
            ("placed", None),
            ("placed", "order-024"),
            ("unplaced", None),
            ("unplaced", "order-u024"),
        ]

    def test_a_listing_that_is_no_more_is_begun_over(self, world: World) -> None:
        progress = world.progress.read(Pass.ORDERS).begun(world.now).moved("of an older version", "order-x")
        world.progress.write(progress)
        world.commerce_layer.put(samples.order(at=OLD))

        assert world.discover().complete

        assert names(world)[:2] == ["placed", "unplaced"]
        assert len(world.table.rows) == 1

    def test_what_changed_while_a_pass_took_several_runs_is_in_the_next(self, world: World) -> None:
        world.commerce_layer.put(*placed(60))
        world.calls = 1
        world.window = replace(world.window, carts=None)
        world.discover()
        world.commerce_layer.put(samples.order("000x", at=world.clock.now))  # behind the cursor
        runs = 0
        while samples.key("000x") not in world.table.rows:
            next_run(world)
            world.discover()
            runs += 1
            assert runs < 10

        # Four runs end the first pass; the next begins a quarter of an hour later and sees it.
        assert runs == 4


class TestShares:
    """A quarter of the pace is discover's, half of that the carts'; placed orders come first."""

    @pytest.mark.parametrize(("calls_per_minute", "pages"), [(100, 375), (50, 187), (180, 675), (1, 3)])
    def test_a_run_may_list_a_quarter_of_what_the_pace_gives(self, calls_per_minute: int, pages: int) -> None:
        assert share(calls_per_minute) == pages

    def test_carts_get_half_of_the_calls(self, world: World) -> None:
        world.commerce_layer.put(*carts(300))
        world.calls = 8

        world.discover()

        assert names(world) == ["placed", "unplaced", *["carts"] * 4]

    def test_or_what_placed_orders_leave(self, world: World) -> None:
        world.commerce_layer.put(*carts(300), *placed(100))
        world.calls = 8

        world.discover()

        assert names(world) == [*["placed"] * 5, "unplaced", *["carts"] * 2]

    def test_or_none_where_they_leave_none(self, world: World) -> None:
        world.commerce_layer.put(*carts(30), *placed(200))
        world.calls = 8

        report = world.discover()

        assert names(world) == ["placed"] * 8
        assert not report.complete

    def test_no_placed_order_waits_for_the_end_of_the_carts(self, world: World) -> None:
        """A whole pass over many carts takes hours; orders that get stuck meanwhile are found in each run."""
        world.commerce_layer.put(*carts(900))
        world.calls = 8
        world.discover()
        world.commerce_layer.put(samples.order("new", at=world.clock.now))
        for _ in range(3):
            next_run(world)
            assert not world.discover().complete

        assert samples.key("new") in world.table.rows
        assert found(world, WatchClass.CART) == 4 * 4 * 25

    def test_the_smallest_pace_still_comes_round(self, world: World) -> None:
        world.commerce_layer.put(*carts(60))
        world.calls = share(1)
        runs = 1
        while not world.discover().complete:
            next_run(world)
            runs += 1
            assert runs < 10

        assert found(world, WatchClass.CART) == 60


class TestTroubles:
    """A run that fails half-way loses nothing: the next goes on."""

    @pytest.mark.parametrize("error", TROUBLES, ids=lambda error: type(error).__name__)
    @pytest.mark.parametrize("page", range(5))
    def test_commerce_layer_does_not_answer(self, world: World, error: CommerceLayerError, page: int) -> None:
        world.commerce_layer.put(*placed(30), *carts(30))
        world.listing.faults.add("list_orders", error, skip=page)

        failed = world.discover()

        assert not failed.complete
        assert failed.counts[type(error).__name__] == 1
        assert len(world.listing.calls) == page
        before = len(world.table.rows)
        assert before == min(page, 2) * 25 - 20 * (page >= 2) + (25 if page == 4 else 0)
        next_run(world)
        assert world.discover().complete
        assert len(world.table.rows) == len(world.table.writes) == 60

    @pytest.mark.parametrize("error", [CredentialsRefused("no"), MayNotRead("no"), RequestRefused("no")])
    def test_what_a_person_must_mend_is_an_error(self, world: World, error: CommerceLayerError) -> None:
        world.listing.faults.add("list_orders", error)

        world.discover()

        (entry,) = [entry for entry in world.log.entries if entry.level == "error"]
        assert (entry.message, entry.extra["detail"]) == ("commerce_layer_did_not_answer", "no")

    @pytest.mark.parametrize("error", [RateLimited("429"), NoBudget("no slot")])
    def test_a_rate_limit_stops_the_run(self, world: World, error: CommerceLayerError) -> None:
        world.listing.faults.add("list_orders", error, skip=1)

        counts = world.discover().counts

        assert names(world) == ["placed"]
        assert counts["ListCalls"] == 2  # carts and the webhooks' health were not asked for

    def test_a_rate_limit_in_the_webhooks_health_stops_it_too(self, world: World) -> None:
        world.commerce_layer.put(*carts(3))
        world.listing.faults.add("list_webhooks", RateLimited("429"))

        counts = world.discover().counts

        assert counts["RateLimited"] == 1
        assert names(world) == ["placed", "unplaced"]

    @pytest.mark.parametrize("error", [ServerError("500"), TimedOut("slow"), MayNotRead("no"), NotFound("404")])
    def test_webhooks_that_cannot_be_listed_keep_no_order_from_being_found(
        self, world: World, error: CommerceLayerError
    ) -> None:
        world.commerce_layer.put(*placed(3), *carts(3))
        for list_ in ("list_webhooks", "stripe_gateways", "checkout_com_gateways"):
            world.listing.faults.add(list_, error)

        assert world.discover().complete
        assert len(world.table.rows) == 6

    def test_an_open_circuit_stops_the_run_before_it_asks(self, world: World) -> None:
        world.listing.faults.add("list_orders", TimedOut("slow"), times=3)
        for _ in range(3):
            world.discover()

        report = world.discover()

        assert report.counts["CircuitOpen"] == 1
        assert world.listing.calls == []
        next_run(world)
        assert world.discover().complete

    @pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
    @pytest.mark.parametrize("error", [StateUnavailable("down"), Crash()], ids=["StateUnavailable", "Crash"])
    @pytest.mark.parametrize(
        ("table", "operation", "skip"),
        [
            ("progress", "read", 0),
            ("progress", "read", 1),
            *(("progress", "write", skip) for skip in range(7)),
            *(("table", "read_many", skip) for skip in range(4)),
            *(("table", "write", skip) for skip in (0, 24, 25, 29, 30, 59)),
        ],
    )
    def test_the_table_does_not_answer(
        self, world: World, table: str, operation: str, skip: int, error: BaseException, after: bool
    ) -> None:
        world.commerce_layer.put(*placed(30), *carts(30))
        faults = world.progress.faults if table == "progress" else world.table.faults
        faults.add(operation, error, skip=skip, after=after)

        with pytest.raises(type(error)):
            world.discover()

        next_run(world)
        assert world.discover().complete
        assert len(world.table.rows) == len(world.table.writes) == 60
        assert {row.round for row in world.table.rows.values()} == {1}


class TestOtherRuns:
    """A run that is late may meet the next one, or a person's."""

    @pytest.mark.parametrize("turn", range(7))
    @pytest.mark.parametrize("with_calls", [3, 375])
    def test_two_that_overlap_do_no_harm(self, world: World, turn: int, with_calls: int) -> None:
        """Another run goes in between right before one of this run's writes of its progress."""
        world.commerce_layer.put(*placed(30), *carts(30))

        def other() -> None:
            mine, world.calls = world.calls, with_calls
            world.discover()
            world.calls = mine

        for action in [*[lambda: None] * turn, other]:
            world.progress.faults.meanwhile("write", action)

        report = world.discover()

        assert report.complete is False
        assert len(world.log.of("discover_overtaken")) == 1
        for _ in range(2):
            next_run(world)
            report = world.discover()
        assert report.complete
        assert len(world.table.rows) == len(world.table.writes) == 60

    def test_two_that_begin_at_once(self, world: World) -> None:
        world.commerce_layer.put(*placed(30))
        world.progress.faults.meanwhile("read", lambda: world.discover())

        assert world.discover().complete

        assert len(world.table.writes) == 30


class TestAges:
    """How long ago the last complete pass ended; what `DiscoverAgeSeconds` tells."""

    def test_a_complete_run_has_no_age(self, world: World) -> None:
        assert world.discover().ages == {Pass.ORDERS: 0, Pass.CARTS: 0}

    def test_without_carts_there_is_only_one(self, world: World) -> None:
        world.window = replace(world.window, carts=None)

        assert world.discover().ages == {Pass.ORDERS: 0}

    @pytest.mark.parametrize("ran_before", [True, False])
    def test_it_grows_until_a_pass_completes(self, world: World, ran_before: bool) -> None:
        """Also where no run ever succeeded, as with wrong credentials from the first day on."""
        if ran_before:
            world.discover()
            next_run(world)
        world.listing.faults.add("list_orders", CredentialsRefused("no"), times=20)
        ages = []
        for _ in range(20):
            ages.append(world.discover().ages[Pass.ORDERS])
            next_run(world)

        assert [later - earlier for earlier, later in pairwise(ages)] == [RUN_EVERY_S] * 19
        assert ages[0] == (RUN_EVERY_S if ran_before else 0)
        assert world.discover().ages[Pass.ORDERS] == 0

    def test_the_carts_age_is_not_the_orders(self, world: World) -> None:
        world.commerce_layer.put(*carts(300))
        world.calls = 8
        world.discover()
        next_run(world)

        report = world.discover()

        assert report.ages == {Pass.ORDERS: 0, Pass.CARTS: RUN_EVERY_S}
        assert not report.complete


def test_nothing_of_a_pass_depends_on_the_process(world: World) -> None:
    """Each run is a new one; what it needs stands in the table."""
    world.commerce_layer.put(*placed(60))
    world.calls = 2
    world.discover()
    restarted = World(clock=world.clock, table=world.table, progress=world.progress)
    restarted.commerce_layer.put(*world.commerce_layer.orders.values())

    next_run(restarted)
    assert restarted.discover().complete

    assert restarted.listing.calls[0] == ("placed", "order-049")
    assert len(world.table.rows) == 60
    assert {row.order_updated_at for row in world.table.rows.values()} == {to_iso(OLD)}
