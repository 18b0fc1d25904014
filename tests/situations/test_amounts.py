"""Orders authorized or paid for another amount than they cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.situations.shop_order import BUS, CHECKOUT, SATISPAY, STRIPE

if TYPE_CHECKING:
    from tests.situations.life import Life
    from tests.situations.shop_order import ShopOrder

MISMATCH = "PaymentAmountMismatch"

LESS: list[tuple[str, str, int | str, list[int | str]]] = [
    (CHECKOUT, "authorized", 9900, [4500]),
    (STRIPE, "paid", 25_000, [10_000, 5_000]),
    (SATISPAY, "authorized", 9900, [9899]),
    (CHECKOUT, "paid", "12950", ["9500"]),
]
"""Type of payment, payment status, what the order costs, and what each authorization holds."""


def costing(life: Life, kind: str, cost: int | str, **attributes: Any) -> ShopOrder:
    """A placed order that costs this much."""
    return life.order(kind=kind, total_amount_with_taxes_cents=cost, **attributes)


def hold(life: Life, order: ShopOrder, status: str, amounts: list[int | str], *, event: bool = False) -> None:
    """Let the order's payment hold these amounts, and say itself that they do not match, where it can."""
    if order.kind != SATISPAY:
        order.payments[order.key.id]["mismatched_amounts"] = True
    for number, amount in enumerate(amounts):
        life.authorize(order, amount=amount, transaction=f"txn_{number}")
    life.change(order, event=event, payment_status=status)


@pytest.mark.parametrize(("kind", "status", "cost", "amounts"), LESS)
def test_less_than_the_order_costs_that_a_look_finds_is_settled_and_announced_once(
    life: Life, kind: str, status: str, cost: int | str, amounts: list[int | str]
) -> None:
    order = costing(life, kind, cost)
    life.until("30s")
    hold(life, order, status, amounts)

    life.until("1d")
    life.change(order)
    life.until("2d")

    assert (life.end(order), life.events) == (("settled", None), {"PaymentSettled": 1, MISMATCH: 1})
    assert life.needs_a_person(MISMATCH) is True
    assert life.alarms == [MISMATCH]


@pytest.mark.parametrize(("kind", "status", "cost", "amounts"), LESS)
def test_less_than_the_order_costs_that_an_event_reports_is_announced_once(
    life: Life, kind: str, status: str, cost: int | str, amounts: list[int | str]
) -> None:
    order = costing(life, kind, cost)
    life.until("20s")
    hold(life, order, status, amounts, event=True)
    life.event(order)

    life.until("1d")

    assert (life.end(order), life.alarms) == (("settled", None), [MISMATCH])


@pytest.mark.parametrize(("kind", "status"), [(STRIPE, "paid"), (CHECKOUT, "authorized"), (STRIPE, "authorized")])
def test_flag_decides_where_no_authorization_can_be_read_and_the_look_has_the_last_word(
    life: Life, kind: str, status: str
) -> None:
    unreadable, readable = costing(life, kind, 9900), life.order("b", kind)
    unreadable.left_out = frozenset({"authorizations"})
    life.until("20s")
    hold(life, unreadable, status, [4000])
    hold(life, readable, status, [9900])
    for order in (unreadable, readable):
        life.event(order, BUS)

    life.until("1h")

    assert life.ends([unreadable, readable]) == {("settled", None): 2}
    assert life.alarms == [MISMATCH]
    assert life.detail(MISMATCH)["order"]["id"] == unreadable.id
    assert life.asked(readable, "look")[0] < 1 / 1440


@pytest.mark.parametrize(
    ("kind", "cost", "amounts"),
    [(CHECKOUT, 9900, [12_050]), (STRIPE, "5000", ["7331"]), (SATISPAY, 7000, [5000, 3333])],
)
def test_more_than_the_order_costs_is_a_field_of_the_event_and_calls_nobody(
    life: Life, kind: str, cost: int | str, amounts: list[int | str]
) -> None:
    order = costing(life, kind, cost)
    life.until("30s")
    hold(life, order, "authorized", amounts)

    life.until("1d")

    assert (life.end(order), life.events) == (("settled", None), {"PaymentSettled": 1})
    assert str(sum(map(int, amounts))) in str(life.detail("PaymentSettled"))


@pytest.mark.parametrize(("kind", "amount"), [(STRIPE, 100), (CHECKOUT, 9000), (SATISPAY, 99_000)])
def test_order_that_is_being_edited_is_settled_with_no_word_of_its_amount(
    life: Life, kind: str, amount: int
) -> None:
    order = costing(life, kind, 9900)
    life.until("30s")
    life.change(order, event=False, status="editing")
    hold(life, order, "authorized", [amount])

    life.until("1d")

    assert (life.end(order), life.events) == (("settled", None), {"PaymentSettled": 1})


@pytest.mark.parametrize(("kind", "status"), [(STRIPE, "authorized"), (CHECKOUT, "paid"), (SATISPAY, "paid")])
def test_exact_amount_that_a_refresh_finds_is_no_mismatch_whatever_failed_before(
    life: Life, kind: str, status: str
) -> None:
    order = costing(life, kind, 9900)
    life.authorize(order, amount=100, succeeded=False, error_code="insufficient_funds")
    life.paid_at_gateway(order, status)

    life.until("1d")

    assert (life.end(order), life.alarms) == (("settled", None), [])
