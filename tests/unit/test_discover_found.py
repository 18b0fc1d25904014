"""Orders that discover begins to watch, and orders that it leaves alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain.payment import REFRESHABLE
from payment_refresh.domain.policy import DAY, HOUR, MINUTE
from payment_refresh.domain.vocabulary import FoundBy, WatchClass
from payment_refresh.times import to_iso
from tests.support import samples
from tests.support.clock import START
from tests.unit.discover_steps import OLD, check_due, watched

if TYPE_CHECKING:
    from payment_refresh.domain.order import Order
    from tests.support.world import World

KEY = samples.key()


class TestFoundOrders:
    """Orders that no event reported, unchanged for a while."""

    @pytest.mark.parametrize("narrow", [True, False])
    @pytest.mark.parametrize("status", ["placed", "placing", "editing", "approved"])
    @pytest.mark.parametrize("kind", REFRESHABLE)
    def test_unpaid_order_of_any_placed_status_is_found_and_watched_as_placed(
        self, world: World, kind: str, status: str, narrow: bool
    ) -> None:
        world.listing.narrow = narrow
        assert watched(world, samples.order(at=OLD, kind=kind, status=status)) == {samples.key(kind=kind)}
        assert world.row(samples.key(kind=kind)).watch_class is WatchClass.PLACED

    @pytest.mark.parametrize("narrow", [True, False])
    def test_cart_with_a_payment_is_found_and_watched_as_a_cart(self, world: World, narrow: bool) -> None:
        world.listing.narrow = narrow
        assert watched(world, samples.cart(at=OLD)) == {KEY}
        assert world.row(KEY).watch_class is WatchClass.CART

    @pytest.mark.parametrize("payment_status", ["authorized", "paid"])
    def test_paid_but_unplaced_order_is_found_and_due_after_the_unplaced_delay(
        self, world: World, payment_status: str
    ) -> None:
        assert watched(world, samples.cart(at=OLD, payment_status=payment_status)) == {KEY}
        assert world.row(KEY).due_at == START + world.policy.unplaced_after

    def test_order_paid_in_part_is_found_and_due_at_once_since_only_a_look_shows_whose_the_money_is(
        self, world: World
    ) -> None:
        assert watched(world, samples.cart(at=OLD, payment_status="partially_paid")) == {KEY}
        assert world.row(KEY).due_at == START

    @pytest.mark.parametrize("payment_status", ["partially_authorized", "partially_paid"])
    def test_placed_order_whose_rest_is_unpaid_is_found(self, world: World, payment_status: str) -> None:
        assert watched(world, samples.order(at=OLD, payment_status=payment_status)) == {KEY}

    @pytest.mark.parametrize("payment_status", ["authorized", "paid"])
    def test_cancelled_order_with_money_is_found_and_due_at_once(self, world: World, payment_status: str) -> None:
        order = samples.order(at=OLD, status="cancelled", payment_status=payment_status)
        assert watched(world, order) == {KEY}
        assert world.row(KEY).due_at == START

    def test_placed_order_that_others_touch_all_the_time_is_found(self, world: World) -> None:
        assert watched(world, samples.order(at=OLD, updated_at=to_iso(START - 1))) == {KEY}

    @pytest.mark.parametrize("kind", ["adyen_payments", "wire_transfers"])
    def test_paid_but_unplaced_order_of_an_unrefreshable_type_is_found_under_its_order_key(
        self, world: World, kind: str
    ) -> None:
        order = samples.cart(at=OLD, kind=kind, payment_status="authorized")
        assert watched(world, order) == {samples.order_key()}

    def test_order_listed_without_its_payment_gets_an_order_row_whose_check_finds_the_payment(
        self, world: World
    ) -> None:
        world.listing.shows_source = False
        assert watched(world, samples.order(at=OLD)) == {samples.order_key()}

        check_due(world)

        assert world.row(KEY).found_by is FoundBy.DISCOVER

    @pytest.mark.parametrize("narrow", [True, False])
    @pytest.mark.parametrize(
        "order",
        [
            pytest.param(samples.order(at=OLD, status="draft"), id="draft"),
            pytest.param(samples.order(at=OLD, status="cancelled"), id="cancelled"),
            pytest.param(samples.order(at=OLD, kind="adyen_payments"), id="of another type"),
            pytest.param(samples.cart(at=OLD, kind="wire_transfers"), id="cart of another type"),
            pytest.param(samples.order(at=OLD, source_type=None, source_id=None), id="without payment"),
            pytest.param(samples.cart(at=OLD, source_type=None, source_id=None), id="cart without payment"),
            pytest.param(samples.order(at=START - 29 * MINUTE), id="fresh"),
            pytest.param(samples.cart(at=START - 29 * MINUTE), id="fresh cart"),
            pytest.param(samples.cart(at=START - 14 * MINUTE, payment_status="paid"), id="freshly paid"),
            pytest.param(samples.order(at=START - 27 * DAY), id="outside the window"),
            pytest.param(samples.cart(at=START - 49 * HOUR), id="cart outside the window"),
            pytest.param(samples.authorized(samples.order(at=OLD), OLD), id="authorized"),
            pytest.param(samples.authorized(samples.order(at=OLD), OLD, payment_status="paid"), id="paid"),
            pytest.param(samples.order(at=OLD, payment_status="refunded"), id="refunded"),
            pytest.param(samples.cart(at=OLD, payment_status="voided"), id="voided"),
            pytest.param(samples.order(at=OLD, payment_status="free"), id="free"),
        ],
    )
    def test_order_that_is_fresh_outside_the_window_or_not_stuck_is_not_watched(
        self, world: World, order: Order, narrow: bool
    ) -> None:
        world.listing.narrow = narrow
        assert watched(world, order) == set()

    def test_with_carts_switched_off_no_carts_are_listed(self, world: World) -> None:
        world.window = replace(world.window, carts=None)

        assert watched(world, samples.order("a", at=OLD), samples.cart("b", at=OLD)) == {KEY}
        assert [name for name, _ in world.listing.calls] == ["placed", "unplaced", "cancelled"]
