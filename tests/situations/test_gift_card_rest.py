"""The rest of an order of which a part is another payment's, such as a gift card."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.situations.shop_order import CHECKOUT, SATISPAY, STRIPE

if TYPE_CHECKING:
    from tests.situations.life import Life
    from tests.situations.shop_order import ShopOrder

PARTS = [
    ("partially_authorized", CHECKOUT, ("external_payments", "gift"), 4000),
    ("partially_paid", SATISPAY, ("external_payments", "gift"), 2500),
    ("partially_paid", STRIPE, ("stripe_payments", "another"), 9000),
]
"""Payment status, type of our payment, and whose the part is and how much."""


def with_part(life: Life, status: str, kind: str, of: tuple[str, str], part: int) -> ShopOrder:
    """An order of which another payment holds a part."""
    order = life.order(kind=kind, payment_status=status, event=False)
    life.authorize(order, of=of, amount=part, transaction="txn_part")
    life.event(order)
    return order


@pytest.mark.parametrize(("status", "kind", "of", "part"), PARTS)
def test_rest_that_is_pending_is_refreshed_and_settles_without_calling_anybody(
    life: Life, status: str, kind: str, of: tuple[str, str], part: int
) -> None:
    order = with_part(life, status, kind, of, part)
    life.until("2h")
    assert (life.end(order), life.events) == (("watching", None), {})
    assert life.refreshed(order)
    life.on_refresh(order, lambda: life.pay(order, "authorized", amount=9900 - part))

    life.until("5h")

    assert (life.end(order), life.events) == (("settled", None), {"PaymentSettled": 1})
    assert life.detail("PaymentSettled")["settled_by"] == "refresh"


@pytest.mark.parametrize(("status", "kind", "of", "part"), PARTS)
def test_rest_that_never_comes_is_refreshed_to_the_end_and_then_given_to_a_person(
    life: Life, status: str, kind: str, of: tuple[str, str], part: int
) -> None:
    life.calmly()
    order = with_part(life, status, kind, of, part)

    life.until("25d")

    assert life.end(order) == ("dead_lettered", "stayed_pending")
    assert life.alarms == ["letter: stayed_pending", "PaymentStillPending"]
    assert len(life.refreshed(order, since="20d")) > 20


@pytest.mark.parametrize(
    ("status", "kind"), [("partially_authorized", SATISPAY), ("partially_paid", CHECKOUT), ("unpaid", SATISPAY)]
)
def test_part_without_any_authorization_shown_is_pending_like_any_other(
    life: Life, status: str, kind: str
) -> None:
    order = life.order(kind=kind, payment_status=status)

    life.until("3h")

    assert (life.end(order), life.events) == (("watching", None), {})
    assert len(life.refreshed(order)) > 5


@pytest.mark.parametrize(
    ("status", "kind", "amount"),
    [("partially_authorized", CHECKOUT, 4000), ("partially_authorized", SATISPAY, 9000), ("unpaid", STRIPE, 1)],
)
def test_part_that_our_own_payment_holds_is_a_mismatch_announced_once_and_never_refreshed(
    life: Life, status: str, kind: str, amount: int
) -> None:
    order = life.order(kind=kind)
    life.until("30s")
    if kind != SATISPAY:
        order.payments[order.key.id]["mismatched_amounts"] = True
    life.authorize(order, amount=amount)
    life.change(order, event=False, payment_status=status)

    life.until("2d")

    assert (life.end(order), life.events) == (("watching", None), {"PaymentAmountMismatch": 1})
    assert life.refreshed(order) == []


@pytest.mark.parametrize(("kind", "amount"), [(CHECKOUT, 5000), (SATISPAY, 100), (STRIPE, 9800)])
def test_order_paid_in_part_with_money_of_our_payment_is_settled(life: Life, kind: str, amount: int) -> None:
    order = life.order(kind=kind)
    life.until("30s")
    life.pay(order, "partially_paid", amount=amount)

    life.until("1h")

    assert life.end(order) == ("settled", None)
    assert life.events["PaymentSettled"] == 1
