"""Reading of an order's document, with anything left out of it or wrong in it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_refresh.domain.order import Authorization, Order, merge_refresh_answer
from payment_refresh.domain.order_document import read_order
from payment_refresh.domain.payment import PaymentKey
from payment_refresh.errors import UnreadableOrder
from payment_refresh.times import read_time, to_epoch, to_iso
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
    )


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


@pytest.mark.parametrize("amount", ["9900", 99.0, True, None])
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


class TestTimes:
    """Times are brought into one form, so that they compare as text."""

    @pytest.mark.parametrize(
        ("given", "read"),
        [
            ("2026-01-31T12:00:00.000Z", "2026-01-31T12:00:00.000Z"),
            ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000Z"),
            ("2026-01-31T13:00:00.5+01:00", "2026-01-31T12:00:00.500Z"),
            ("2026-01-31T12:00:00", None),
            ("2026-01-31", None),
            ("0001-01-01T00:00:00+23:00", None),
            ("soon", None),
            ("", None),
            (None, None),
            (1769860800, None),
        ],
    )
    def test_iso_8601_becomes_utc_with_milliseconds(self, given: object, read: str | None) -> None:
        assert read_time(given) == read

    @given(st.floats(631_152_000, 4_102_444_800).map(lambda epoch: datetime.fromtimestamp(epoch, UTC)))
    def test_what_was_read_reads_as_itself_and_keeps_its_order(self, moment: datetime) -> None:
        text = read_time(moment.isoformat())

        assert text is not None
        assert read_time(text) == text
        assert 0 <= moment.timestamp() - to_epoch(text) < 0.001001
        assert text <= to_iso(moment.timestamp() + 0.001)


class TestCombiningALookWithARefresh:
    """The answer to a refresh contains the bare order; the look gave the rest."""

    looked = payloads.order(attempts=[payloads.failed("a")], auto_place=True)

    @staticmethod
    def refreshed(**changes: Any) -> Order:
        return read_order(payloads.document(**changes))

    def test_the_refreshed_order_counts_with_the_payment_the_look_reported(self) -> None:
        after = "2026-01-31T12:05:00.000Z"

        order = merge_refresh_answer(
            self.looked, self.refreshed(payment_status="authorized", updated_at=after), payloads.PAYMENT
        )

        assert (order.payment_status, order.updated_at) == ("authorized", after)
        assert (order.payment, order.gateway_id, order.auto_place) == (payloads.PAYMENT, "pi_3SampleMadeUp", True)
        assert order.authorizations == self.looked.authorizations

    def test_a_refresh_that_did_not_touch_updated_at_counts_too(self) -> None:
        assert (
            merge_refresh_answer(
                self.looked, self.refreshed(payment_status="paid"), payloads.PAYMENT
            ).payment_status
            == "paid"
        )

    @pytest.mark.parametrize("updated_at", [None, payloads.UPDATED])
    def test_an_order_that_does_not_show_its_age_counts(self, updated_at: str | None) -> None:
        order = merge_refresh_answer(
            payloads.order(updated_at=updated_at),
            self.refreshed(payment_status="paid", updated_at=None),
            payloads.PAYMENT,
        )

        assert order.payment_status == "paid"

    def test_an_order_that_lags_behind_the_look_says_nothing(self) -> None:
        lagging = self.refreshed(payment_status="authorized", updated_at="2026-01-31T12:00:00.999Z")

        assert merge_refresh_answer(self.looked, lagging, payloads.PAYMENT) is self.looked

    def test_an_answer_without_the_order_says_nothing(self) -> None:
        assert merge_refresh_answer(self.looked, None, payloads.PAYMENT) is self.looked

    def test_another_order_says_nothing(self) -> None:
        document = payloads.document()
        document["data"]["id"] = "another"

        assert merge_refresh_answer(self.looked, read_order(document), payloads.PAYMENT) is self.looked

    def test_an_answer_that_shows_its_payment_source_is_believed(self) -> None:
        refreshed = payloads.order(source=payloads.payment(id_=payloads.OTHER_ID), payment_status="paid")

        order = merge_refresh_answer(self.looked, refreshed, payloads.PAYMENT)

        assert (order.source_id, order.payment_status) == (payloads.OTHER_ID, "paid")
        assert (order.auto_place, order.authorizations) == (True, self.looked.authorizations)

    def test_where_another_source_may_have_been_replaced_only_the_next_look_can_show_it(self) -> None:
        looked = payloads.order(source=payloads.payment(id_=payloads.OTHER_ID))

        assert (
            merge_refresh_answer(looked, self.refreshed(payment_status="authorized"), payloads.PAYMENT) is looked
        )
