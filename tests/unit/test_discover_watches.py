"""The row that discover creates, and the ends of such a watch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain.policy import DAY, HOUR, MINUTE
from payment_refresh.domain.vocabulary import FoundBy, OutboxItem, Reason, SettledBy, Status
from payment_refresh.times import to_iso
from tests.support import samples
from tests.support.clock import START
from tests.unit.discover_steps import OLD, check_due, live, touch, watched

if TYPE_CHECKING:
    from tests.support.world import World

KEY = samples.key()


class TestWatchOfAFoundOrder:
    """Contents of a row that discover created."""

    def test_found_watch_is_attributed_to_discover_and_carries_the_orders_data(self, world: World) -> None:
        watched(world, samples.order(at=OLD))

        row = world.row(KEY)
        assert (row.found_by, row.round, row.status) == (FoundBy.DISCOVER, 1, Status.WATCHING)
        assert (row.order_id, row.order_number, row.gateway_id) == ("order-a", "10a", "pi_a")
        assert (row.amount_cents, row.currency, row.order_updated_at) == (9900, "EUR", to_iso(OLD))

    def test_watch_of_a_placed_order_starts_at_its_placement_and_is_due_at_once(self, world: World) -> None:
        watched(world, samples.order(at=OLD, placed_at=to_iso(START - 5 * DAY)))

        row = world.row(KEY)
        assert (row.since, row.started_at, row.due_at) == (START - 5 * DAY, START - 5 * DAY, START)

    def test_watch_of_a_cart_starts_at_its_last_change_and_is_due_45_minutes_later(self, world: World) -> None:
        at = START - 31 * MINUTE
        watched(world, samples.cart(at=at, created_at=to_iso(START - 9 * HOUR)))

        row = world.row(KEY)
        assert (row.started_at, row.due_at) == (at, at + 45 * MINUTE)

    def test_watch_of_an_old_cart_within_the_window_is_due_at_once(self, world: World) -> None:
        watched(world, samples.cart(at=START - 47 * HOUR))

        assert world.row(KEY).due_at == START

    def test_refresh_that_authorizes_a_found_order_settles_it_and_reports_discover_as_finder(
        self, world: World
    ) -> None:
        order = samples.order(at=OLD)
        world.commerce_layer.on_refresh(KEY, lambda: world.commerce_layer.put(samples.authorized(order, START)))
        watched(world, order)

        check_due(world)

        assert (world.row(KEY).status, world.row(KEY).settled_by) == (Status.SETTLED, SettledBy.REFRESH)
        assert [detail["found_by"] for detail in world.events.details] == ["discover"]

    @pytest.mark.parametrize("kind", ["stripe_payments", "adyen_payments"])
    def test_paid_but_unplaced_order_is_reported_as_not_placed_without_a_refresh(
        self, world: World, kind: str
    ) -> None:
        order = samples.cart(at=OLD, kind=kind, payment_status="authorized", payment_updated_at=to_iso(OLD))
        (key,) = watched(world, order)

        live(world, world.policy.unplaced_after)

        assert world.row(key).status is Status.SETTLED
        assert world.events.kinds == {OutboxItem.NOT_PLACED: 1}
        assert world.commerce_layer.count["refresh"] == 0

    def test_paid_order_that_is_placed_in_time_is_closed_without_an_event(self, world: World) -> None:
        order = samples.cart(at=OLD, kind="adyen_payments", payment_status="authorized")
        (key,) = watched(world, order)
        touch(world, order.id, status="placed", placed_at=to_iso(START))

        live(world, world.policy.unplaced_after)

        assert world.row(key).status is Status.CLOSED
        assert world.events.kinds == {}

    def test_orders_older_than_the_deployment_are_observed_and_never_refreshed(self, world: World) -> None:
        world.act_after = START
        watched(world, samples.order("a", at=OLD), samples.cart("b", at=OLD))

        live(world, 25 * DAY)

        assert world.commerce_layer.count["refresh"] == 0
        stuck = world.row(samples.key("a"))
        assert (stuck.status, stuck.reason) == (Status.REPORTED, Reason.STAYED_PENDING)
        assert (world.letters.letters, world.events.kinds) == ([], {OutboxItem.ABANDONED: 1})
        assert world.row(samples.key("b")).status is Status.ABANDONED

    def test_order_older_than_the_deployment_is_refreshed_where_the_settings_allow_it(self, world: World) -> None:
        world.act_after = OLD
        watched(world, samples.order(at=OLD))

        check_due(world)

        assert world.commerce_layer.count["refresh"] == 1
