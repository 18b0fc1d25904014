"""Orders in a status that this release does not know: what was placed is watched as placed, to the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.situations.shop_order import CHECKOUT, SATISPAY, STRIPE

if TYPE_CHECKING:
    from tests.situations.life import Life

UNKNOWN = [("awaiting_stock", STRIPE), ("fulfilled", CHECKOUT), ("partially_shipped", SATISPAY)]
LETTER = ["letter: stayed_pending", "PaymentStillPending"]


@pytest.mark.parametrize(("status", "kind"), UNKNOWN)
def test_unpaid_order_with_a_placed_at_is_refreshed_to_the_end_in_a_status_nobody_knows(
    life: Life, status: str, kind: str
) -> None:
    life.calmly()
    order = life.order(kind=kind, status=status)

    life.until("25d")

    assert life.end(order) == ("dead_lettered", "stayed_pending")
    assert 24 <= life.ended_at(order) < 24.1
    assert len(life.refreshed(order, since="2d")) > 100
    assert life.alarms == LETTER


@pytest.mark.parametrize(("status", "kind"), UNKNOWN)
def test_order_that_goes_on_to_a_status_nobody_knows_is_settled_by_a_refresh_days_later(
    life: Life, status: str, kind: str
) -> None:
    life.calmly()
    order = life.order(kind=kind)
    life.until("3d")
    life.change(order, status=status)
    life.until("11d")
    life.paid_at_gateway(order, "paid")

    life.until("12d")

    assert (life.end(order), life.events) == (("settled", None), {"PaymentSettled": 1})
    assert 11 <= life.ended_at(order) < 11.2


@pytest.mark.parametrize(("status", "kind"), [("quote", SATISPAY), ("archived", STRIPE), ("new", CHECKOUT)])
def test_cart_in_a_status_nobody_knows_is_watched_as_long_as_any_cart(life: Life, status: str, kind: str) -> None:
    order = life.cart(kind=kind, status=status)

    life.until("12d")

    assert (life.end(order), life.alarms) == (("abandoned", None), [])
    assert 10 <= life.ended_at(order) < 10.1


@pytest.mark.parametrize(
    ("payment_status", "kind"), [("in_dispute", CHECKOUT), ("pending_review", SATISPAY), ("expired", STRIPE)]
)
def test_payment_status_nobody_knows_is_asked_again_and_ends_nothing(
    life: Life, payment_status: str, kind: str
) -> None:
    life.calmly()
    order = life.order(kind=kind)
    life.until("2d")
    life.change(order, payment_status=payment_status)

    life.until("23d12h")
    assert (life.end(order), life.alarms) == (("watching", None), [])
    assert len(life.refreshed(order, since="3d")) > 100
    life.until("25d")

    assert (life.end(order), life.alarms) == (("dead_lettered", "stayed_pending"), LETTER)


@pytest.mark.parametrize(
    ("status", "payment_status", "kind"),
    [
        ("placing", "paid", CHECKOUT),
        ("pending", "authorized", SATISPAY),
        ("pending", "paid", STRIPE),
        ("draft", "authorized", CHECKOUT),
    ],
)
def test_money_on_an_order_that_stays_unplaced_is_announced_though_it_has_a_placed_at(
    life: Life, status: str, payment_status: str, kind: str
) -> None:
    order = life.order(kind=kind)
    life.until("40s")
    life.pay(order, payment_status, status=status, event=True)

    life.until("2h")

    assert (life.end(order), life.alarms) == (("settled", None), ["OrderAuthorizedNotPlaced"])
    assert life.needs_a_person("OrderAuthorizedNotPlaced") is True


@pytest.mark.parametrize(("status", "kind"), UNKNOWN)
def test_money_on_a_placed_order_in_a_status_nobody_knows_settles_and_calls_nobody(
    life: Life, status: str, kind: str
) -> None:
    order = life.order(kind=kind, status=status)
    life.until("30s")
    life.pay(order, "authorized")

    life.until("2h")

    assert (life.end(order), life.events) == (("settled", None), {"PaymentSettled": 1})
    assert life.needs_a_person("PaymentSettled") is False
    assert life.detail("PaymentSettled")["order"]["class"] == "placed"
