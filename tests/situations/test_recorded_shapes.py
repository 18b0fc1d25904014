"""Numbers and amounts of orders in the shapes that recorded documents have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.situations.shop_order import CHECKOUT, SATISPAY, STRIPE

if TYPE_CHECKING:
    from tests.situations.life import Life

SHAPES: list[tuple[int | str, int | str, str]] = [
    (31_407_755, 12_950, STRIPE),
    ("R-2291", "12950", CHECKOUT),
    (700_012, "12950", SATISPAY),
    (0, "12950", STRIPE),
]


@pytest.mark.parametrize(("number", "amount", "kind"), SHAPES)
def test_letter_bears_the_number_and_amount_whatever_their_type_was(
    life: Life, number: int | str, amount: int | str, kind: str
) -> None:
    life.calmly()
    life.order(kind=kind, number=number, total_amount_with_taxes_cents=amount)

    life.until("25d")

    (letter,) = life.world.letters.contents
    assert (letter["order_number"], letter["amount_cents"]) == (str(number), 12_950)
    order = life.detail("PaymentStillPending")["order"]
    assert (order["number"], order["amount_cents"]) == (str(number), 12_950)


@pytest.mark.parametrize(("number", "amount", "kind"), SHAPES)
def test_event_of_a_settled_payment_bears_them_where_only_a_look_showed_the_order(
    life: Life, number: int | str, amount: int | str, kind: str
) -> None:
    order = life.order(kind=kind, event=False, number=number, total_amount_with_taxes_cents=amount)
    life.pay(order, amount=amount)

    life.message(type=kind, id=order.key.id)

    shown = life.detail("PaymentSettled")["order"]
    assert (shown["number"], shown["amount_cents"]) == (str(number), 12_950)
    assert life.alarms == []


@pytest.mark.parametrize("amount", ["12,50", "12.50", "", "1e4", " ", "9" * 40])
def test_text_that_is_no_whole_amount_is_left_unknown_and_the_order_is_watched(life: Life, amount: str) -> None:
    order = life.order(number=True, total_amount_with_taxes_cents=amount)

    life.until("1h")

    row = life.row(order)
    assert (row.status, row.amount_cents, row.order_number) == ("watching", None, None)
