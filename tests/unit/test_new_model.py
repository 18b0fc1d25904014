"""Orders of the new payments model: how a document shows them, and what they say of a payment."""

from __future__ import annotations

from typing import Any

import pytest

from payment_refresh.domain.order import Order, merge_refresh_answer
from payment_refresh.domain.order_document import read_order
from payment_refresh.domain.payment import ORDERS, PaymentKey
from payment_refresh.domain.verdict import Kind, Verdict, is_new_model, judge
from payment_refresh.domain.vocabulary import Reason
from tests.unit import payloads

type Json = dict[str, Any]

ORDER = PaymentKey(ORDERS, payloads.ORDER_ID)
LINKS: Json = {"links": {"related": "/api/2026-05/orders/x/y"}}
SESSION: Json = {"data": [{"type": "payment_sessions", "id": "sEsSiOnAbC"}]}
NOTHING: Json = {"payment_source": {"data": None}, "payment_method": {"data": None}}
METHOD: Json = {"payment_method": {"data": {"type": "payment_methods", "id": "mEtHodAbCd"}}}
STRIPE: Json = {"payment_source": {"data": {"type": "stripe_payments", "id": payloads.PAYMENT_ID}}}
ADYEN: Json = {"payment_source": {"data": {"type": "adyen_payments", "id": "aDyEnAbCdE"}}}


def read(relationships: Json, **attributes: Any) -> Order:
    """An order that is placed and unpaid, unless these attributes say otherwise."""
    placed = {"status": "placed", "payment_status": "unpaid", "placed_at": payloads.PLACED}
    data = {"type": "orders", "id": payloads.ORDER_ID, "attributes": placed | attributes}
    return read_order(
        {"data": data | {"relationships": relationships, "meta": {"created_with_version": "2026-05"}}}
    )


CART: Json = {"status": "pending", "placed_at": None}


@pytest.mark.parametrize(
    ("relationships", "attributes"),
    [
        ({"payment_sessions": SESSION}, {}),
        ({"payment_sessions": SESSION}, CART),
        ({"payment_sessions": SESSION}, {"payment_status": "free"}),
        (NOTHING | {"payment_sessions": SESSION}, CART | {"payment_status": "partially_paid"}),
        (ADYEN | {"payment_sessions": SESSION}, {}),
        ({"payment_authorizations": {"data": [{"type": "payment_authorizations", "id": "a"}]}}, CART),
        ({"payment_source": LINKS}, CART | {"payment_taken_sessions_count": 1}),
        (NOTHING, {}),
        (NOTHING | {"authorizations": {"data": []}}, {"status": "approved"}),
        (NOTHING, {"status": "placing", "placed_at": None}),
        (NOTHING, {"status": "cancelled"}),
        (NOTHING, CART | {"payment_status": "authorized"}),
        (NOTHING, CART | {"payment_status": "partially_authorized"}),
        (NOTHING, CART | {"payment_status": "refunded"}),
    ],
)
def test_order_with_payments_of_the_new_model_or_with_nothing_that_could_pay_it_is_recognised(
    relationships: Json, attributes: Json
) -> None:
    assert is_new_model(read(relationships, **attributes))


@pytest.mark.parametrize(
    ("relationships", "attributes"),
    [
        (STRIPE | {"payment_sessions": SESSION}, {}),
        (STRIPE | METHOD, {}),
        (ADYEN | METHOD, {}),
        (NOTHING | METHOD, {}),
        (NOTHING, {"payment_status": "free"}),
        (NOTHING, CART),
        (NOTHING, CART | {"payment_status": "pondered"}),
        ({"payment_source": {"data": None}, "payment_method": LINKS}, {}),
        ({"payment_source": LINKS, "payment_method": {"data": None}}, {}),
        ({"payment_sessions": LINKS}, {}),
        ({"payment_sessions": {"data": []}}, {}),
        ({"payment_sessions": {"data": "sEsSiOnAbC"}}, {}),
        ({"payment_sessions": None}, {"payment_taken_sessions_count": 0}),
        ({}, {"payment_taken_sessions_count": "1"}),
        ({}, {}),
    ],
)
def test_order_of_which_the_model_is_the_old_one_or_not_known_is_not_taken_for_a_new_one(
    relationships: Json, attributes: Json
) -> None:
    assert not is_new_model(read(relationships, **attributes))


def test_order_with_an_authorization_of_the_old_model_is_not_taken_for_a_new_one() -> None:
    document = payloads.document(None, [payloads.attempt("aUtHAbCdEf")])
    document["data"]["relationships"]["payment_method"] = {"data": None}

    assert not is_new_model(read_order(document))


@pytest.mark.parametrize("status", ["pending", "placing", "placed", "approved", "cancelled", "draft"])
@pytest.mark.parametrize("payment_status", ["unpaid", "partially_paid", "partially_authorized", "refunded", "?"])
def test_order_of_the_new_model_that_its_money_does_not_cover_is_closed_without_any_word(
    status: str, payment_status: str
) -> None:
    order = read({"payment_sessions": SESSION}, status=status, payment_status=payment_status)

    assert judge(order, ORDER) == Verdict(kind=Kind.CLOSED)


@pytest.mark.parametrize("payment_status", ["authorized", "paid"])
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("placed", Kind.SETTLED),
        ("approved", Kind.SETTLED),
        ("pending", Kind.SETTLED_UNPLACED),
        ("placing", Kind.SETTLED_UNPLACED),
        ("cancelled", Kind.CLOSED),
    ],
)
def test_order_of_the_new_model_that_is_covered_says_whether_it_was_placed(
    payment_status: str, status: str, kind: Kind
) -> None:
    order = read({"payment_sessions": SESSION}, status=status, payment_status=payment_status)

    assert judge(order, ORDER) == Verdict(kind=kind)


@pytest.mark.parametrize(
    ("payment_status", "expected"),
    [
        ("unpaid", Verdict(kind=Kind.PENDING, is_replaced=True)),
        ("authorized", Verdict(kind=Kind.CLOSED, reason=Reason.REPLACED, needs_look=True, held_cents=0)),
        ("partially_paid", Verdict(kind=Kind.CLOSED, reason=Reason.REPLACED, needs_look=True, held_cents=0)),
    ],
)
def test_payment_of_the_old_model_counts_as_replaced_where_its_order_is_of_the_new_one(
    payment_status: str, expected: Verdict
) -> None:
    order = read(NOTHING, payment_status=payment_status)

    assert judge(order, payloads.PAYMENT) == expected


def test_answer_to_a_refresh_keeps_what_the_look_showed_of_the_payment_method() -> None:
    looked, refreshed = read(NOTHING), read({"payment_source": {"data": None}})

    merged = merge_refresh_answer(looked, refreshed, payloads.PAYMENT)

    assert (merged.has_method, is_new_model(merged)) == (False, True)
