"""Our own touches never feed discover: where nobody else changes anything, each order is found once.

The worlds live through all their watches, with whole passes of discover and steady ones, over refreshes that set
``updated_at`` and ones that do not.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from payment_refresh.domain.policy import DAY, HOUR, MINUTE
from payment_refresh.domain.vocabulary import Status
from payment_refresh.metrics import Metric
from payment_refresh.times import to_iso
from tests.support import samples
from tests.support.clock import START
from tests.support.world import World
from tests.unit.discover_steps import live, touch_on_refresh


@dataclass
class Life:
    """A world, and the findings of its runs of discover."""

    world: World
    found: list[int] = field(default_factory=list)

    def run(self) -> None:
        self.found.append(self.world.discover().counts[Metric.DISCOVERED])


TOUCHES = {"untouched": (False, False), "touched": (True, False), "touched, and the answer lags": (True, True)}


@pytest.fixture(params=TOUCHES)
def life(request: pytest.FixtureRequest) -> Life:
    """An organization with all that may be found in it."""
    touches, lags = TOUCHES[request.param]
    world = World()
    world.policy = replace(world.policy, cap_idle=4 * HOUR)  # fewer checks, of which each costs time
    world.commerce_layer.lagging = lags
    orders = [
        samples.order("placed", at=START - 2 * HOUR),
        samples.order("old", at=START - 19 * DAY),
        samples.order("placing", at=START - 3 * HOUR, status="placing"),
        samples.order("checkout", at=START - 2 * HOUR, kind="checkout_com_payments"),
        samples.cart("cart", at=START - 40 * MINUTE),
        samples.cart("old-cart", at=START - 47 * HOUR),
        samples.cart("auto-cart", at=START - 3 * HOUR, auto_place=True),
        samples.cart("paid", at=START - HOUR, payment_status="authorized"),
        samples.cart("adyen", at=START - HOUR, payment_status="authorized", kind="adyen_payments"),
    ]
    world.commerce_layer.put(*orders)
    if touches:
        for order in orders:
            if order.payment is not None:
                touch_on_refresh(world, order)
    return Life(world)


ENDS = {
    "placed": Status.DEAD_LETTERED,
    "old": Status.DEAD_LETTERED,
    "placing": Status.DEAD_LETTERED,
    "checkout": Status.DEAD_LETTERED,
    "cart": Status.ABANDONED,
    "old-cart": Status.ABANDONED,
    "auto-cart": Status.ABANDONED,
    "paid": Status.SETTLED,
    "adyen": Status.SETTLED,
}


def ends(world: World) -> dict[str, Status]:
    return {(row.order_id or "").removeprefix("order-"): row.status for row in world.table.rows.values()}


@pytest.mark.parametrize("narrow", [True, False], ids=["filtered", "filters refused"])
def test_order_that_only_we_touch_is_found_once_until_its_ended_watch_is_forgotten(
    life: Life, narrow: bool
) -> None:
    """For as long as ended watches are kept, and until the last of them is forgotten."""
    world = life.world
    world.listing.narrow = narrow
    life.run()
    assert life.found == [len(ENDS)]

    live(world, DAY, run=life.run)
    live(world, 29 * DAY, run=life.run, every=HOUR)

    assert ends(world) == ENDS
    assert {row.round for row in world.table.rows.values()} == {1}
    written, refreshed = len(world.table.writes), world.commerce_layer.count["refresh"]
    live(world, 60 * DAY, run=life.run, every=6 * HOUR)
    assert sum(life.found) == len(ENDS)
    assert len(world.table.writes) == written
    assert world.commerce_layer.count["refresh"] == refreshed
    assert {row.status for row in world.table.rows.values()} == {Status.DEAD_LETTERED}
    assert len(world.letters.contents) == len(world.table.rows) == 4


def test_second_whole_pass_after_all_watches_ended_writes_and_queues_nothing(life: Life) -> None:
    """All watches end between the two passes, as if discover had stood still; the second one is whole."""
    world = life.world
    life.run()
    live(world, 25 * DAY)
    assert ends(world) == ENDS
    written, queued = len(world.table.writes), list(world.queue.sends)

    life.run()
    world.sweep()

    assert life.found[-1] == 0
    assert len(world.table.writes) == written
    assert world.queue.sends == queued


def test_steady_passes_find_nothing_in_orders_that_only_refreshes_touched(life: Life) -> None:
    """Right after the last touch of each watch has become quiet enough to be listed."""
    world = life.world
    life.run()
    listed: list[int] = []

    def run() -> None:
        report = world.discover()
        listed.append(report.counts[Metric.LISTED])
        assert report.counts[Metric.DISCOVERED] == 0

    live(world, 23 * HOUR, run=run)  # no whole pass in this time

    touched = world.commerce_layer.orders["order-old-cart"].updated_at != to_iso(START - 47 * HOUR)
    assert world.row(samples.key("old-cart")).refreshes > 0
    assert (sum(listed) > 0) == touched


@pytest.mark.parametrize("shows_source", [True, False])
def test_cart_whose_refreshes_always_touch_it_is_watched_in_one_round_only(shows_source: bool) -> None:
    """Also where lists do not show the payment source."""
    world = World()
    world.listing.shows_source = shows_source
    cart = samples.cart(at=START - HOUR)
    world.commerce_layer.put(cart)
    touch_on_refresh(world, cart)

    live(world, 12 * DAY, run=world.discover)

    row = world.row(samples.key())
    assert (row.status, row.round) == (Status.ABANDONED, 1)
    assert row.refreshes == world.commerce_layer.count["refresh"] > 0


def test_order_touched_within_the_longest_window_is_found_once_before_its_row_expires() -> None:
    """The settings allow a window as long as the retention: a touched order leaves it before its row expires."""
    world = World()
    world.policy = replace(world.policy, give_up=35 * DAY, retention=35 * DAY)
    world.window = replace(world.window, placed=35 * DAY)
    order = samples.order(at=START - HOUR)
    world.commerce_layer.put(order)
    touch_on_refresh(world, order)
    life = Life(world)

    live(world, 110 * DAY, run=life.run, every=6 * HOUR)

    assert sum(life.found) == 1
    assert world.row(samples.key()).status is Status.DEAD_LETTERED


def test_cart_changed_by_somebody_else_after_its_watch_ended_begins_a_second_round() -> None:
    """The other side: what changed for another reason than our refresh is not missed."""
    world = World()
    cart = samples.cart(at=START - HOUR)
    world.commerce_layer.put(cart)
    touch_on_refresh(world, cart)
    life = Life(world)
    live(world, 12 * DAY, run=life.run)
    touched = world.commerce_layer.orders[cart.id].updated_at
    assert world.row(samples.key()).order_updated_at == touched

    world.commerce_layer.put(replace(cart, updated_at=to_iso(world.clock.now)))
    live(world, 2 * HOUR, run=life.run)

    assert sum(life.found) == 2
    assert world.row(samples.key()).round == 2
