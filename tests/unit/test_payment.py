"""Payments that can be refreshed, and their keys."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_refresh.domain.payment import NOT_REFRESHABLE, ORDERS, REFRESHABLE, PaymentKey, is_id
from payment_refresh.errors import InvalidKey

TYPES = (*REFRESHABLE, ORDERS)


def test_exactly_the_types_with_a_refresh_trigger_are_refreshable() -> None:
    assert set(REFRESHABLE) == {"stripe_payments", "checkout_com_payments", "satispay_payments"}


def test_a_type_is_refreshable_or_not() -> None:
    assert not set(REFRESHABLE) & set(NOT_REFRESHABLE)


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("stripe_payments", ("stripe_id", "mismatched_amounts", "updated_at")),
        ("checkout_com_payments", ("mismatched_amounts", "updated_at")),
        ("satispay_payments", ("payment_id", "updated_at")),
    ],
)
def test_only_fields_the_type_has_and_no_secret_are_asked_for(kind: str, fields: tuple[str, ...]) -> None:
    assert REFRESHABLE[kind].fields == fields


@given(st.sampled_from(TYPES), st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True))
def test_a_key_reads_back_from_its_text(kind: str, id_: str) -> None:
    key = PaymentKey(kind, id_)

    assert str(key) == f"{kind}#{id_}"
    assert PaymentKey.parse(str(key)) == key
    assert key.is_order == (kind == ORDERS)


@given(st.text(max_size=80))
def test_an_accepted_id_is_safe_in_a_url(id_: str) -> None:
    if is_id(id_):
        assert quote(id_, safe="") == id_
        assert 0 < len(id_) <= 64
    else:
        with pytest.raises(InvalidKey, match="is not an id"):
            PaymentKey("stripe_payments", id_)


@pytest.mark.parametrize(
    "id_",
    ["", "a b", "a/b", "../orders", "a?x=1", "a#b", "a%2Fb", "abc\n", "é", "٣", "x" * 65],
    ids=["empty", "blank", "slash", "dots", "query", "hash", "escape", "newline", "accent", "digit", "long"],
)
def test_an_id_that_could_change_a_url_is_refused(id_: str) -> None:
    with pytest.raises(InvalidKey):
        PaymentKey("stripe_payments", id_)


@pytest.mark.parametrize("value", [None, 7, ["a"], {"id": "a"}, b"abc"])
def test_what_is_no_text_is_no_id(value: object) -> None:
    assert not is_id(value)


@pytest.mark.parametrize("kind", ["paypal_payments", "checkout_payments", "", "Stripe_payments", "mark"])
def test_a_type_that_cannot_be_refreshed_is_refused_with_those_that_can(kind: str) -> None:
    with pytest.raises(InvalidKey, match="send one of stripe_payments, checkout_com_payments"):
        PaymentKey(kind, "abc")


@pytest.mark.parametrize("text", ["", "stripe_payments", "stripe_payments#", "#abc", "stripe_payments#a#b"])
def test_text_that_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(InvalidKey):
        PaymentKey.parse(text)


def test_what_a_refusal_quotes_is_cut_short() -> None:
    with pytest.raises(InvalidKey) as refused:
        PaymentKey("stripe_payments", "x" * 100_000)

    assert len(str(refused.value)) < 200
