"""The shares of a run's calls that go to placed orders and to carts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain.vocabulary import WatchClass
from payment_refresh.rate_limit.budget import LEAST_CALLS, share
from tests.support import samples
from tests.unit.discover_steps import carts, listings_asked, next_run, placed

if TYPE_CHECKING:
    from tests.support.world import World


ONCE = ("placed", "unplaced", "cancelled")
"""What is listed before the carts, each a page where there are few."""


def watched_as(world: World, watch_class: WatchClass) -> int:
    return sum(row.watch_class is watch_class for row in world.table.rows.values())


class TestShares:
    """A quarter of the rate is discover's, half of that the carts'; placed orders come first."""

    @pytest.mark.parametrize(("calls_per_minute", "pages"), [(100, 375), (50, 187), (180, 675), (LEAST_CALLS, 37)])
    def test_share_of_a_run_is_a_quarter_of_the_calls_that_the_rate_allows(
        self, calls_per_minute: int, pages: int
    ) -> None:
        assert share(calls_per_minute) == pages

    def test_carts_get_half_of_a_runs_calls_where_placed_orders_need_few(self, world: World) -> None:
        world.commerce_layer.put(*carts(300))
        world.calls = 8

        world.discover()

        assert listings_asked(world) == [*ONCE, *["carts"] * 4]

    def test_carts_get_only_the_calls_that_many_placed_orders_leave_over(self, world: World) -> None:
        world.commerce_layer.put(*carts(300), *placed(100))
        world.calls = 8

        world.discover()

        assert listings_asked(world) == [*["placed"] * 4, *ONCE, "carts"]

    def test_carts_get_no_call_where_placed_orders_use_up_the_run(self, world: World) -> None:
        world.commerce_layer.put(*carts(30), *placed(200))
        world.calls = 8

        report = world.discover()

        assert listings_asked(world) == ["placed"] * 8
        assert not report.complete

    def test_new_placed_order_is_found_while_a_pass_over_many_carts_is_still_under_way(self, world: World) -> None:
        """A whole pass over many carts takes hours; orders that get stuck meanwhile are found in each run."""
        world.commerce_layer.put(*carts(900))
        world.calls = 8
        world.discover()
        world.commerce_layer.put(samples.order("new", at=world.clock.now))
        for _ in range(3):
            next_run(world)
            assert not world.discover().complete

        assert samples.key("new") in world.table.rows
        assert watched_as(world, WatchClass.CART) == 4 * 4 * 25

    def test_pass_over_the_carts_completes_within_ten_runs_at_the_lowest_rate(self, world: World) -> None:
        world.commerce_layer.put(*carts(999))
        world.calls = share(LEAST_CALLS)
        runs = 1
        while not world.discover().complete:
            next_run(world)
            runs += 1
            assert runs < 10

        assert watched_as(world, WatchClass.CART) == 999
