"""One broken gateway among several: its payments wait for themselves, and for nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from payment_refresh.errors import MayNotUpdate, RequestRefused, ServerError, TimedOut
from tests.situations.life import days
from tests.situations.shop_order import CHECKOUT, KINDS, SATISPAY, STRIPE

if TYPE_CHECKING:
    from tests.situations.life import Life
    from tests.situations.shop_order import ShopOrder

FAILURES = [
    (ServerError("PATCH answered 503", status=503), CHECKOUT),
    (TimedOut("PATCH timed out"), SATISPAY),
    (MayNotUpdate("PATCH answered 401", status=401, code="UNAUTHORIZED"), STRIPE),
    (RequestRefused("PATCH answered 423", status=423), CHECKOUT),
]


def broken(life: Life, error: Exception, kind: str, count: int) -> list[ShopOrder]:
    """Placed orders whose payments cannot be refreshed, since their gateway is broken."""
    orders = [life.order(f"broken-{number:03}", kind) for number in range(count)]
    for order in orders:
        life.refuse(order, error)
    return orders


def healthy(life: Life, kind: str, *names: str) -> list[ShopOrder]:
    """Placed orders that the gateway holds the money of, their webhooks lost."""
    orders = [life.order(name, kind) for name in names]
    for order in orders:
        life.paid_at_gateway(order)
    return orders


@pytest.mark.parametrize(("error", "kind"), FAILURES)
@pytest.mark.parametrize("count", [4, 24, 60])
def test_healthy_payment_of_the_same_type_settles_at_its_first_check_beside_broken_ones(
    life: Life, error: Exception, kind: str, count: int
) -> None:
    orders = broken(life, error, kind, count)
    others = healthy(life, kind, "a", "zz")

    life.until("2m")

    assert life.ends(others) == {("settled", None): 2}
    assert max(map(life.ended_at, others)) <= days("65s")
    assert life.ends(orders) == {("watching", None): count}


@pytest.mark.parametrize(("error", "kind"), FAILURES)
@pytest.mark.parametrize(("count", "other"), [(30, STRIPE), (75, SATISPAY)])
def test_healthy_payments_that_come_later_settle_at_their_first_checks(
    life: Life, error: Exception, kind: str, count: int, other: str
) -> None:
    broken(life, error, kind, count)
    others: list[ShopOrder] = []
    for minute in range(3, 18, 3):
        life.until(f"{minute}m")
        others += healthy(life, other, f"healthy-{minute:02}")
        others += healthy(life, kind, f"same-{minute:02}")

    life.until("20m")

    assert life.ends(others) == {("settled", None): 10}
    late = [life.row(order).ended_at or 0 for order in others]
    assert max(at - life.row(order).since for at, order in zip(late, others, strict=True)) <= 65


@pytest.mark.parametrize(("error", "kind"), FAILURES)
@pytest.mark.parametrize("count", [10, 40])
def test_payment_that_was_not_asked_has_no_failure_counted(
    life: Life, error: Exception, kind: str, count: int
) -> None:
    orders = broken(life, error, kind, count)

    for moment in ("90s", "5m", "20m"):
        life.until(moment)
        counted = {order.id: life.row(order).consecutive_failures for order in orders}
        asked = {order.id: len(life.refreshed(order)) for order in orders}
        assert {id_: count for id_, count in counted.items() if count > asked[id_]} == {}

    assert all(life.refreshed(order) for order in orders)


@pytest.mark.parametrize(("error", "kind"), FAILURES)
def test_each_broken_payment_backs_off_for_itself(life: Life, error: Exception, kind: str) -> None:
    orders = broken(life, error, kind, 12)

    life.until("6h")

    for order in orders:
        assert 10 <= len(life.refreshed(order)) <= 90
    assert life.alarms == []


@pytest.mark.parametrize(("error", "kind"), FAILURES)
def test_gateway_that_works_again_has_its_paid_payments_settled_within_the_back_off(
    life: Life, error: Exception, kind: str
) -> None:
    orders = broken(life, error, kind, 20)
    for order in orders:
        life.paid_at_gateway(order)
    life.until("3h")
    life.world.commerce_layer.forget("refresh")

    life.until("3h20m")

    assert (life.ends(orders), life.alarms) == ({("settled", None): 20}, [])


@pytest.mark.parametrize("kind", KINDS)
def test_row_bears_the_gateway_of_the_payment_method_where_it_can_be_read(life: Life, kind: str) -> None:
    order = life.order(kind=kind, method={"auto_place": False})
    gateway = kind.replace("payments", "gateways")
    order.gateway = (gateway, "gateway-two")
    life.show(order)

    life.until("2m")

    row = life.row(order)
    shown = (getattr(row, "payment_gateway_type", None), getattr(row, "payment_gateway_id", None))
    assert shown == (gateway, "gateway-two")
