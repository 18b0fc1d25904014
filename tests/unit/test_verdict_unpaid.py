"""The verdict on payments of unpaid orders: pending, with what a look or a person must know."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from payment_refresh.domain.order_document import read_order
from payment_refresh.domain.verdict import Kind, Verdict, judge
from payment_refresh.domain.vocabulary import Notice
from tests.unit import payloads
from tests.unit.payloads import OTHER, OTHER_ID, PAYMENT, through

PENDING, REPLACED = Verdict(kind=Kind.PENDING), Verdict(kind=Kind.PENDING, is_replaced=True)
FLAGGED = payloads.payment(mismatched_amounts=True)


def failure(id_: str) -> Verdict:
    return Verdict(kind=Kind.PENDING, notice=Notice.ATTEMPT_FAILED, failed_attempt=id_)


def mismatch(held: int | None) -> Verdict:
    return Verdict(
        kind=Kind.PENDING, needs_look=True, look_only=True, notice=Notice.AMOUNT_MISMATCH, held_cents=held
    )


@pytest.mark.parametrize("status", ["draft", "pending", "placing", "placed", "editing", "approved", "on_hold"])
@pytest.mark.parametrize("payment_status", ["unpaid", "partially_authorized", "of the future"])
def test_an_unpaid_order_is_pending_and_so_is_what_nobody_knows_yet(status: str, payment_status: str) -> None:
    assert judge(payloads.order(status=status, payment_status=payment_status), PAYMENT) == PENDING


def test_another_payment_on_an_unpaid_order_leaves_this_one_pending_as_replaced() -> None:
    """The gateway's default ``force_payments`` lets an old intent that is paid win."""
    order = payloads.order(source=payloads.payment(id_=OTHER_ID))

    assert judge(order, PAYMENT) == REPLACED
    assert judge(order, OTHER) == PENDING


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"attempts": [through("a", 5000)]}, mismatch(5000)),
        ({"attempts": [through("a", 5000)], "payment_status": "partially_authorized"}, mismatch(5000)),
        ({"attempts": [through("a", 10_000)]}, mismatch(10_000)),
        ({"attempts": [through("a", 9900)], "source": FLAGGED}, PENDING),
        ({"attempts": [through("a", None)], "source": FLAGGED}, mismatch(None)),
        ({"attempts": [through("a", None)]}, PENDING),
        ({"attempts": [through("a", None)], "payment_status": "partially_authorized"}, mismatch(None)),
        ({"attempts": [through("a", 5000)], "status": "editing"}, PENDING),
        ({"source": FLAGGED}, PENDING),
        ({"source": FLAGGED, "attempts": [payloads.attempt("a")]}, PENDING),
        ({"source": FLAGGED, "attempts": [through("a", 5000, of=OTHER_ID)]}, PENDING),
        ({"source": payloads.payment(id_=OTHER_ID), "attempts": [through("a", 5000)]}, REPLACED),
        ({"attempts": [through("a", 4900), through("b", 5000, of=OTHER_ID)]}, PENDING),
    ],
    ids=[
        "less authorized",
        "less authorized, and the order says so",
        "more authorized",
        "all authorized, whatever the flag says",
        "an amount nobody can read, flagged",
        "an amount nobody can read",
        "an amount nobody can read, and the order says so",
        "the order is being edited",
        "flag alone",
        "attempt not through",
        "authorization of another payment",
        "of a payment that was replaced",
        "split, all there",
    ],
)
def test_only_another_amount_that_this_payment_holds_is_beyond_a_refresh(
    changes: dict[str, Any], verdict: Verdict
) -> None:
    assert judge(payloads.order(**changes), PAYMENT) == verdict


def test_a_look_that_shows_voids_and_refunds_decides_it() -> None:
    order = payloads.order(attempts=[through("a", 5000)], back=[])

    assert judge(order, PAYMENT) == replace(mismatch(5000), needs_look=False)


class TestGiftCard:
    """Where a part is authorized or paid by another payment, the rest is pending like any other."""

    @pytest.mark.parametrize("payment_status", ["partially_authorized", "partially_paid"])
    @pytest.mark.parametrize("status", ["pending", "placed"])
    def test_the_rest_is_pending_and_refreshed(self, status: str, payment_status: str) -> None:
        order = payloads.order(
            status=status, payment_status=payment_status, attempts=[through("g", 4000, of=OTHER_ID)]
        )

        assert judge(order, PAYMENT) == PENDING

    def test_whose_part_is_paid_only_a_look_can_show(self) -> None:
        order = payloads.order(payment_status="partially_paid")

        assert judge(order, PAYMENT) == Verdict(kind=Kind.PENDING, needs_look=True)
        assert judge(payloads.order(payment_status="partially_paid", attempts=[]), PAYMENT) == PENDING


@pytest.mark.parametrize(
    ("attempts", "verdict"),
    [
        ([], PENDING),
        ([payloads.failed("a")], failure("a")),
        ([payloads.failed("a", of=None)], failure("a")),
        ([payloads.failed("a", of=OTHER_ID)], PENDING),
        ([payloads.attempt("a")], PENDING),
        ([payloads.attempt("a", message="insufficient funds")], failure("a")),
        ([payloads.attempt("a", message="")], PENDING),
        ([payloads.attempt("a", message=" Pending ")], PENDING),
        ([payloads.attempt("a", message="received")], PENDING),
        ([payloads.failed("a", message="pending")], failure("a")),
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
    ids=[
        "none",
        "failed",
        "failed, of the current source",
        "of another",
        "not shown",
        "a message only",
        "an empty message",
        "a message of what goes on",
        "a message of what was received",
        "a code, whatever the message",
        "through",
        "newest",
    ],
)
def test_a_failed_attempt_is_reported_and_leaves_the_payment_pending(
    attempts: list[payloads.Json], verdict: Verdict
) -> None:
    """``succeeded: false`` alone may be a transaction that is still pending."""
    assert judge(payloads.order(attempts=attempts), PAYMENT) == verdict


def test_an_attempt_that_names_no_payment_is_not_laid_to_another_one() -> None:
    order = payloads.order(source=payloads.payment(id_=OTHER_ID), attempts=[payloads.failed("a", of=None)])

    assert judge(order, PAYMENT) == REPLACED


def test_an_order_that_does_not_show_its_source_has_replaced_none() -> None:
    assert judge(read_order(payloads.document()), PAYMENT) == PENDING


def test_whose_a_part_is_that_names_no_payment_only_a_look_shows() -> None:
    """An order event includes authorizations without their payments."""
    part: dict[str, Any] = {"payment_status": "partially_paid", "attempts": [through("a", 5000, of=None)]}
    named = part | {"attempts": [through("a", 5000)]}

    assert judge(payloads.order(**part), PAYMENT).needs_look
    assert not judge(payloads.order(**named), PAYMENT).needs_look
