"""Steps that several tests of discover share: fill a world, and let it live on with its sweeps and runs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from payment_refresh.domain.policy import HOUR, MINUTE
from payment_refresh.domain.vocabulary import DueClass
from payment_refresh.metrics import Metric
from payment_refresh.rate_limit.budget import RUN_EVERY
from payment_refresh.times import to_iso
from tests.support import samples
from tests.support.clock import START

if TYPE_CHECKING:
    from collections.abc import Callable

    from payment_refresh.domain.order import Order
    from payment_refresh.domain.payment import PaymentKey
    from tests.support.world import World

RUN_EVERY_S = RUN_EVERY * MINUTE
OLD = START - 2 * HOUR
"""Time of the last change of an order that is quiet enough to be listed."""


def placed(count: int) -> list[Order]:
    """Placed orders that are listed."""
    return [samples.order(f"{number:03}", at=OLD) for number in range(count)]


def carts(count: int) -> list[Order]:
    """Carts that are listed."""
    return [samples.cart(f"c{number:03}", at=OLD) for number in range(count)]


def watched(world: World, *orders: Order) -> set[PaymentKey]:
    """The rows after orders were listed once."""
    world.commerce_layer.put(*orders)
    report = world.discover()
    assert report.complete
    assert report.counts[Metric.DISCOVERED] == len(world.table.writes)
    return set(world.table.rows)


def next_run(world: World) -> None:
    """Let time pass until the next run."""
    world.clock.advance(RUN_EVERY_S)


def listings_asked(world: World) -> list[str]:
    """The listings that pages were asked of, in order."""
    return [name for name, _ in world.listing.calls]


def live(
    world: World, seconds: float, *, run: Callable[[], object] | None = None, every: float = RUN_EVERY_S
) -> None:
    """Let time pass: what is due is checked, rows expire, and something is run now and then."""
    until, next_run = world.clock.now + seconds, world.clock.now + every
    while True:
        rows = world.table.rows.values()
        dues = [row.due_at for row in rows if row.due_class is not DueClass.STUCK]
        moments = [moment for moment in (*dues, *(row.expires_at for row in rows)) if moment is not None]
        moment = min([*moments, *([next_run] if run else [])], default=until + 1)
        if moment > until:
            world.clock.now = until
            return
        world.clock.now = max(world.clock.now, moment)
        expired = [row.key for row in rows if row.expires_at is not None and row.expires_at <= world.now]
        for key in expired:
            del world.table.rows[key]
        if run is not None and world.clock.now >= next_run:
            next_run += every
            run()
        check_due(world)


def check_due(world: World) -> None:
    """Sweep, and handle all that was queued."""
    world.sweep()
    while world.queue.waiting:
        world.take_batch()


def touch_on_refresh(world: World, order: Order) -> None:
    """Let each refresh of an order's payment set the order's ``updated_at`` and nothing else."""
    assert order.payment is not None
    world.commerce_layer.on_refresh(order.payment, lambda: touch(world, order.id))


def touch(world: World, order_id: str, **changes: Any) -> None:
    """Change an order now."""
    order = world.commerce_layer.orders[order_id]
    changes = {"updated_at": to_iso(world.clock.now)} | changes
    world.commerce_layer.put(replace(order, **changes))
