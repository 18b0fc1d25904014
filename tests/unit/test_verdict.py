"""The verdict table of the design: every row, as the documents Commerce Layer sends."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_refresh.domain.order_document import read_order
from payment_refresh.domain.payment import ORDERS, PaymentKey
from payment_refresh.domain.verdict import Kind, Verdict, is_placed, judge
from payment_refresh.domain.watch import Notice
from tests.unit import payloads
from tests.unit.payloads import OTHER, OTHER_ID, PAYMENT

SETTLED, CLOSED, PENDING = Verdict(kind=Kind.SETTLED), Verdict(kind=Kind.CLOSED), Verdict(kind=Kind.PENDING)
UNPLACED = Verdict(kind=Kind.SETTLED_UNPLACED)
LOOK_ONLY = Verdict(kind=Kind.PENDING, look_only=True)
MISMATCH = Verdict(kind=Kind.PENDING, look_only=True, notice=Notice.AMOUNT_MISMATCH)
SUPERSEDED = Verdict(kind=Kind.CLOSED, notice=Notice.SUPERSEDED)
ON_CANCELLED = Verdict(kind=Kind.CLOSED, notice=Notice.ON_CANCELLED_ORDER)

MONEY = ("authorized", "paid", "partially_paid")
REVERSED = ("voided", "partially_voided", "refunded", "partially_refunded")
STATUSES = ("draft", "pending", "placing", "placed", "editing", "approved", "cancelled")
PAYMENT_STATUSES = ("unpaid", "partially_authorized", *MONEY, *REVERSED, "free")


def failure(id_: str) -> Verdict:
    return Verdict(kind=Kind.PENDING, notice=Notice.ATTEMPT_FAILED, failed_attempt=id_)


@pytest.mark.parametrize("payment_status", [*MONEY, "free"])
@pytest.mark.parametrize("status", ["placed", "approved", "editing"])
def test_money_on_a_placed_order_is_settled(status: str, payment_status: str) -> None:
    assert judge(payloads.order(status=status, payment_status=payment_status), PAYMENT) == SETTLED


@pytest.mark.parametrize("payment_status", MONEY)
@pytest.mark.parametrize("status", ["pending", "draft", "placing"])
def test_money_on_an_order_not_placed_is_settled_unplaced(status: str, payment_status: str) -> None:
    order = payloads.order(status=status, payment_status=payment_status, placed_at=None)

    assert judge(order, PAYMENT) == UNPLACED


@pytest.mark.parametrize("status", ["pending", "draft", "placing"])
def test_a_free_order_that_is_not_placed_is_closed(status: str) -> None:
    """No money is held, so nothing is to be announced (docs/adr/0004)."""
    assert judge(payloads.order(status=status, payment_status="free", placed_at=None), PAYMENT) == CLOSED


@pytest.mark.parametrize("payment_status", REVERSED)
@pytest.mark.parametrize("status", STATUSES)
def test_money_given_back_is_closed(status: str, payment_status: str) -> None:
    assert judge(payloads.order(status=status, payment_status=payment_status), PAYMENT) == CLOSED


@pytest.mark.parametrize(
    ("payment_status", "placed_at", "verdict"),
    [
        ("unpaid", None, CLOSED),
        ("unpaid", payloads.PLACED, LOOK_ONLY),
        ("free", None, CLOSED),
        ("free", payloads.PLACED, CLOSED),
        ("authorized", payloads.PLACED, ON_CANCELLED),
        ("paid", payloads.PLACED, ON_CANCELLED),
        ("partially_paid", None, ON_CANCELLED),
        ("partially_authorized", payloads.PLACED, LOOK_ONLY),
        ("partially_authorized", None, LOOK_ONLY),
        ("of the future", None, LOOK_ONLY),
    ],
)
def test_a_cancelled_order(payment_status: str, placed_at: str | None, verdict: Verdict) -> None:
    """A cart is closed; a placed order is looked at on, since a debit can still succeed."""
    order = payloads.order(status="cancelled", payment_status=payment_status, placed_at=placed_at)

    assert judge(order, PAYMENT) == verdict


@pytest.mark.parametrize("status", ["pending", "placed", "approved"])
@pytest.mark.parametrize("payment_status", MONEY)
def test_money_through_another_payment_supersedes_this_one(status: str, payment_status: str) -> None:
    order = payloads.order(source=payloads.payment(id_=OTHER_ID), status=status, payment_status=payment_status)

    assert judge(order, PAYMENT) == SUPERSEDED
    assert judge(order, OTHER) in (SETTLED, UNPLACED)
    assert judge(order, PaymentKey(ORDERS, order.id)) == judge(order, OTHER)


def test_a_payment_of_another_type_with_the_same_id_is_another_payment() -> None:
    order = payloads.order(source=payloads.payment("paypal_payments"), payment_status="paid")

    assert judge(order, PAYMENT) == SUPERSEDED


def test_money_on_an_order_that_does_not_show_its_payment_is_this_ones() -> None:
    order = read_order(payloads.document(payment_status="authorized"))

    assert judge(order, PAYMENT) == SETTLED
    assert judge(order, PaymentKey(ORDERS, order.id)) == SETTLED


def test_another_payment_on_an_unpaid_order_leaves_this_one_pending() -> None:
    """The gateway's default ``force_payments`` lets an old intent that is paid win."""
    order = payloads.order(source=payloads.payment(id_=OTHER_ID))

    assert judge(order, PAYMENT) == PENDING


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"payment_status": "partially_authorized"}, MISMATCH),
        (
            {
                "source": payloads.payment(mismatched_amounts=True),
                "attempts": [payloads.attempt("a", succeeded=True)],
            },
            MISMATCH,
        ),
        ({"source": payloads.payment(mismatched_amounts=True)}, PENDING),
        ({"source": payloads.payment(mismatched_amounts=True), "attempts": [payloads.attempt("a")]}, PENDING),
        (
            {
                "source": payloads.payment(id_=OTHER_ID, mismatched_amounts=True),
                "attempts": [payloads.attempt("a", of=OTHER_ID, succeeded=True)],
            },
            PENDING,
        ),
        (
            {
                "source": payloads.payment(mismatched_amounts=True),
                "attempts": [payloads.attempt("a", of=OTHER_ID, succeeded=True)],
            },
            PENDING,
        ),
        (
            {
                "source": payloads.payment(id_=OTHER_ID, mismatched_amounts=True),
                "attempts": [payloads.attempt("a", succeeded=True)],
            },
            PENDING,
        ),
        ({"attempts": [payloads.attempt("a", succeeded=True)]}, PENDING),
    ],
    ids=[
        "partially authorized",
        "mismatch with an authorization",
        "mismatch alone",
        "mismatch, attempt not through",
        "mismatch of another payment",
        "authorization of another payment",
        "mismatch of another payment, authorization of this one",
        "authorization alone",
    ],
)
def test_only_a_mismatch_with_an_authorization_is_beyond_a_refresh(
    changes: dict[str, Any], verdict: Verdict
) -> None:
    assert judge(payloads.order(**changes), PAYMENT) == verdict


@pytest.mark.parametrize(
    ("attempts", "verdict"),
    [
        ([], PENDING),
        ([payloads.failed("a")], failure("a")),
        ([payloads.failed("a", of=None)], failure("a")),
        ([payloads.failed("a", of=OTHER_ID)], PENDING),
        ([payloads.attempt("a")], PENDING),
        ([payloads.attempt("a", error_code="late", succeeded=True)], PENDING),
        (
            [
                payloads.failed("new", created_at="2026-01-31T12:09:00Z"),
                payloads.failed("old", created_at="2026-01-31T12:01:00Z"),
                payloads.failed("undated", created_at=None),
            ],
            failure("new"),
        ),
    ],
    ids=["none", "failed", "failed, of the current source", "of another", "not shown", "through", "newest"],
)
def test_a_failed_attempt_is_reported_and_leaves_the_payment_pending(
    attempts: list[payloads.Json], verdict: Verdict
) -> None:
    """``succeeded: false`` without an error may be a transaction that is still pending."""
    assert judge(payloads.order(attempts=attempts), PAYMENT) == verdict


def test_an_attempt_that_names_no_payment_is_not_laid_to_another_one() -> None:
    order = payloads.order(source=payloads.payment(id_=OTHER_ID), attempts=[payloads.failed("a", of=None)])

    assert judge(order, PAYMENT) == PENDING


@pytest.mark.parametrize("status", ["draft", "pending", "placing", "placed", "editing", "approved"])
@pytest.mark.parametrize("payment_status", ["unpaid", "of the future"])
def test_an_unpaid_order_is_pending_and_so_is_what_nobody_knows_yet(status: str, payment_status: str) -> None:
    assert judge(payloads.order(status=status, payment_status=payment_status), PAYMENT) == PENDING


@pytest.mark.parametrize(
    ("status", "placed_at", "placed"),
    [
        ("draft", None, False),
        ("pending", None, False),
        ("placing", None, True),
        ("placed", payloads.PLACED, True),
        ("editing", payloads.PLACED, True),
        ("approved", payloads.PLACED, True),
        ("cancelled", payloads.PLACED, True),
        ("cancelled", None, False),
    ],
)
def test_a_shopper_waits_for_an_order_that_was_placed(status: str, placed_at: str | None, placed: bool) -> None:
    assert is_placed(payloads.order(status=status, placed_at=placed_at)) is placed


@given(
    st.sampled_from(STATUSES),
    st.sampled_from(PAYMENT_STATUSES) | st.text(max_size=5),
    st.sampled_from([None, payloads.PLACED]),
    st.sampled_from([PAYMENT, OTHER, PaymentKey(ORDERS, payloads.ORDER_ID)]),
    st.booleans(),
)
def test_only_what_is_pending_may_be_asked_again(
    status: str, payment_status: str, placed_at: str | None, key: PaymentKey, mismatched: bool
) -> None:
    order = payloads.order(
        source=payloads.payment(mismatched_amounts=mismatched),
        attempts=[payloads.failed("a"), payloads.attempt("b", succeeded=mismatched)],
        status=status,
        payment_status=payment_status,
        placed_at=placed_at,
    )

    verdict = judge(order, key)

    if verdict.kind is not Kind.PENDING:
        assert payment_status in (*MONEY, *REVERSED, "free") or (status == "cancelled" and placed_at is None)
        assert not verdict.look_only
        assert verdict.failed_attempt is None
    if payment_status in MONEY:
        assert verdict.kind is not Kind.PENDING
