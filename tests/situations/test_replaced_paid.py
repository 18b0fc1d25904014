"""Orders that were paid through another payment than the one that is watched: evidence is money, not a record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.situations.shop_order import CHECKOUT, KINDS, SATISPAY, STRIPE

if TYPE_CHECKING:
    from tests.situations.life import Life
    from tests.situations.shop_order import ShopOrder

PAIRS = [
    (CHECKOUT, "wire_transfers"),
    (SATISPAY, "klarna_payments"),
    (STRIPE, STRIPE),
    (CHECKOUT, SATISPAY),
]
"""Type of the first payment, and of the one that the order was paid through."""

REPLACED = ("closed", "replaced")
SUPERSEDED = "PaymentSuperseded"


def go_on(order: ShopOrder, other: str) -> tuple[str, str]:
    """Let the shopper go on to another payment."""
    order.use(other, "other")
    return (other, "other")


def paid_otherwise(life: Life, order: ShopOrder, other: str, status: str = "authorized", **pay: Any) -> None:
    """Let the order be paid through another payment, and the watched one be checked."""
    life.pay(order, status, by=go_on(order, other), **pay)
    life.until("2h")


@pytest.mark.parametrize(("kind", "other"), PAIRS)
@pytest.mark.parametrize("status", ["authorized", "paid"])
def test_payment_without_any_authorization_is_closed_quietly_once_the_order_is_paid(
    life: Life, kind: str, other: str, status: str
) -> None:
    order = life.order(kind=kind)
    life.until("20s")

    paid_otherwise(life, order, other, status)

    assert (life.end(order), life.alarms_of(order), life.refreshed(order)) == (REPLACED, [], [])
    assert life.detail("PaymentClosed").get("reason") == "replaced"
    assert life.needs_a_person("PaymentClosed") is False


@pytest.mark.parametrize(
    "attempt",
    [
        {"succeeded": False, "error_code": "card_declined"},
        {"succeeded": False, "message": "Not enough balance"},
        {"succeeded": False, "message": "pending"},
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_attempt_that_holds_nothing_is_no_evidence_of_two_charges(
    life: Life, attempt: dict[str, Any], kind: str
) -> None:
    order = life.order(kind=kind)
    life.until("20s")
    life.authorize(order, **attempt)

    paid_otherwise(life, order, "adyen_payments")

    assert (life.end(order), life.alarms) == (REPLACED, [])
    assert SUPERSEDED not in life.events


@pytest.mark.parametrize(
    ("relation", "amounts", "kind"),
    [("voids", [9900], SATISPAY), ("refunds", [5000, 4900], CHECKOUT), ("voids", ["9900"], STRIPE)],
)
def test_money_that_was_given_back_is_no_evidence_of_two_charges(
    life: Life, relation: str, amounts: list[int | str], kind: str
) -> None:
    order = life.order(kind=kind)
    life.until("20s")
    life.authorize(order, transaction="txn_ours")
    for number, amount in enumerate(amounts):
        known: dict[str, Any] = {"amount_cents": amount, "gateway_transaction_id": f"txn_back_{number}"}
        order.record(relation, of=(kind, order.key.id), **known)

    paid_otherwise(life, order, "paypal_payments", "paid")

    assert (life.end(order), life.alarms) == (REPLACED, [])
    assert SUPERSEDED not in life.events


@pytest.mark.parametrize(
    ("kind", "other"), [(STRIPE, STRIPE), (CHECKOUT, CHECKOUT), (SATISPAY, "external_payments")]
)
def test_one_intent_that_two_payments_show_is_no_evidence_of_two_charges(
    life: Life, kind: str, other: str
) -> None:
    order = life.order(kind=kind)
    life.until("20s")
    life.authorize(order, transaction="txn_same")

    paid_otherwise(life, order, other, transaction="txn_same")

    assert (life.end(order), life.alarms_of(order)) == (REPLACED, [])
    assert SUPERSEDED not in life.events


@pytest.mark.parametrize(("kind", "ours", "others"), [(CHECKOUT, 4000, 5900), (SATISPAY, 9000, 900)])
def test_payment_that_is_split_between_two_is_no_evidence_of_two_charges(
    life: Life, kind: str, ours: int, others: int
) -> None:
    order = life.order(kind=kind)
    life.until("20s")
    life.authorize(order, amount=ours, transaction="txn_ours")

    paid_otherwise(life, order, "wire_transfers", amount=others)

    assert (life.end(order), life.alarms) == (REPLACED, [])
    assert SUPERSEDED not in life.events


@pytest.mark.parametrize(
    ("kind", "other", "ours", "voided", "others"),
    [
        (CHECKOUT, STRIPE, 9900, 0, [9900]),
        (SATISPAY, "wire_transfers", 9900, 4900, [9900]),
        (STRIPE, "klarna_payments", 123, 0, [5000, 4900]),
        (CHECKOUT, "adyen_payments", "8800", 0, ["12000"]),
    ],
)
def test_money_that_both_payments_hold_is_announced_with_the_other_payment_and_the_amount(
    life: Life, kind: str, other: str, ours: int | str, voided: int, others: list[int | str]
) -> None:
    order = life.order(kind=kind)
    life.until("20s")
    life.authorize(order, amount=ours, transaction="txn_ours")
    if voided:
        given_back: dict[str, Any] = {"amount_cents": voided, "gateway_transaction_id": "txn_void"}
        order.record("voids", of=(kind, order.key.id), **given_back)
    by = go_on(order, other)
    for number, amount in enumerate(others):
        life.authorize(order, of=by, amount=amount, transaction=f"txn_other_{number}")
    life.change(order, event=False, payment_status="authorized")

    life.until("2h")

    assert (life.row(order).status, life.alarms) == ("closed", [SUPERSEDED])
    detail = life.detail(SUPERSEDED)
    assert (detail.get("evidence"), detail.get("needs_a_person")) == ("money", True)
    assert "other" in str(detail)
    assert str(int(ours) - voided) in str(detail)


@pytest.mark.parametrize("kind", KINDS)
def test_authorization_that_two_records_show_counts_once_for_its_transaction(life: Life, kind: str) -> None:
    order = life.order(kind=kind)
    life.until("20s")
    for _ in range(3):
        life.authorize(order, amount=7700, transaction="txn_ours")

    paid_otherwise(life, order, "paypal_payments", "paid")

    assert life.alarms == [SUPERSEDED]
    assert "7700" in str(life.detail(SUPERSEDED))
    assert "23100" not in str(life.detail(SUPERSEDED))


@pytest.mark.parametrize(
    ("kind", "left_out"), [(STRIPE, "refunds"), (CHECKOUT, "voids"), (SATISPAY, "voids refunds")]
)
def test_look_that_cannot_read_what_was_given_back_says_so_and_calls_nobody(
    life: Life, kind: str, left_out: str
) -> None:
    order = life.order(kind=kind)
    order.left_out = frozenset(left_out.split())
    life.until("20s")
    life.authorize(order, transaction="txn_ours")

    paid_otherwise(life, order, "klarna_payments")

    assert (life.row(order).status, life.alarms) == ("closed", [])
    detail = life.detail(SUPERSEDED)
    assert (detail.get("evidence"), detail.get("needs_a_person")) == ("authorization_only", False)


@pytest.mark.parametrize(("kind", "other"), [(STRIPE, CHECKOUT), (CHECKOUT, CHECKOUT), (SATISPAY, STRIPE)])
def test_second_payment_that_settles_is_announced_for_itself_beside_the_first(
    life: Life, kind: str, other: str
) -> None:
    order = life.order(kind=kind)
    life.until("20s")
    life.authorize(order, transaction="txn_ours")
    by = go_on(order, other)
    life.change(order)
    life.pay(order, "paid", by=by, transaction="txn_other")

    life.until("2h")

    assert life.events == {"PaymentSettled": 1, SUPERSEDED: 1}
    assert life.alarms_of(order) == [SUPERSEDED]
