"""Orders whose payment source is another one by now, which is not paid either."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.situations.life import days, occasions
from tests.situations.shop_order import CHECKOUT, SATISPAY, STRIPE

if TYPE_CHECKING:
    from tests.situations.life import Life
    from tests.situations.shop_order import ShopOrder

OTHERS = [
    (CHECKOUT, "klarna_payments"),
    (SATISPAY, "paypal_payments"),
    (STRIPE, "external_payments"),
    (SATISPAY, STRIPE),
    (STRIPE, STRIPE),
]
"""Type of the first payment, and of the one that the order has since."""

REPLACED = ("closed", "replaced")
CLOSED = "PaymentClosed"


def replaced(life: Life, kind: str, other: str, at: str = "10s") -> ShopOrder:
    """A placed order whose shopper goes on to another payment; the order's event bears that one."""
    life.calmly()
    order = life.order(kind=kind)
    life.until(at)
    order.use(other, "other")
    life.change(order)
    return order


@pytest.mark.parametrize(("kind", "other"), OTHERS)
@pytest.mark.parametrize("at", ["10s", "3d"])
def test_replaced_payment_is_asked_at_few_ages_refreshed_at_two_and_closed_quietly(
    life: Life, kind: str, other: str, at: str
) -> None:
    order = replaced(life, kind, other, at)

    life.until("27d")

    assert life.end(order) == REPLACED
    assert life.alarms_of(order) == []
    assert 24 <= life.ended_at(order) < 24.1
    first, second = occasions(life.refreshed(order, since=f"{at}1s"), within="2m")
    # The first age counts from when the watch saw the other payment, at its first look after the change.
    assert days("5m") <= first - days(at) <= days("4h5m")
    assert second - first == pytest.approx(days("55m"), abs=days("2m"))


@pytest.mark.parametrize(("kind", "other"), OTHERS[:3])
def test_replaced_payment_is_looked_at_only_at_its_ages_and_at_the_end(life: Life, kind: str, other: str) -> None:
    order = replaced(life, kind, other, "2d")

    life.until("40d")

    seen = next(moment for moment in life.asked(order, "look") if moment >= 2)
    expected = [seen, *(seen + days(age) for age in ("5m", "1h", "1d", "7d")), 24]
    asked = occasions(life.asked(order, since="2d1s"), within="2m")
    assert asked[:6] == pytest.approx(expected, abs=days("2m"))
    assert len(asked) <= 7
    assert life.events == {CLOSED: 1}
    assert life.detail(CLOSED).get("reason") == "replaced"


@pytest.mark.parametrize(("kind", "other"), [(SATISPAY, "wire_transfers"), (CHECKOUT, "adyen_payments")])
def test_payment_replaced_late_is_asked_to_the_last_of_its_ages_beyond_the_policys_end(
    life: Life, kind: str, other: str
) -> None:
    order = replaced(life, kind, other, "20d")

    life.until("40d")

    assert (life.end(order), life.alarms) == (REPLACED, [])
    assert 27 <= life.ended_at(order) < 27.2


@pytest.mark.parametrize(("kind", "other"), OTHERS)
@pytest.mark.parametrize(("paid", "found"), [("2m", "10m"), ("30m", "1h15m")])
def test_old_intent_that_was_paid_wins_at_one_of_the_first_two_refreshes(
    life: Life, kind: str, other: str, paid: str, found: str
) -> None:
    order = replaced(life, kind, other)
    life.until(paid)
    life.paid_at_gateway(order, "authorized", forced=True)

    life.until(found)

    assert life.end(order) == ("settled", None)
    assert life.alarms_of(order) == []


@pytest.mark.parametrize(("kind", "other"), OTHERS)
def test_old_intent_is_not_forced_onto_the_order_after_the_second_refresh(
    life: Life, kind: str, other: str
) -> None:
    order = replaced(life, kind, other)
    life.until("2h")
    life.paid_at_gateway(order, "authorized", forced=True)

    life.until("26d")

    assert life.refreshed(order, since="2h") == []
    assert (life.end(order), life.alarms_of(order)) == (REPLACED, [])


@pytest.mark.parametrize(("kind", "other"), [(SATISPAY, "wire_transfers"), (CHECKOUT, STRIPE), (STRIPE, SATISPAY)])
def test_payment_that_is_the_orders_source_again_is_watched_and_refreshed_as_before(
    life: Life, kind: str, other: str
) -> None:
    order = replaced(life, kind, other)
    life.until("2d")
    order.use(kind, order.key.id)
    life.change(order)
    life.until("5d")
    life.paid_at_gateway(order, "paid")

    life.until("6d")

    assert life.end(order) == ("settled", None)
    assert life.row(order).settled_by == "refresh"


@pytest.mark.parametrize(("kind", "other"), [(CHECKOUT, "wire_transfers"), (SATISPAY, CHECKOUT)])
def test_source_changed_in_the_cart_and_placed_later_closes_the_first_payment_quietly(
    life: Life, kind: str, other: str
) -> None:
    life.calmly()
    order = life.cart(kind=kind)
    life.until("3m")
    order.use(other, "other")
    life.change(order)
    life.until("6m")
    life.change(order, status="placed", placed_at=life.now)

    life.until("27d")

    assert (life.end(order), life.alarms_of(order)) == (REPLACED, [])
    assert len(life.refreshed(order)) <= 2


@pytest.mark.parametrize(
    ("count", "kind", "other"), [(12, SATISPAY, "klarna_payments"), (30, STRIPE, "wire_transfers")]
)
def test_many_replaced_payments_cost_few_calls_and_give_no_letter(
    life: Life, count: int, kind: str, other: str
) -> None:
    orders = [life.order(f"{number:02}", kind) for number in range(count)]
    for order in orders:
        order.use(other, f"other-{order.name}")
        life.change(order, event=False)

    life.until("25d")

    assert (life.ends(orders), life.alarms) == ({REPLACED: count}, [])
    assert max(len(life.refreshed(order)) for order in orders) <= 3
    assert max(len(life.asked(order)) for order in orders) <= 14
