"""The age of the last complete pass of discover."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain.cursor import Pass
from payment_refresh.errors import CredentialsRefused
from tests.unit.discover_steps import RUN_EVERY_S, carts, next_run

if TYPE_CHECKING:
    from tests.support.world import World


class TestAges:
    """Age of the last complete pass; the metric `DiscoverAgeSeconds`."""

    def test_ages_of_a_complete_run_are_zero_for_orders_and_carts(self, world: World) -> None:
        assert world.discover().ages == {Pass.ORDERS: 0, Pass.CARTS: 0}

    def test_ages_without_carts_hold_the_orders_pass_only(self, world: World) -> None:
        world.window = replace(world.window, carts=None)

        assert world.discover().ages == {Pass.ORDERS: 0}

    @pytest.mark.parametrize("ran_before", [True, False])
    def test_age_of_a_pass_grows_with_each_failed_run_until_one_completes(
        self, world: World, ran_before: bool
    ) -> None:
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

    def test_unfinished_carts_pass_grows_older_while_the_orders_age_stays_zero(self, world: World) -> None:
        world.commerce_layer.put(*carts(300))
        world.calls = 8
        world.discover()
        next_run(world)

        report = world.discover()

        assert report.ages == {Pass.ORDERS: 0, Pass.CARTS: RUN_EVERY_S}
        assert not report.complete
