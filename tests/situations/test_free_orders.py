"""Orders that cost nothing any more, since a voucher covers all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.situations.shop_order import CHECKOUT, KINDS, SATISPAY, STRIPE

if TYPE_CHECKING:
    from tests.situations.life import Life

FREE: dict[str, Any] = {"payment_status": "free", "total_amount_with_taxes_cents": 0}


@pytest.mark.parametrize(("status", "kind"), [("approved", CHECKOUT), ("placed", SATISPAY), ("boxed", STRIPE)])
@pytest.mark.parametrize("event", [True, False])
@pytest.mark.parametrize("at", ["30s", "4d"])
def test_placed_order_that_is_free_is_settled_and_calls_nobody(
    life: Life, status: str, kind: str, at: str, *, event: bool
) -> None:
    order = life.order(kind=kind)
    life.until(at)
    life.change(order, event=event, status=status, **FREE)

    life.until(f"{at}1h")

    assert (life.end(order), life.alarms) == (("settled", None), [])
    assert life.events == ({} if event else {"PaymentSettled": 1})


@pytest.mark.parametrize(("status", "kind"), [("pending", SATISPAY), ("draft", CHECKOUT), ("quote", STRIPE)])
@pytest.mark.parametrize("at", ["20m", "3h"])
def test_order_that_is_free_and_not_placed_is_closed_quietly_with_its_reason(
    life: Life, status: str, kind: str, at: str
) -> None:
    order = life.cart(kind=kind)
    life.until(at)
    life.change(order, event=False, status=status, **FREE)

    life.until(f"{at}2h")

    assert (life.end(order), life.events) == (("closed", "free"), {"PaymentClosed": 1})
    detail = life.detail("PaymentClosed")
    assert (detail.get("reason"), detail.get("needs_a_person")) == ("free", False)


@pytest.mark.parametrize("kind", KINDS)
def test_order_that_is_free_and_not_placed_is_closed_by_an_event_without_any_word(life: Life, kind: str) -> None:
    order = life.cart(kind=kind)
    life.until("10m")
    life.change(order, **FREE)

    life.until("2h")

    assert (life.end(order), life.events, life.refreshed(order)) == (("closed", "free"), {}, [])


@pytest.mark.parametrize("kind", KINDS)
def test_cart_that_costs_something_again_is_watched_again(life: Life, kind: str) -> None:
    order = life.cart(kind=kind)
    life.until("10m")
    life.change(order, **FREE)
    life.until("20m")
    life.change(order, payment_status="unpaid", total_amount_with_taxes_cents=4200)
    life.paid_at_gateway(order, places=True)

    life.until("3h")

    assert (life.end(order), life.alarms) == (("settled", None), [])
    assert life.row(order).amount_cents == 4200


@pytest.mark.parametrize("kind", KINDS)
def test_free_order_that_is_placed_later_has_nothing_announced(life: Life, kind: str) -> None:
    order = life.cart(kind=kind)
    life.until("10m")
    life.change(order, **FREE)
    life.until("30m")
    life.change(order, status="placed", placed_at=life.now)

    life.until("1d")

    assert life.alarms == []
    assert life.row(order).status in ("closed", "settled")
