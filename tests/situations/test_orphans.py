"""Payments whose order is gone for good while they answer themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.situations.shop_order import CHECKOUT, KINDS, SATISPAY, STRIPE

if TYPE_CHECKING:
    from tests.situations.life import Life

EVENT = "PaymentMissing"


@pytest.mark.parametrize(("gone", "kind"), [("30s", SATISPAY), ("1d", CHECKOUT), ("19d", STRIPE)])
def test_orphan_of_a_placed_order_is_missing_at_the_policys_end_and_expires(
    life: Life, gone: str, kind: str
) -> None:
    life.calmly()
    order = life.order(kind=kind)
    life.until(gone)
    life.world.commerce_layer.orphan(order.key)

    life.until("23d20h")
    assert (life.end(order), life.alarms) == (("watching", None), [])
    life.until("26d")
    assert (life.end(order), life.alarms) == (("missing", None), [EVENT])
    life.until("62d")

    assert order.key not in life.world.table.rows


@pytest.mark.parametrize(("gone", "kind"), [("10m", CHECKOUT), ("2d", STRIPE), ("9d", SATISPAY)])
def test_orphan_of_a_cart_is_closed_at_the_policys_end_calling_nobody(life: Life, gone: str, kind: str) -> None:
    order = life.cart(kind=kind)
    life.until(gone)
    life.world.commerce_layer.orphan(order.key)

    life.until("12d")

    assert (life.row(order).status, life.alarms) == ("closed", [])
    assert life.events == {"PaymentClosed": 1}
    assert life.row(order).expires_at is not None


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [2, 12])
def test_many_orphans_end_beside_an_order_that_settles_at_its_first_check(
    life: Life, kind: str, count: int
) -> None:
    life.calmly()
    orders = [life.order(f"{number:02}", kind, age="20d") for number in range(count)]
    for order in orders:
        life.world.commerce_layer.orphan(order.key)
    life.until("2d")
    healthy = life.order("healthy", kind)
    life.paid_at_gateway(healthy)

    life.until("6d")

    assert life.end(healthy) == ("settled", None)
    assert (life.row(healthy).ended_at or 0) - life.row(healthy).since <= 65
    assert life.ends(orders) == {("missing", None): count}
    assert life.world.letters.contents == []


@pytest.mark.parametrize(("gone", "back", "kind"), [("2m", "3d", SATISPAY), ("5h", "6h", CHECKOUT)])
def test_orphan_whose_order_comes_back_is_settled_once_it_is_paid(
    life: Life, gone: str, back: str, kind: str
) -> None:
    order = life.order(kind=kind)
    life.until(gone)
    life.world.commerce_layer.orphan(order.key)
    life.until(back)
    life.pay(order)

    life.until(f"{back}2h")

    assert (life.end(order), life.alarms) == (("settled", None), [])


@pytest.mark.parametrize("kind", KINDS)
def test_orphan_that_a_person_asked_about_ends_without_a_letter(life: Life, kind: str) -> None:
    life.calmly()
    order = life.order(kind=kind, event=False)
    life.world.commerce_layer.orphan(order.key)
    life.message(type=kind, id=order.key.id)

    life.until("27d")

    assert life.row(order).status in ("missing", "closed")
    assert life.world.letters.contents == []
