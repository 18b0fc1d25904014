"""First steps that several of these tests share."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from payment_refresh.times import to_iso
from tests.support import samples
from tests.support.clock import START

if TYPE_CHECKING:
    from collections.abc import Iterable

    from payment_refresh.domain.order import Order
    from payment_refresh.domain.payment import PaymentKey
    from payment_refresh.use_cases.check_payments.batch import BatchReport
    from tests.support.world import World


KEY = samples.key()
SETTLED_ID = "stripe_payments#pay-a#1#PaymentSettled"
LATER = to_iso(START + 5)
_THROUGH: dict[str, Any] = {
    "authorizations": (samples.attempt("t", KEY, START, succeeded=True),),
    "reversals_known": True,
}
MISMATCHES = [
    samples.order(payment_status="partially_authorized", updated_at=LATER, **_THROUGH),
    samples.order(mismatched=True, updated_at=LATER, **_THROUGH),
]
"""The order where what was authorized differs from its total, in both ways it may say so."""


def failing(attempt: str, at: float = START) -> Order:
    """The order with a failed attempt to pay."""
    return samples.order(authorizations=(samples.attempt(attempt, KEY, at),))


def swept(world: World, *orders: Order, age: float = 70) -> list[PaymentKey]:
    """Let orders be watched and claimed, and their messages wait in the queue."""
    world.commerce_layer.put(*orders)
    for order in orders:
        world.event(order)
    world.clock.advance(age)
    world.sweep()
    return [order.payment or samples.order_key(order.id.removeprefix("order-")) for order in orders]


def found(world: World, order: Order, *, before: Order | None = None) -> None:
    """Let a look find an order like this, whose payment was watched while it was like ``before``."""
    swept(world, before or samples.order())
    world.commerce_layer.put(order)
    world.take_batch()


def sweep_next(world: World, key: PaymentKey) -> None:
    """Let time pass until a watch is due, and have it claimed."""
    due_at = world.row(key).due_at
    assert due_at is not None
    world.clock.now = max(world.clock.now, due_at)
    world.sweep()


def check_next(world: World, key: PaymentKey) -> BatchReport:
    """Let time pass until a watch is due, and have it checked."""
    sweep_next(world, key)
    return world.take_batch()


def leave_out_twice(world: World, key: PaymentKey) -> None:
    """Check a watch until it only waits for the single calls that confirm its absence."""
    world.take_batch()
    while not world.row(key).absent_twice:
        check_next(world, key)


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
    """Reasons for which messages were dropped, in order."""
    return [line["why"] for line in world.log.of("message_dropped")]


def due(world: World, names: Iterable[str], *, cart: bool = False, at: int = START) -> list[PaymentKey]:
    """Store watches that are due, the first named longest of all."""
    make = samples.cart if cart else samples.order
    keys = []
    for wait, name in enumerate(reversed(list(names))):
        watch = samples.watch(make(name), world.policy, due_at=at - 1 - wait)
        world.table.put(watch)
        keys.append(watch.key)
    return keys[::-1]


def sent(world: World) -> list[str]:
    """The payments whose messages wait in the queue."""
    return [json.loads(body)["id"] for body in world.queue.waiting.values()]


def ids(world: World) -> list[str]:
    """The ids of all events that were taken, in order."""
    return [detail["id"] for detail in world.events.details]


def settling(world: World) -> PaymentKey:
    """Bring a payment to where its next check settles it."""
    (key,) = swept(world, samples.order())
    authorize(world, samples.order())
    return key
