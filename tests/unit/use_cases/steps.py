"""What several of these tests begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fakes import samples

if TYPE_CHECKING:
    from payment_refresh.order import Order
    from payment_refresh.payment import PaymentKey
    from tests.fakes.world import World


def swept(world: World, *orders: Order, age: float = 70) -> list[PaymentKey]:
    """Let orders be watched and claimed, and their messages wait in the queue."""
    world.commerce_layer.put(*orders)
    for order in orders:
        world.event(order)
    world.clock.advance(age)
    world.sweep()
    return [order.payment or samples.order_key(order.id.removeprefix("order-")) for order in orders]


def sweep_next(world: World, key: PaymentKey) -> None:
    """Let time pass until a watch is due, and have it claimed."""
    due_at = world.row(key).due_at
    assert due_at is not None
    world.clock.now = max(world.clock.now, due_at)
    world.sweep()


def authorize(world: World, order: Order) -> None:
    """Let a refresh of the order's payment show that it was authorized."""
    assert order.payment is not None
    world.commerce_layer.on_refresh(
        order.payment, lambda: world.commerce_layer.put(samples.authorized(order, world.clock.now))
    )


def several(count: int) -> list[Order]:
    """Orders ``order-00``, ``order-01``, …, in the order of their names."""
    return [samples.order(f"{number:02}") for number in range(count)]


def dropped(world: World) -> list[str]:
    """Why messages were dropped, in order."""
    return [line["why"] for line in world.log.of("message_dropped")]
