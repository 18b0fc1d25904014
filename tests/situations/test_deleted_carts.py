"""Carts that a clean-up script deletes, many at once: they are closed on evidence, and delay nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.situations.life import days, occasions
from tests.situations.shop_order import CHECKOUT, KINDS, SATISPAY, STRIPE

if TYPE_CHECKING:
    from tests.situations.life import Life
    from tests.situations.shop_order import ShopOrder

DELETED = ("closed", "deleted")


def carts(life: Life, count: int, kinds: tuple[str, ...]) -> list[ShopOrder]:
    """As many carts, of these types in turn."""
    return [life.cart(f"{number:03}", kinds[number % len(kinds)]) for number in range(count)]


@pytest.mark.parametrize(
    ("count", "deleted", "kinds"),
    [(1, "5m", (SATISPAY,)), (2, "20m", (CHECKOUT, STRIPE)), (35, "3h", (CHECKOUT,)), (90, "40m", KINDS)],
)
def test_deleted_carts_are_closed_quietly_after_two_absences_and_few_single_calls(
    life: Life, count: int, deleted: str, kinds: tuple[str, ...]
) -> None:
    orders = carts(life, count, kinds)
    life.until(deleted)
    life.delete(*orders)

    life.until("1d")

    assert (life.ends(orders), life.alarms) == ({DELETED: count}, [])
    assert life.events == {"PaymentClosed": count}
    absences = [occasions(life.asked(order, "find_orders", since=deleted), within="5m") for order in orders]
    assert all(len(times) >= 2 for times in absences)
    assert min(times[-1] - times[0] for times in absences) >= days("1h")
    assert max(len(life.asked(order, "retrieve", since=deleted)) for order in orders) <= 3


@pytest.mark.parametrize("kind", KINDS)
def test_event_of_a_deleted_cart_says_why_it_was_closed(life: Life, kind: str) -> None:
    order = life.cart(kind=kind)
    life.until("30m")
    life.delete(order)

    life.until("1d")

    detail = life.detail("PaymentClosed")
    assert (detail.get("reason"), detail.get("needs_a_person")) == ("deleted", False)
    assert detail["order"]["class"] == "cart"


@pytest.mark.parametrize(("count", "deleted"), [(60, "10m"), (150, "44m")])
@pytest.mark.parametrize("kind", [CHECKOUT, SATISPAY])
def test_healthy_placed_orders_settle_at_their_first_checks_while_deleted_carts_are_looked_for(
    life: Life, count: int, deleted: str, kind: str
) -> None:
    orders = carts(life, count, (kind,))
    life.until(deleted)
    life.delete(*orders)
    healthy: list[ShopOrder] = []
    for minute in range(44, 164, 6):
        life.until(f"{minute}m")
        healthy.append(life.order(f"healthy-{minute}", kind))
        life.paid_at_gateway(healthy[-1])

    life.until("12h")

    assert life.ends(healthy) == {("settled", None): 20}
    rows = map(life.row, healthy)
    assert max((row.ended_at or 0) - row.since for row in rows) <= 65
    assert life.ends(orders) == {DELETED: count}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [1, 30])
def test_carts_that_lists_hide_for_hours_are_not_taken_for_deleted(life: Life, kind: str, count: int) -> None:
    orders = carts(life, count, (kind,))
    life.until("30m")
    life.world.commerce_layer.hidden |= {order.id for order in orders}
    life.until("8h")
    assert life.ends(orders) == {("watching", None): count}
    life.world.commerce_layer.hidden.clear()
    for order in orders:
        life.paid_at_gateway(order, places=True)

    life.until("10d1h")

    assert (life.ends(orders), life.alarms_of(orders[0])[1:]) == ({("settled", None): count}, [])


@pytest.mark.parametrize("kind", KINDS)
def test_cart_that_has_no_payment_any_more_is_closed_once_that_is_absent(life: Life, kind: str) -> None:
    order = life.cart(kind=kind)
    life.until("20m")
    life.delete(order, payment_only=True)
    order.source = None
    life.change(order, event=False)
    life.world.commerce_layer.payments.pop(order.key, None)

    life.until("3d")

    assert (life.row(order).status, life.alarms) == ("closed", [])


@pytest.mark.parametrize("kind", KINDS)
def test_cart_that_still_names_a_payment_that_answers_404_is_never_closed_as_deleted(
    life: Life, kind: str
) -> None:
    order = life.cart(kind=kind)
    life.until("20m")
    life.delete(order, payment_only=True)

    life.until("9d")
    assert life.end(order) == ("watching", None)
    life.until("12d1h")

    assert life.row(order).status not in ("watching", "closed", "missing")
    assert life.alarms == []


@pytest.mark.parametrize("kind", KINDS)
def test_cart_deleted_after_it_was_abandoned_is_left_as_it_is(life: Life, kind: str) -> None:
    order = life.cart(kind=kind)
    life.until("11d")
    life.delete(order)

    life.until("20d", discovering=True)

    assert (life.end(order), life.alarms) == (("abandoned", None), [])
    assert life.asked(order, since="11d") == []
