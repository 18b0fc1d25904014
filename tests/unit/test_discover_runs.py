"""Passes that take several runs, and runs that overlap."""

from __future__ import annotations

from dataclasses import replace

import pytest

from payment_refresh.domain.cursor import Pass
from payment_refresh.metrics import Metric
from payment_refresh.times import to_iso
from tests.support import samples
from tests.support.world import World
from tests.unit.discover_steps import OLD, carts, listings_asked, next_run, placed


class TestSeveralRuns:
    """A run that is out of calls or time leaves its place to the next."""

    def test_pass_that_runs_out_of_calls_is_finished_by_the_next_runs_from_its_cursor(self, world: World) -> None:
        world.commerce_layer.put(*placed(110))
        world.window = replace(world.window, carts=None)
        world.calls = 2

        reports = [world.discover()]
        while not reports[-1].complete:
            next_run(world)
            reports.append(world.discover())

        assert [report.counts[Metric.DISCOVERED] for report in reports] == [50, 50, 10, 0]
        assert world.listing.calls[2] == ("placed", "order-049")
        assert len(world.listing.calls) == 7
        assert len(world.table.writes) == 110

    def test_pass_that_runs_out_of_time_is_finished_by_the_next_run_from_its_cursor(self, world: World) -> None:
        world.commerce_layer.put(*placed(60))
        left = iter([True])
        world.has_time = lambda: next(left, False)

        report = world.discover()

        assert (report.complete, report.counts[Metric.DISCOVERED]) == (False, 25)
        world.has_time = lambda: True
        assert world.discover().complete
        assert world.listing.calls[1] == ("placed", "order-024")
        assert len(world.table.rows) == 60

    def test_run_without_any_time_left_makes_no_call_and_is_incomplete(self, world: World) -> None:
        world.has_time = lambda: False

        report = world.discover()

        assert not report.complete
        assert world.listing.calls == []
        assert report.counts[Metric.LIST_CALLS] == 0

    def test_interrupted_pass_goes_on_in_the_listing_where_it_stopped(self, world: World) -> None:
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
            ("cancelled", None),
        ]

    def test_progress_in_a_listing_that_no_longer_exists_begins_the_pass_over(self, world: World) -> None:
        cursor = world.cursors.read(Pass.ORDERS).begun(world.now).moved("of an older version", "order-x")
        world.cursors.write(cursor)
        world.commerce_layer.put(samples.order(at=OLD))

        assert world.discover().complete

        assert listings_asked(world)[:2] == ["placed", "unplaced"]
        assert len(world.table.rows) == 1

    def test_order_changed_behind_the_cursor_during_a_pass_is_found_by_the_next_pass(self, world: World) -> None:
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

        # Five runs end the first pass; the next begins a quarter of an hour later and sees it.
        assert runs == 5


class TestOverlappingRuns:
    """A run that is late may meet the next one, or a person's."""

    @pytest.mark.parametrize("turn", range(8))
    @pytest.mark.parametrize("with_calls", [4, 375])
    def test_run_overtaken_by_another_stops_incomplete_and_no_order_is_found_twice(
        self, world: World, turn: int, with_calls: int
    ) -> None:
        """Another run goes in between right before one of this run's writes of its cursor."""
        world.commerce_layer.put(*placed(30), *carts(30))

        def other() -> None:
            mine, world.calls = world.calls, with_calls
            world.discover()
            world.calls = mine

        for action in [*[lambda: None] * turn, other]:
            world.cursors.faults.meanwhile("write", action)

        report = world.discover()

        assert report.complete is False
        assert len(world.log.of("cursor_conflict")) == 1
        for _ in range(2):
            next_run(world)
            report = world.discover()
        assert report.complete
        assert len(world.table.rows) == len(world.table.writes) == 60

    def test_two_runs_that_begin_at_once_write_each_order_once(self, world: World) -> None:
        world.commerce_layer.put(*placed(30))
        world.cursors.faults.meanwhile("read", lambda: world.discover())

        assert world.discover().complete

        assert len(world.table.writes) == 30


def test_pass_is_continued_by_a_new_process_from_what_the_table_holds(world: World) -> None:
    """Each run is a new one; what it needs stands in the table."""
    world.commerce_layer.put(*placed(60))
    world.calls = 2
    world.discover()
    restarted = World(clock=world.clock, table=world.table, cursors=world.cursors)
    restarted.commerce_layer.put(*world.commerce_layer.orders.values())

    next_run(restarted)
    assert restarted.discover().complete

    assert restarted.listing.calls[0] == ("placed", "order-049")
    assert len(world.table.rows) == 60
    assert {row.order_updated_at for row in world.table.rows.values()} == {to_iso(OLD)}
