"""Reading of an order's document, with anything left out of it or wrong in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_refresh.domain.order import Authorization, Order, Reversal
from payment_refresh.domain.order_document import read_order
from payment_refresh.domain.payment import PaymentKey
from payment_refresh.errors import UnreadableOrder
from tests.unit import payloads
from tests.unit.payloads import PAYMENT_ID, STRIPE

if TYPE_CHECKING:
    from tests.unit.payloads import Json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def test_a_webhooks_order_is_read_with_its_payment_attempts_and_method() -> None:
    document = payloads.document(
        payloads.payment(mismatched_amounts=True),
        [payloads.failed("aUtHAbCdEf")],
        auto_place=True,
        payment_updated_at="2026-01-31T12:00:20Z",
        cancelled_at="2026-01-31T13:00:00+01:00",
    )

    assert read_order(document) == Order(
        id=payloads.ORDER_ID,
        number="1003",
        status="placed",
        payment_status="unpaid",
        amount_cents=9900,
        currency="EUR",
        placed_at=payloads.PLACED,
        cancelled_at="2026-01-31T12:00:00.000Z",
        created_at=payloads.CREATED,
        updated_at=payloads.UPDATED,
        payment_updated_at="2026-01-31T12:00:20.000Z",
        source_known=True,
        source_type=STRIPE,
        source_id=PAYMENT_ID,
        gateway_id="pi_3SampleMadeUp",
        has_method=True,
        mismatched=True,
        auto_place=True,
        authorizations=(
            Authorization(
                id="aUtHAbCdEf",
                payment_id=PAYMENT_ID,
                succeeded=False,
                error_code="card_declined",
                created_at="2026-01-31T12:00:20.000Z",
            ),
        ),
        authorizations_known=True,
    )


def test_transactions_are_read_with_their_amounts_and_the_gateways_ids() -> None:
    order = payloads.order(
        attempts=[payloads.through("a", 5000, message="received")],
        back=[
            payloads.reversal("voids", "v", 100),
            payloads.reversal("refunds", "r", None, of=None, gateway_transaction_id="t"),
            payloads.reversal("refunds", "failed", succeeded=False),
        ],
    )

    (authorization,) = order.authorizations
    assert (authorization.succeeded, authorization.message) == (True, "received")
    assert (authorization.amount_cents, authorization.transaction_id) == (5000, "transaction-a")
    assert order.reversals == (
        Reversal(payment_id=PAYMENT_ID, transaction_id="transaction-v", amount_cents=100),
        Reversal(payment_id=None, transaction_id="t", amount_cents=None),
    )
    assert (order.authorizations_known, order.reversals_known) == (True, True)


@pytest.mark.parametrize("relation", ["voids", "refunds"])
def test_reversals_are_known_only_where_both_kinds_were_shown(relation: str) -> None:
    document = payloads.document(payloads.payment(), back=[])
    del document["data"]["relationships"][relation]["data"]

    assert not read_order(document).reversals_known


@pytest.mark.parametrize("relation", ["authorizations", "voids"])
def test_a_list_that_came_in_part_is_not_known(relation: str) -> None:
    document = payloads.document(
        payloads.payment(), [payloads.through("a")], back=[payloads.reversal("voids", "v")]
    )
    document["included"] = [record for record in document["included"] if record["type"] != relation]

    order = read_order(document)

    assert (order.authorizations_known, order.reversals_known) == (relation == "voids", relation != "voids")


GATEWAY = payloads.link("stripe_gateways", "gAtEwAyAbC")


@pytest.mark.parametrize("named_by", ["payment", "method"])
def test_commerce_layers_gateway_is_the_payments_or_its_methods(named_by: str) -> None:
    method = payloads.method(auto_place=False, auto_capture=True)
    payment = payloads.payment()
    (payment if named_by == "payment" else method)["relationships"]["payment_gateway"] = {"data": GATEWAY}
    document = payloads.document(payment)
    document["data"]["relationships"]["payment_method"]["data"] = payloads.link("payment_methods", method["id"])
    document["included"].append(method)

    order = read_order(document)

    assert (order.payment_gateway_type, order.payment_gateway_id) == ("stripe_gateways", "gAtEwAyAbC")
    assert (order.auto_place, order.auto_capture) == (False, True)


@pytest.mark.parametrize(("given", "read"), [(True, True), (False, False), (None, False), ("true", False)])
def test_what_the_payment_method_does_is_yes_or_no(given: object, read: bool) -> None:
    document = payloads.document(payloads.payment(), auto_place=True)
    document["included"][-1]["attributes"]["auto_place"] = given

    assert read_order(document).auto_place is read


def test_what_it_leaves_out_is_not_known() -> None:
    order = payloads.order(auto_place=True)

    assert (order.auto_place, order.auto_capture) == (True, None)
    assert payloads.order().auto_place is None


@pytest.mark.parametrize(
    ("source", "gateway_id"),
    [
        (payloads.payment(), "pi_3SampleMadeUp"),
        (payloads.payment("satispay_payments", payment_id="sat-1"), "sat-1"),
        (payloads.payment("checkout_com_payments"), None),
        (payloads.payment("paypal_payments"), None),
    ],
    ids=["stripe", "satispay", "checkout.com", "not refreshable"],
)
def test_the_gateways_id_is_where_the_type_keeps_it(source: Json, gateway_id: str | None) -> None:
    assert payloads.order(source=source).gateway_id == gateway_id


def test_a_payment_of_another_type_is_known_but_not_refreshable() -> None:
    order = payloads.order(source=payloads.payment("paypal_payments"))

    assert (order.source_known, order.source_type, order.payment) == (True, "paypal_payments", None)


def test_a_payment_that_is_only_linked_is_not_known() -> None:
    order = read_order(payloads.document())

    assert (order.source_known, order.source_type, order.payment) == (False, None, None)


def test_an_order_without_payment_source_says_so() -> None:
    document = payloads.document()
    document["data"]["relationships"]["payment_source"]["data"] = None

    order = read_order(document)

    assert (order.source_known, order.source_id, order.payment) == (True, None, None)


def test_a_named_payment_is_known_even_where_its_record_was_left_out() -> None:
    document = payloads.document(payloads.payment())
    del document["included"]

    order = read_order(document)

    assert order.payment == PaymentKey(STRIPE, PAYMENT_ID)
    assert (order.gateway_id, order.mismatched) == (None, False)


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        "orders",
        {},
        {"data": None},
        {"data": []},
        {"data": {"type": "stripe_payments", "id": "a", "attributes": payloads.attributes()}},
        {"data": {"type": "orders", "attributes": payloads.attributes()}},
        {"data": {"type": "orders", "id": "../a", "attributes": payloads.attributes()}},
        {"data": {"type": "orders", "id": "a"}},
        {"data": {"type": "orders", "id": "a", "attributes": payloads.attributes(status=None)}},
        {"data": {"type": "orders", "id": "a", "attributes": payloads.attributes(payment_status=["paid"])}},
        {"data": {"type": "orders", "id": "a", "attributes": payloads.attributes(status="x" * 257)}},
    ],
)
def test_what_is_no_order_is_refused(document: object) -> None:
    with pytest.raises(UnreadableOrder):
        read_order(document)


@pytest.mark.parametrize("amount", ["9900", 9900])
def test_an_amount_may_be_a_string(amount: object) -> None:
    assert payloads.order(total_amount_with_taxes_cents=amount).amount_cents == 9900


@pytest.mark.parametrize(
    ("number", "read"),
    [("1003", "1003"), (1003, "1003"), (0, "0"), (True, None), (10**16, None), (1.5, None), ("\ud800", None)],
)
def test_a_number_may_be_an_integer(number: object, read: str | None) -> None:
    assert payloads.order(number=number).number == read


@pytest.mark.parametrize("amount", ["99.00", "99 EUR", "", "9" * 17, 10**16, 99.0, True, None])
def test_an_amount_that_is_not_whole_cents_is_not_known(amount: object) -> None:
    assert payloads.order(total_amount_with_taxes_cents=amount).amount_cents is None


@pytest.mark.parametrize(
    ("relation", "value"),
    [
        ("authorizations", {"data": None}),
        ("authorizations", {"data": [None, {"type": 1, "id": "a"}, {"type": "authorizations", "id": "unknown"}]}),
        ("authorizations", []),
        ("payment_method", {"data": {"type": "payment_methods"}}),
        ("payment_method", {"data": {"type": "payment_methods", "id": "a b"}}),
    ],
)
def test_a_broken_relation_says_nothing(relation: str, value: object) -> None:
    document = payloads.document(payloads.payment(), [payloads.failed("a")], auto_place=True)
    document["data"]["relationships"][relation] = value

    order = read_order(document)

    assert order.authorizations == () if relation == "authorizations" else not order.auto_place


@given(st.sampled_from(["attributes", "relationships", "included"]), JSON)
def test_no_part_of_a_document_can_break_the_reading(part: str, value: object) -> None:
    document = payloads.document(payloads.payment(), [payloads.failed("a")])
    (document if part == "included" else document["data"])[part] = value
    try:
        order = read_order(document)
    except UnreadableOrder:
        assert part == "attributes"
    else:
        assert order.id == payloads.ORDER_ID


@given(st.lists(JSON, max_size=4))
def test_what_is_not_a_record_among_the_included_is_passed_over(strange: list[Any]) -> None:
    document = payloads.document(payloads.payment())
    document["included"] = [{"type": [], "id": "a"}, {"type": STRIPE, "id": 7}, *strange, *document["included"]]

    assert read_order(document).gateway_id == "pi_3SampleMadeUp"
