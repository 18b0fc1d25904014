"""Orders from before the first deployment, and a deployment that only observes: reported, and nothing done."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tests.situations.life import days, occasions
from tests.situations.shop_order import CHECKOUT, KINDS, SATISPAY, STRIPE
from tests.support.clock import START

if TYPE_CHECKING:
    from tests.situations.life import Life
    from tests.situations.shop_order import ShopOrder


def old_orders(life: Life, count: int, kinds: tuple[str, ...], *, event: bool) -> list[ShopOrder]:
    """Unpaid orders, placed 2 to 20 days before the first deployment, touched two hours before it."""
    life.world.act_after = START - 86400
    orders = []
    for number in range(count):
        order = life.order(f"{number:03}", kinds[number % len(kinds)], age=f"{2 + number % 19}d", event=False)
        life.change(order, event=event)
        orders.append(order)
    return orders


@pytest.mark.parametrize(("count", "kinds"), [(1, (SATISPAY,)), (19, (CHECKOUT,)), (60, KINDS)])
@pytest.mark.parametrize("event", [True, False])
def test_old_unpaid_orders_are_looked_at_a_day_apart_and_reported_without_a_letter(
    life: Life, count: int, kinds: tuple[str, ...], *, event: bool
) -> None:
    orders = old_orders(life, count, kinds, event=event)

    life.until("2h", discovering=True)
    life.until("26d")

    assert {status for status, _ in life.ends(orders)} == {"reported"}
    assert (life.events, life.world.letters.contents) == ({}, [])
    for order in orders:
        assert life.refreshed(order) == []
        looks = occasions(life.asked(order, "look"))
        assert all(after - before >= 0.9 for before, after in pairwise(looks[:-1]))
        assert len(looks) <= 24


@pytest.mark.parametrize(("age", "kind"), [("3d", SATISPAY), ("15d", CHECKOUT), ("20d", STRIPE)])
def test_old_order_is_reported_at_the_policys_end_after_its_placement(life: Life, age: str, kind: str) -> None:
    life.world.act_after = START - 86400
    order = life.order(kind=kind, age=age)

    life.until("30d")

    assert life.row(order).status == "reported"
    assert life.ended_at(order) == pytest.approx(24 - days(age), abs=0.1)


@pytest.mark.parametrize("kind", KINDS)
def test_order_of_the_day_before_the_first_deployment_is_acted_on(life: Life, kind: str) -> None:
    life.calmly()
    life.world.act_after = START - 86400
    order = life.order(kind=kind, age="23h")

    life.until("25d")

    assert life.refreshed(order)
    assert life.alarms == ["letter: stayed_pending", "PaymentStillPending"]


@pytest.mark.parametrize(("asked", "kind"), [("1h", CHECKOUT), ("3d", SATISPAY), ("23d", STRIPE)])
def test_manual_message_refreshes_an_old_order_once_and_at_once(life: Life, asked: str, kind: str) -> None:
    life.world.act_after = START - 86400
    order = life.order(kind=kind, age="10d")
    life.until(asked)

    life.message(type=kind, id=order.key.id)
    assert life.refreshed(order) == [days(asked)]
    life.until("48d")

    assert len(life.refreshed(order)) == 1
    assert (life.row(order).status, life.alarms) == ("reported", [])


@pytest.mark.parametrize(("asked", "kind"), [("10m", SATISPAY), ("20d", CHECKOUT), ("25d", STRIPE)])
def test_manual_message_settles_an_old_order_that_was_paid(life: Life, asked: str, kind: str) -> None:
    life.world.act_after = START - 86400
    order = life.order(kind=kind, age="8d")
    life.until(asked)
    life.paid_at_gateway(order)

    life.message(type=kind, id=order.key.id)

    assert (life.end(order), life.events) == (("settled", None), {"PaymentSettled": 1})


@pytest.mark.parametrize(("at", "kind"), [("2d", CHECKOUT), ("18d", SATISPAY)])
@pytest.mark.parametrize("event", [True, False])
def test_old_order_that_is_paid_after_all_is_settled_and_calls_nobody(
    life: Life, at: str, kind: str, *, event: bool
) -> None:
    life.world.act_after = START - 86400
    order = life.order(kind=kind, age="9d")
    life.until(at)
    life.pay(order, "paid", event=event or at == "18d")

    life.until("20d")

    assert (life.end(order), life.alarms) == (("settled", None), [])


@pytest.mark.parametrize(("status", "kind"), [("placed", SATISPAY), ("approved", CHECKOUT), ("editing", STRIPE)])
@pytest.mark.parametrize("age", ["0s", "5d"])
def test_deployment_that_observes_dead_letters_nothing_and_reports_it(
    life: Life, status: str, kind: str, age: str
) -> None:
    life.calmly()
    life.observe()
    order = life.order(kind=kind, age=age, status=status)

    life.until("26d")

    assert (life.row(order).status, life.alarms) == ("reported", [])
    assert life.refreshed(order) == []
    assert life.ended_at(order) == pytest.approx(24 - days(age), abs=0.2)


@pytest.mark.parametrize("kind", KINDS)
def test_cart_is_abandoned_in_a_deployment_that_observes(life: Life, kind: str) -> None:
    life.observe()
    order = life.cart(kind=kind)

    life.until("12d")

    assert (life.end(order), life.alarms, life.refreshed(order)) == (("abandoned", None), [], [])
