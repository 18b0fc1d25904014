"""Healthy payments in invocations that are killed, while they wait for the budget: no poison, however often."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.situations.shop_order import CHECKOUT, KINDS, SATISPAY, STRIPE
from tests.support.circuits import FakeCircuits
from tests.support.faults import Crash

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.situations.life import Life
    from tests.situations.shop_order import ShopOrder

POISON = "letter: cannot_process"


@dataclass(slots=True, kw_only=True)
class Deadly(FakeCircuits):
    """Circuits before which invocations die, before any call of theirs is made.

    Attributes
    ----------
    left
        How many more die.
    """

    left: int = 0

    def call[T](self, name: str, work: Callable[[], T]) -> T:
        """Die, or make the call."""
        if self.left:
            self.left -= 1
            raise Crash
        return FakeCircuits.call(self, name, work)


def invoke(life: Life) -> None:
    """One sweep when the next watch is due, and invocations that may die; their messages wait for the lease."""
    rows = life.world.table.rows.values()
    dues = [row.due_at for row in rows if row.due_at is not None and not row.is_done]
    if dues:
        life.world.clock.now = max(life.world.clock.now, min(dues))
    life.world.sweep()
    for _ in range(0, len(life.world.queue.waiting), 25):
        with suppress(Crash):
            life.world.take_batch()
        life.world.queue.in_flight.clear()


def paid_orders(life: Life, count: int, kinds: tuple[str, ...]) -> list[ShopOrder]:
    """Orders that were paid, their webhooks lost."""
    orders = [life.order(f"{number:03}", kinds[number % len(kinds)]) for number in range(count)]
    for order in orders:
        life.paid_at_gateway(order)
    return orders


@pytest.mark.parametrize(("count", "kinds"), [(1, (SATISPAY,)), (5, (CHECKOUT, STRIPE)), (40, KINDS)])
@pytest.mark.parametrize("killed", [4, 9, 60])
def test_payments_whose_invocations_are_killed_while_they_wait_settle_once_they_are_not(
    life: Life, count: int, kinds: tuple[str, ...], killed: int
) -> None:
    orders = paid_orders(life, count, kinds)
    circuits = life.world.circuits = Deadly(clock=life.world.clock, left=killed)
    while circuits.left:
        invoke(life)
        assert POISON not in life.alarms

    for _ in range(3):
        invoke(life)

    assert (life.ends(orders), life.alarms) == ({("settled", None): count}, [])


@pytest.mark.parametrize(("poison", "kind"), [(CHECKOUT, CHECKOUT), (SATISPAY, STRIPE), (STRIPE, SATISPAY)])
@pytest.mark.parametrize("count", [1, 12])
def test_payment_that_kills_whoever_refreshes_it_is_found_out_and_its_neighbours_settle(
    life: Life, poison: str, kind: str, count: int
) -> None:
    deadly = life.order("poison", poison)
    life.world.commerce_layer.script("refresh", str(deadly.key), *[Crash()] * 99)
    orders = paid_orders(life, count, (kind,))

    for _ in range(12):
        invoke(life)

    assert life.end(deadly) == ("dead_lettered", "cannot_process")
    assert life.ends(orders) == {("settled", None): count}
    assert life.alarms == [POISON, "PaymentStillPending"]


@pytest.mark.parametrize("kind", KINDS)
def test_payment_that_is_poison_is_found_out_among_invocations_killed_while_they_wait(
    life: Life, kind: str
) -> None:
    deadly = life.order("poison", kind)
    life.world.commerce_layer.script("refresh", str(deadly.key), *[Crash()] * 99)
    circuits = life.world.circuits = Deadly(clock=life.world.clock)

    for number in range(30):
        circuits.left = number % 2
        invoke(life)

    assert life.end(deadly) == ("dead_lettered", "cannot_process")
