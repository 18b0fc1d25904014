"""States of an order that bear the same time, and documents that leave relations out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from payment_refresh.times import to_iso
from tests.situations.shop_order import BUS, CHECKOUT, SATISPAY, STRIPE, WEBHOOK
from tests.support.clock import START

if TYPE_CHECKING:
    from payment_refresh.domain.order import Order
    from tests.situations.life import Life
    from tests.situations.shop_order import ShopOrder

PAIRS = [
    ("authorized", "settled", STRIPE),
    ("paid", "settled", CHECKOUT),
    ("partially_refunded", "closed", SATISPAY),
    ("voided", "closed", CHECKOUT),
]
"""A payment status, the end that it makes, and the type of payment."""

AT = to_iso(START + 45)


def twins(life: Life, order: ShopOrder, payment_status: str) -> tuple[Order, Order]:
    """The order unpaid and as it is with this payment status, both with the same ``updated_at``."""
    life.change(order, event=False, updated_at=AT)
    poor = order.shown(WEBHOOK)
    life.authorize(order)
    life.change(order, event=False, payment_status=payment_status, updated_at=AT, payment_updated_at=AT)
    return poor, order.shown(WEBHOOK)


@pytest.mark.parametrize(("payment_status", "end", "kind"), PAIRS)
def test_poorer_event_of_the_same_time_that_comes_last_starts_no_second_round(
    life: Life, payment_status: str, end: str, kind: str
) -> None:
    order = life.order(kind=kind)
    life.until("50s")
    poor, rich = twins(life, order, payment_status)
    for event in (rich, poor, rich):
        life.world.event(event)

    life.until("1d")

    assert (life.row(order).status, life.row(order).round) == (end, 1)
    assert (life.events, life.refreshed(order)) == ({}, [])


@pytest.mark.parametrize(("payment_status", "end", "kind"), PAIRS)
def test_richer_event_of_the_same_time_that_comes_last_ends_the_watch(
    life: Life, payment_status: str, end: str, kind: str
) -> None:
    order = life.order(kind=kind)
    life.until("50s")
    for event in twins(life, order, payment_status):
        life.world.event(event)

    assert (life.row(order).status, life.row(order).round) == (end, 1)


@pytest.mark.parametrize(("payment_status", "end", "kind"), PAIRS)
def test_poorer_state_of_the_same_time_does_not_take_a_settled_payment_from_the_look(
    life: Life, payment_status: str, end: str, kind: str
) -> None:
    order = life.order(kind=kind)
    life.until("50s")
    poor, _ = twins(life, order, payment_status)
    life.until("2h")
    settled = life.row(order)
    life.world.event(poor)

    life.until("1d")

    assert (life.row(order).status, life.row(order).round) == (end, 1)
    assert life.row(order).ended_at == settled.ended_at
    assert sum(life.events.values()) == 1


@pytest.mark.parametrize(
    ("states", "end", "kind"),
    [
        ([("voided", 31), ("authorized", 30)], "closed", SATISPAY),
        ([("refunded", 31), ("paid", 30)], "closed", STRIPE),
        ([("authorized", 31), ("unpaid", 30)], "settled", CHECKOUT),
        ([("unpaid", 30), ("paid", 31)], "settled", SATISPAY),
        ([("unpaid", 30), ("partially_voided", 31), ("unpaid", 29)], "closed", CHECKOUT),
    ],
)
def test_time_of_the_payment_orders_states_that_are_equally_old(
    life: Life, states: list[tuple[str, int]], end: str, kind: str
) -> None:
    order = life.order(kind=kind)
    life.until("50s")
    for payment_status, second in states:
        paid_at = to_iso(START + second)
        life.change(order, event=False, payment_status=payment_status, updated_at=AT, payment_updated_at=paid_at)
        life.event(order)
    newest = max(states, key=lambda state: state[1])[0]
    life.change(order, event=False, payment_status=newest, updated_at=AT)

    life.until("3h")

    assert (life.row(order).status, life.row(order).round, life.alarms) == (end, 1, [])


@pytest.mark.parametrize(
    ("kind", "relations"), [(STRIPE, BUS), (CHECKOUT, BUS), (SATISPAY, (*BUS, "authorizations"))]
)
def test_event_that_leaves_the_payment_method_out_does_not_make_a_voucher_an_ordinary_cart(
    life: Life, kind: str, relations: tuple[str, ...]
) -> None:
    order = life.cart(kind=kind, method={"auto_place": True, "auto_capture": True})
    order.left_out = frozenset({"payment_method"})
    life.until("30m")
    life.change(order, event=False)
    life.event(order, relations)

    life.until("20d")
    assert life.end(order) == ("watching", None)
    life.until("26d")

    assert (life.end(order), life.alarms) == (("abandoned", None), [])


@pytest.mark.parametrize("left_out", ["number", "total_amount_with_taxes_cents", "currency_code"])
def test_attribute_that_later_documents_leave_out_still_stands_in_the_letter(life: Life, left_out: str) -> None:
    life.calmly()
    order = life.order(kind=CHECKOUT)
    life.until("1h")
    del order.attributes[left_out]
    life.change(order)

    life.until("25d")

    (letter,) = life.world.letters.contents
    known = (letter["order_number"], letter["amount_cents"], letter["currency"])
    assert known == ("10a", 9900, "EUR")
    assert letter["reason"] == "stayed_pending"


@pytest.mark.parametrize("kind", [STRIPE, CHECKOUT, SATISPAY])
def test_event_without_authorizations_does_not_have_a_covered_payment_refreshed(life: Life, kind: str) -> None:
    order = life.order(kind=kind)
    life.until("30s")
    if kind != SATISPAY:
        order.payments[order.key.id]["mismatched_amounts"] = True
    life.authorize(order, amount=5000)
    life.change(order, event=False, payment_status="partially_authorized")
    life.until("10m")
    life.change(order, event=False)
    life.event(order, BUS)

    life.until("1d")

    assert (life.refreshed(order), life.alarms) == ([], ["PaymentAmountMismatch"])
