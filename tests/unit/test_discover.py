"""Which orders discover begins to watch, as what, and which it leaves alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from payment_refresh.domain.intake import Result
from payment_refresh.domain.listed import WebhookState
from payment_refresh.domain.outcome_events import Outcome
from payment_refresh.domain.payment import REFRESHABLE, PaymentKey
from payment_refresh.domain.policy import DAY, HOUR, MINUTE
from payment_refresh.domain.watch import FoundBy, Reason, SettledBy, Status, WatchClass
from payment_refresh.times import to_iso
from tests.support import samples
from tests.support.clock import START
from tests.support.world import World
from tests.unit.discover_steps import check_due, live, touch

if TYPE_CHECKING:
    from payment_refresh.domain.order import Order

OLD = START - 2 * HOUR
KEY = samples.key()


@pytest.fixture
def world() -> World:
    return World()


def watched(world: World, *orders: Order) -> set[PaymentKey]:
    """The rows after orders were listed once."""
    world.commerce_layer.put(*orders)
    report = world.discover()
    assert report.complete
    assert report.counts["Discovered"] == len(world.table.writes)
    return set(world.table.rows)


class TestWhatIsFound:
    """Orders that no event told of, unchanged for a while."""

    @pytest.mark.parametrize("narrow", [True, False])
    @pytest.mark.parametrize("status", ["placed", "placing", "editing", "approved"])
    @pytest.mark.parametrize("kind", REFRESHABLE)
    def test_a_placed_order(self, world: World, kind: str, status: str, narrow: bool) -> None:
        world.listing.narrow = narrow
        assert watched(world, samples.order(at=OLD, kind=kind, status=status)) == {samples.key(kind=kind)}
        assert world.row(samples.key(kind=kind)).watch_class is WatchClass.PLACED

    @pytest.mark.parametrize("narrow", [True, False])
    def test_a_cart_with_a_payment(self, world: World, narrow: bool) -> None:
        world.listing.narrow = narrow
        assert watched(world, samples.cart(at=OLD)) == {KEY}
        assert world.row(KEY).watch_class is WatchClass.CART

    @pytest.mark.parametrize("payment_status", ["authorized", "paid", "partially_paid"])
    def test_an_order_that_was_paid_and_not_placed(self, world: World, payment_status: str) -> None:
        assert watched(world, samples.cart(at=OLD, payment_status=payment_status)) == {KEY}
        assert world.row(KEY).due_at == START + world.policy.unplaced_after

    @pytest.mark.parametrize("kind", ["adyen_payments", "wire_transfers"])
    def test_also_where_its_payment_cannot_be_refreshed(self, world: World, kind: str) -> None:
        order = samples.cart(at=OLD, kind=kind, payment_status="authorized")
        assert watched(world, order) == {samples.order_key()}

    def test_where_its_payment_is_not_told_the_order_gets_a_row_that_finds_it(self, world: World) -> None:
        world.listing.tells_source = False
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
            pytest.param(samples.order(at=START - 21 * DAY), id="outside the window"),
            pytest.param(samples.cart(at=START - 49 * HOUR), id="cart outside the window"),
            pytest.param(samples.authorized(samples.order(at=OLD), OLD), id="authorized"),
            pytest.param(samples.authorized(samples.order(at=OLD), OLD, payment_status="paid"), id="paid"),
            pytest.param(samples.order(at=OLD, payment_status="refunded"), id="refunded"),
            pytest.param(samples.cart(at=OLD, payment_status="voided"), id="voided"),
            pytest.param(samples.order(at=OLD, payment_status="free"), id="free"),
        ],
    )
    def test_what_is_not(self, world: World, order: Order, narrow: bool) -> None:
        world.listing.narrow = narrow
        assert watched(world, order) == set()

    def test_carts_may_be_left_alone(self, world: World) -> None:
        world.window = replace(world.window, carts=None)

        assert watched(world, samples.order("a", at=OLD), samples.cart("b", at=OLD)) == {KEY}
        assert [name for name, _ in world.listing.calls] == ["placed", "unplaced"]


class TestTheWatch:
    """What stands in a row that discover made."""

    def test_it_is_put_down_to_discover(self, world: World) -> None:
        watched(world, samples.order(at=OLD))

        row = world.row(KEY)
        assert (row.found_by, row.round, row.status) == (FoundBy.DISCOVER, 1, Status.WATCHING)
        assert (row.order_id, row.order_number, row.gateway_id) == ("order-a", "10a", "pi_a")
        assert (row.amount_cents, row.currency, row.order_updated_at) == (9900, "EUR", to_iso(OLD))

    def test_a_placed_order_counts_from_its_placement_and_is_due_at_once(self, world: World) -> None:
        watched(world, samples.order(at=OLD, placed_at=to_iso(START - 5 * DAY)))

        row = world.row(KEY)
        assert (row.since, row.started_at, row.due_at) == (START - 5 * DAY, START - 5 * DAY, START)

    def test_a_cart_counts_from_its_last_change(self, world: World) -> None:
        at = START - 31 * MINUTE
        watched(world, samples.cart(at=at, created_at=to_iso(START - 9 * HOUR)))

        row = world.row(KEY)
        assert (row.started_at, row.due_at) == (at, at + 45 * MINUTE)

    def test_an_old_cart_is_due_at_once(self, world: World) -> None:
        watched(world, samples.cart(at=START - 47 * HOUR))

        assert world.row(KEY).due_at == START

    def test_a_refresh_settles_what_was_found(self, world: World) -> None:
        order = samples.order(at=OLD)
        world.commerce_layer.on_refresh(KEY, lambda: world.commerce_layer.put(samples.authorized(order, START)))
        watched(world, order)

        check_due(world)

        assert (world.row(KEY).status, world.row(KEY).settled_by) == (Status.SETTLED, SettledBy.REFRESH)
        assert [detail["found_by"] for detail in world.events.details] == ["discover"]

    @pytest.mark.parametrize("kind", ["stripe_payments", "adyen_payments"])
    def test_what_was_paid_and_not_placed_is_announced(self, world: World, kind: str) -> None:
        order = samples.cart(at=OLD, kind=kind, payment_status="authorized", payment_updated_at=to_iso(OLD))
        (key,) = watched(world, order)

        live(world, world.policy.unplaced_after)

        assert world.row(key).status is Status.SETTLED
        assert world.events.kinds == {Outcome.NOT_PLACED: 1}
        assert world.commerce_layer.count["refresh"] == 0

    def test_what_is_placed_after_all_is_not(self, world: World) -> None:
        order = samples.cart(at=OLD, kind="adyen_payments", payment_status="authorized")
        (key,) = watched(world, order)
        touch(world, order.id, status="placed", placed_at=to_iso(START))

        live(world, world.policy.unplaced_after)

        assert world.row(key).status is Status.CLOSED
        assert world.events.kinds == {}

    def test_orders_from_before_the_deployment_are_only_observed(self, world: World) -> None:
        world.act_after = START
        watched(world, samples.order("a", at=OLD), samples.cart("b", at=OLD))

        live(world, 21 * DAY)

        assert world.commerce_layer.count["refresh"] == 0
        assert world.row(samples.key("a")).reason is Reason.STAYED_PENDING
        assert world.row(samples.key("b")).status is Status.ABANDONED

    def test_unless_the_settings_say_otherwise(self, world: World) -> None:
        world.act_after = OLD
        watched(world, samples.order(at=OLD))

        check_due(world)

        assert world.commerce_layer.count["refresh"] == 1


class TestWhatIsWatchedAlready:
    """The table knows better than a list does."""

    def listed_again(self, world: World, *, changed: bool = True) -> bool:
        """List the order in a whole pass some days later, changed meanwhile or not; tells whether its row was."""
        world.clock.advance(2 * DAY)
        if changed:
            touch(world, "order-a")
        world.clock.advance(HOUR)
        before = len(world.table.writes)
        assert world.discover().counts["Listed"] == 1
        return len(world.table.writes) > before

    def test_a_watch_that_is_open_is_left_alone(self, world: World) -> None:
        watched(world, samples.order(at=OLD))

        assert not self.listed_again(world)

    def test_but_not_a_cart_that_was_placed(self, world: World) -> None:
        """Its event was lost, and its next check as a cart may be a day away."""
        watched(world, samples.cart(at=OLD))
        live(world, HOUR)
        placed_at = to_iso(world.now)
        touch(world, "order-a", status="placed", placed_at=placed_at)
        world.clock.advance(HOUR)

        assert world.discover().counts["Discovered"] == 1
        row = world.row(KEY)
        assert (row.watch_class, row.round, row.due_at) == (WatchClass.PLACED, 1, world.now)
        assert world.discover().counts["Discovered"] == 0

    def test_nor_a_cart_that_holds_money(self, world: World) -> None:
        watched(world, samples.cart(at=OLD))
        live(world, HOUR)
        touch(world, "order-a", payment_status="authorized")
        world.clock.advance(HOUR)

        assert world.discover().counts["Discovered"] == 1
        assert world.row(KEY).due_at == world.now + world.policy.unplaced_after
        assert world.discover().counts["Discovered"] == 0

    @pytest.mark.parametrize("changes", [{"claim": "token"}, {"order_id": "order-b"}])
    def test_a_claimed_one_or_one_of_another_order_waits(self, world: World, changes: dict[str, Any]) -> None:
        order = samples.cart(at=OLD)
        world.commerce_layer.put(replace(order, payment_status="authorized"))
        world.table.put(samples.watch(order, world.policy, **changes))

        assert not self.listed_again(world)

    def test_so_is_one_that_an_event_began(self, world: World) -> None:
        world.commerce_layer.put(samples.order(at=OLD))
        world.event(samples.order(at=OLD))

        assert not self.listed_again(world)

    @pytest.mark.parametrize("status", [Status.SETTLED, Status.CLOSED, Status.MISSING, Status.ABANDONED])
    def test_one_that_ended_begins_again_for_an_order_that_changed(self, world: World, status: Status) -> None:
        order = samples.order(at=OLD)
        world.commerce_layer.put(order)
        world.table.put(samples.watch(order, world.policy, status=status, due_at=None))

        assert self.listed_again(world)

        row = world.row(KEY)
        assert (row.round, row.found_by, row.status) == (2, FoundBy.DISCOVER, Status.WATCHING)
        assert (row.started_at, row.due_at) == (world.now, world.now)

    @pytest.mark.parametrize("status", [Status.SETTLED, Status.CLOSED, Status.MISSING, Status.ABANDONED])
    def test_but_not_for_one_that_did_not(self, world: World, status: Status) -> None:
        order = samples.order(at=OLD)
        world.commerce_layer.put(order)
        world.table.put(samples.watch(order, world.policy, status=status, due_at=None))

        assert not self.listed_again(world, changed=False)

    def test_nor_for_a_list_that_lags_behind(self, world: World) -> None:
        world.commerce_layer.put(samples.order(at=OLD))
        newer = samples.order(at=OLD + 60, payment_status="authorized")
        world.table.put(samples.watch(newer, world.policy, status=Status.SETTLED, due_at=None))

        assert not self.listed_again(world, changed=False)

    def test_one_of_a_missing_order_begins_again(self, world: World) -> None:
        """It was named by hand and no order ever came with it: any order is news."""
        order = samples.order(at=OLD)
        world.commerce_layer.put(order)
        missing = samples.watch(order, world.policy, status=Status.MISSING, due_at=None)
        world.table.put(replace(missing, order_id=None, order_updated_at=None))

        assert self.listed_again(world, changed=False)

    def test_a_dead_lettered_one_stays_with_the_person(self, world: World) -> None:
        order = samples.order(at=OLD)
        world.commerce_layer.put(order)
        world.table.put(samples.dead_lettered(order, world.policy, at=START))

        assert not self.listed_again(world)

    def test_until_money_sits_on_its_order_unplaced(self, world: World) -> None:
        """A dead-lettered payment went through, but the order never was placed again: that is news."""
        order = samples.cart(at=OLD)
        world.commerce_layer.put(replace(order, payment_status="authorized"))
        world.table.put(samples.dead_lettered(order, world.policy, at=START))

        assert self.listed_again(world)

    def test_an_abandoned_cart_that_is_placed_late_is_watched_as_a_placed_order(self, world: World) -> None:
        cart = samples.cart(at=START - 30 * HOUR)
        watched(world, cart)
        live(world, HOUR)
        assert world.row(KEY).status is Status.ABANDONED
        placed_at = to_iso(world.now)
        touch(world, cart.id, status="placed", placed_at=placed_at)
        world.clock.advance(HOUR)

        assert world.discover().counts["Discovered"] == 1

        row = world.row(KEY)
        assert (row.watch_class, row.round) == (WatchClass.PLACED, 2)
        assert (to_iso(row.started_at), row.due_at) == (placed_at, world.now)

    def test_where_the_payment_is_not_told_an_order_begins_once(self, world: World) -> None:
        """Its own row knows nothing of the touches of the payment's refreshes."""
        world.listing.tells_source = False
        watched(world, samples.order(at=OLD))
        check_due(world)
        assert world.row(samples.order_key()).status is Status.CLOSED

        assert not self.listed_again(world)


class TestMeanwhile:
    """Order events come at any time."""

    def test_what_an_event_began_first_is_left_to_the_event(self, world: World) -> None:
        order = samples.order(at=OLD)
        world.commerce_layer.put(order)
        world.table.faults.meanwhile("write", lambda: world.event(order))

        report = world.discover()

        assert report.complete
        assert report.counts["Discovered"] == 0
        assert world.row(KEY).found_by is FoundBy.EVENT
        assert world.log.of("watch_known_meanwhile") == [{"payment": str(KEY)}]

    def test_what_an_event_changed_first_too(self, world: World) -> None:
        order = samples.order(at=OLD)
        world.commerce_layer.put(samples.order(at=OLD + 60))
        world.table.put(samples.watch(order, world.policy, status=Status.SETTLED, due_at=None))
        world.table.faults.meanwhile("write", lambda: world.event(samples.order(at=OLD + 90)))

        assert world.discover().counts["Discovered"] == 0

        assert (world.row(KEY).round, world.row(KEY).found_by) == (2, FoundBy.EVENT)

    def test_an_event_settles_what_discover_found(self, world: World) -> None:
        order = samples.order(at=OLD)
        watched(world, order)

        assert world.event(samples.authorized(order, START + 60)) is Result.ENDED


def test_a_row_that_cannot_be_read_keeps_no_other_from_being_found(world: World) -> None:
    world.table.unreadable.add(samples.key("a"))

    world.commerce_layer.put(samples.order("a", at=OLD), samples.order("b", at=OLD))
    report = world.discover()

    assert report.complete
    assert report.counts["Discovered"] == 1
    assert set(world.table.rows) == {samples.key("b")}
    assert world.log.of("row_unreadable")


def test_the_webhooks_health_is_part_of_a_run(world: World) -> None:
    url = "https://our-url-id.lambda-url.eu-west-1.on.aws/"
    world.listing.webhooks = [WebhookState(id="w", topic="orders.place", callback_url=url, broken=True)]

    counts = world.discover().counts

    assert counts["WebhookCircuitsOpen"] == 1
    assert counts["WebhooksUnregistered"] == 7
    assert counts["ListCalls"] == 6
