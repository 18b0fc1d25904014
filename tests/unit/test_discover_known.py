"""Effects of a list on payments that are watched already, or that an event begins meanwhile."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from payment_refresh.domain.intake import Result
from payment_refresh.domain.policy import DAY, HOUR
from payment_refresh.domain.vocabulary import FoundBy, Status, WatchClass
from payment_refresh.metrics import Metric
from payment_refresh.times import to_iso
from tests.support import samples
from tests.support.clock import START
from tests.unit.discover_steps import OLD, check_due, live, touch, watched

if TYPE_CHECKING:
    from tests.support.world import World

KEY = samples.key()


class TestKnownWatches:
    """The table knows better than a list does."""

    def listed_again(self, world: World, *, changed: bool = True) -> bool:
        """List the order in a whole pass some days later, changed meanwhile or not; gives whether its row was."""
        world.clock.advance(2 * DAY)
        if changed:
            touch(world, "order-a")
        world.clock.advance(HOUR)
        before = len(world.table.writes)
        assert world.discover().counts[Metric.LISTED] == 1
        return len(world.table.writes) > before

    def test_open_watch_of_an_order_listed_again_is_left_alone(self, world: World) -> None:
        watched(world, samples.order(at=OLD))

        assert not self.listed_again(world)

    def test_open_cart_watch_becomes_a_placed_watch_once_its_order_is_listed_as_placed(self, world: World) -> None:
        """Its event was lost, and its next check as a cart may be a day away."""
        watched(world, samples.cart(at=OLD))
        live(world, HOUR)
        placed_at = to_iso(world.now)
        touch(world, "order-a", status="placed", placed_at=placed_at)
        world.clock.advance(HOUR)

        assert world.discover().counts[Metric.DISCOVERED] == 1
        row = world.row(KEY)
        assert (row.watch_class, row.round, row.due_at) == (WatchClass.PLACED, 1, world.now)
        assert world.discover().counts[Metric.DISCOVERED] == 0

    def test_open_cart_watch_is_rescheduled_once_its_order_is_listed_as_authorized(self, world: World) -> None:
        watched(world, samples.cart(at=OLD))
        live(world, HOUR)
        touch(world, "order-a", payment_status="authorized")
        world.clock.advance(HOUR)

        assert world.discover().counts[Metric.DISCOVERED] == 1
        assert world.row(KEY).due_at == world.now + world.policy.unplaced_after
        assert world.discover().counts[Metric.DISCOVERED] == 0

    @pytest.mark.parametrize("changes", [{"claim": "token"}, {"order_id": "order-b"}])
    def test_claimed_watch_or_watch_of_another_order_is_left_alone_when_listed(
        self, world: World, changes: dict[str, Any]
    ) -> None:
        order = samples.cart(at=OLD)
        world.commerce_layer.put(replace(order, payment_status="authorized"))
        world.table.put(samples.watch(order, world.policy, **changes))

        assert not self.listed_again(world)

    def test_open_watch_begun_by_an_event_is_left_alone_when_listed(self, world: World) -> None:
        world.commerce_layer.put(samples.order(at=OLD))
        world.event(samples.order(at=OLD))

        assert not self.listed_again(world)

    @pytest.mark.parametrize("status", [Status.SETTLED, Status.CLOSED, Status.MISSING, Status.ABANDONED])
    def test_ended_watch_begins_a_new_round_for_an_order_that_changed_since(
        self, world: World, status: Status
    ) -> None:
        order = samples.order(at=OLD)
        world.commerce_layer.put(order)
        world.table.put(samples.watch(order, world.policy, status=status, due_at=None))

        assert self.listed_again(world)

        row = world.row(KEY)
        assert (row.round, row.found_by, row.status) == (2, FoundBy.DISCOVER, Status.WATCHING)
        assert (row.started_at, row.due_at) == (world.now, world.now)

    @pytest.mark.parametrize("status", [Status.SETTLED, Status.CLOSED, Status.MISSING, Status.ABANDONED])
    def test_ended_watch_begins_no_new_round_for_an_unchanged_order(self, world: World, status: Status) -> None:
        order = samples.order(at=OLD)
        world.commerce_layer.put(order)
        world.table.put(samples.watch(order, world.policy, status=status, due_at=None))

        assert not self.listed_again(world, changed=False)

    def test_ended_watch_begins_no_new_round_for_a_list_older_than_its_row(self, world: World) -> None:
        world.commerce_layer.put(samples.order(at=OLD))
        newer = samples.order(at=OLD + 60, payment_status="authorized")
        world.table.put(samples.watch(newer, world.policy, status=Status.SETTLED, due_at=None))

        assert not self.listed_again(world, changed=False)

    def test_missing_watch_without_a_known_order_begins_again_for_any_listed_order(self, world: World) -> None:
        """It was checked manually and no order ever came with it: any order is news."""
        order = samples.order(at=OLD)
        world.commerce_layer.put(order)
        missing = samples.watch(order, world.policy, status=Status.MISSING, due_at=None)
        world.table.put(replace(missing, order_id=None, order_updated_at=None))

        assert self.listed_again(world, changed=False)

    def test_dead_lettered_watch_is_not_begun_again_for_an_order_that_changed(self, world: World) -> None:
        order = samples.order(at=OLD)
        world.commerce_layer.put(order)
        world.table.put(samples.dead_lettered(order, world.policy, at=START))

        assert not self.listed_again(world)

    def test_dead_lettered_watch_begins_again_once_its_order_is_paid_but_unplaced(self, world: World) -> None:
        """A dead-lettered payment went through, but the order never was placed again: that is news."""
        order = samples.cart(at=OLD)
        world.commerce_layer.put(replace(order, payment_status="authorized"))
        world.table.put(samples.dead_lettered(order, world.policy, at=START))

        assert self.listed_again(world)

    def test_abandoned_cart_that_is_placed_late_begins_a_new_round_as_a_placed_order(self, world: World) -> None:
        cart = samples.cart(at=START - 30 * HOUR)
        watched(world, cart)
        live(world, 9 * DAY)
        assert world.row(KEY).status is Status.ABANDONED
        placed_at = to_iso(world.now)
        touch(world, cart.id, status="placed", placed_at=placed_at)
        world.clock.advance(HOUR)

        assert world.discover().counts[Metric.DISCOVERED] == 1

        row = world.row(KEY)
        assert (row.watch_class, row.round) == (WatchClass.PLACED, 2)
        assert (to_iso(row.started_at), row.due_at) == (placed_at, world.now)

    def test_order_listed_without_its_payment_begins_its_order_row_only_once(self, world: World) -> None:
        """Its own row knows nothing of the touches of the payment's refreshes."""
        world.listing.shows_source = False
        watched(world, samples.order(at=OLD))
        check_due(world)
        assert world.row(samples.order_key()).status is Status.CLOSED

        assert not self.listed_again(world)


class TestEventsDuringARun:
    """Order events come at any time."""

    def test_watch_that_an_event_begins_during_the_run_keeps_the_event_as_its_finder(self, world: World) -> None:
        order = samples.order(at=OLD)
        world.commerce_layer.put(order)
        world.table.faults.meanwhile("write", lambda: world.event(order))

        report = world.discover()

        assert report.complete
        assert report.counts[Metric.DISCOVERED] == 0
        assert world.row(KEY).found_by is FoundBy.EVENT
        assert world.log.of("watch_known_meanwhile") == [{"payment": str(KEY)}]

    def test_ended_watch_that_an_event_begins_again_during_the_run_is_not_begun_twice(self, world: World) -> None:
        order = samples.order(at=OLD)
        world.commerce_layer.put(samples.order(at=OLD + 60))
        world.table.put(samples.watch(order, world.policy, status=Status.SETTLED, due_at=None))
        world.table.faults.meanwhile("write", lambda: world.event(samples.order(at=OLD + 90)))

        assert world.discover().counts[Metric.DISCOVERED] == 0

        assert (world.row(KEY).round, world.row(KEY).found_by) == (2, FoundBy.EVENT)

    def test_event_of_an_authorized_order_ends_the_watch_that_discover_found(self, world: World) -> None:
        order = samples.order(at=OLD)
        watched(world, order)

        assert world.event(samples.authorized(order, START + 60)) is Result.ENDED


def test_unreadable_row_is_logged_and_keeps_no_other_order_from_being_found(world: World) -> None:
    world.table.unreadable.add(samples.key("a"))

    world.commerce_layer.put(samples.order("a", at=OLD), samples.order("b", at=OLD))
    report = world.discover()

    assert report.complete
    assert report.counts[Metric.DISCOVERED] == 1
    assert set(world.table.rows) == {samples.key("b")}
    assert world.log.of("row_unreadable")
