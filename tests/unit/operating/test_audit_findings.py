"""The judgement of an audit on one order: the problem, the money, the payment and the remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from payment_refresh.times import to_iso
from payrefresh.audit.findings import NEW_MODEL, Problem, examine
from payrefresh.audit.remedies import WORDS, Remedy
from tests.support.clock import START
from tests.support.samples import without_source
from tests.unit.operating.audit_samples import TIMES, authorization, given_back, looked_at

if TYPE_CHECKING:
    from payment_refresh.domain.order import Order

PAID: dict[str, Any] = {"payment_status": "authorized", "payment_updated_at": to_iso(START + 9)}
OURS, OTHER = authorization("pay-a"), authorization("pay-b")


def found(order: Order) -> list[tuple[Problem, int | None, Remedy]]:
    return [(each.problem, each.cents, each.remedy) for each in examine(order, TIMES).findings]


def cancelled(**changes: Any) -> Order:
    given = {"status": "cancelled", "cancelled_at": to_iso(START + 5), "authorizations": (OURS,)}
    return looked_at(**PAID | given | changes)


CASES: dict[str, tuple[Order, list[tuple[Problem, int | None, Remedy]]]] = {
    "unpaid": (looked_at(), [(Problem.PLACED_UNPAID, 9900, Remedy.REFRESH)]),
    "of a status that nobody knows": (
        looked_at(status="on_hold"),
        [(Problem.PLACED_UNPAID, 9900, Remedy.CHECK_IF_ASKED)],
    ),
    "whose rest is not paid": (
        looked_at(payment_status="partially_authorized", authorizations=(authorization("card", 4000),)),
        [(Problem.PLACED_UNPAID, 5900, Remedy.REFRESH)],
    ),
    "whose rest is not paid, and whose part is not shown": (
        looked_at(payment_status="partially_authorized", authorizations_known=False),
        [(Problem.PLACED_UNPAID, None, Remedy.REFRESH)],
    ),
    "whose payment is gone": (
        looked_at(source_type=None, source_id=None),
        [(Problem.PLACED_UNPAID, 9900, Remedy.NOTHING)],
    ),
    "whose payment is not shown": (
        without_source(looked_at()),
        [(Problem.PLACED_UNPAID, 9900, Remedy.REFRESH)],
    ),
    "paid by a bank transfer, some day": (looked_at(source_type="wire_transfers"), []),
    "paid": (looked_at(**PAID, authorizations=(OURS,)), []),
    "paid by PayPal": (
        looked_at(**PAID, source_type="paypal_payments", authorizations=(OURS,)),
        [],
    ),
    "a cart that is not paid": (looked_at(status="pending", placed_at=None), []),
    "a cart of which a gift card paid a part": (
        looked_at(
            status="pending",
            placed_at=None,
            payment_status="partially_authorized",
            authorizations=(authorization("card", 4000),),
        ),
        [],
    ),
    "a paid cart": (
        looked_at(**PAID, status="pending", placed_at=None, authorizations=(OURS,)),
        [(Problem.PAID_NOT_PLACED, 9900, Remedy.ANNOUNCE_NOT_PLACED)],
    ),
    "a paid cart whose authorizations are not shown": (
        looked_at(**PAID, status="draft", placed_at=None, authorizations_known=False),
        [(Problem.PAID_NOT_PLACED, 9900, Remedy.ANNOUNCE_NOT_PLACED)],
    ),
    "whose placement never ends": (
        looked_at(**PAID, status="placing", placed_at=None, authorizations=(OURS,)),
        [(Problem.PAID_NOT_PLACED, 9900, Remedy.ANNOUNCE_NOT_PLACED)],
    ),
    "cancelled and unpaid": (cancelled(payment_status="unpaid", authorizations=()), []),
    "cancelled and paid later": (
        cancelled(),
        [(Problem.MONEY_ON_CANCELLED, 9900, Remedy.ANNOUNCE_CANCELLED)],
    ),
    "paid and cancelled later": (
        cancelled(cancelled_at=to_iso(START + 20)),
        [(Problem.MONEY_ON_CANCELLED, 9900, Remedy.REPORT_KEPT)],
    ),
    "cancelled, and voided in part": (
        cancelled(reversals=(given_back("pay-a", 9000),)),
        [(Problem.MONEY_ON_CANCELLED, 900, Remedy.ANNOUNCE_CANCELLED)],
    ),
    "cancelled, and given back": (cancelled(reversals=(given_back("pay-a", 9900),)), []),
    "cancelled, and voided": (cancelled(payment_status="voided"), []),
    "cancelled, with a gift card's money": (
        cancelled(payment_status="partially_authorized", authorizations=(authorization("card", 4000),)),
        [(Problem.MONEY_ON_CANCELLED, 4000, Remedy.NOTHING)],
    ),
    "cancelled, with PayPal's money": (
        cancelled(source_type="paypal_payments"),
        [(Problem.MONEY_ON_CANCELLED, 9900, Remedy.NOTHING)],
    ),
    "cancelled, with money that is not shown": (
        cancelled(authorizations_known=False),
        [(Problem.MONEY_ON_CANCELLED, 9900, Remedy.ANNOUNCE_CANCELLED)],
    ),
    "cancelled, with a part that is not shown": (
        cancelled(payment_status="partially_authorized", authorizations_known=False),
        [],
    ),
    "paid twice": (
        looked_at(**PAID, authorizations=(OURS, OTHER)),
        [(Problem.SECOND_CHARGE, 9900, Remedy.ANNOUNCE_SECOND)],
    ),
    "paid twice, and given back once": (
        looked_at(**PAID, authorizations=(OURS, OTHER), reversals=(given_back("pay-b", 9900),)),
        [],
    ),
    "paid twice, and a part given back": (
        looked_at(**PAID, authorizations=(OURS, OTHER), reversals=(given_back("pay-b", 9000),)),
        [(Problem.SECOND_CHARGE, 900, Remedy.ANNOUNCE_SECOND)],
    ),
    "paid in two parts": (
        looked_at(**PAID, authorizations=(authorization("pay-a", 4900), authorization("pay-b", 5000))),
        [],
    ),
    "one payment seen twice": (
        looked_at(**PAID, authorizations=(OURS, authorization("pay-b", transaction_id="tx-pay-a"))),
        [],
    ),
    "paid twice, and not placed": (
        looked_at(**PAID, status="pending", placed_at=None, authorizations=(OURS, OTHER)),
        [
            (Problem.PAID_NOT_PLACED, 19800, Remedy.ANNOUNCE_NOT_PLACED),
            (Problem.SECOND_CHARGE, 9900, Remedy.ANNOUNCE_SECOND),
        ],
    ),
    "paid twice by payments that are not its own": (
        looked_at(**PAID, source_id="pay-z", authorizations=(OURS, OTHER)),
        [(Problem.SECOND_CHARGE, 9900, Remedy.ANNOUNCE_SECOND)],
    ),
    "paid with less": (
        looked_at(**PAID, authorizations=(authorization("pay-a", 9000),)),
        [(Problem.LESS_HELD, 900, Remedy.ANNOUNCE_AMOUNT)],
    ),
    "paid with less by PayPal": (
        looked_at(**PAID, source_type="paypal_payments", authorizations=(authorization("pay-a", 9000),)),
        [(Problem.LESS_HELD, 900, Remedy.NOTHING)],
    ),
    "authorized for less": (
        looked_at(payment_status="partially_authorized", authorizations=(authorization("pay-a", 9000),)),
        [(Problem.LESS_HELD, 900, Remedy.ANNOUNCE_AMOUNT)],
    ),
    "unpaid and authorized for more": (
        looked_at(authorizations=(authorization("pay-a", 9950),)),
        [(Problem.MORE_HELD, 50, Remedy.ANNOUNCE_AMOUNT)],
    ),
    "paid with more": (
        looked_at(**PAID, authorizations=(authorization("pay-a", 9950),)),
        [(Problem.MORE_HELD, 50, Remedy.TELL_AMOUNT)],
    ),
    "paid with more, being edited": (
        looked_at(**PAID, status="editing", authorizations=(authorization("pay-a", 9950),)),
        [],
    ),
    "marked as another amount, without amounts": (
        looked_at(**PAID, mismatched=True, authorizations=(authorization("pay-a", None),)),
        [(Problem.LESS_HELD, None, Remedy.ANNOUNCE_AMOUNT)],
    ),
    "free": (looked_at(payment_status="free", source_type=None, source_id=None), []),
    "refunded": (looked_at(payment_status="refunded", authorizations=(OURS,)), []),
    "touched by nobody for long": (
        looked_at(at=START - 40 * 86400),
        [(Problem.PLACED_UNPAID, 9900, Remedy.CHECK_IF_ASKED)],
    ),
    "from before the last day": (
        looked_at(at=START - 2 * 86400),
        [(Problem.PLACED_UNPAID, 9900, Remedy.REPORT)],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_order_has_these_problems_of_so_much_money_and_no_other(name: str) -> None:
    order, expected = CASES[name]

    assert found(order) == expected


def test_second_charge_names_the_payment_and_when_it_was_charged() -> None:
    charged = authorization("pay-b", created_at=to_iso(START + 3))
    [finding] = examine(looked_at(**PAID, authorizations=(OURS, charged)), TIMES).findings

    assert (finding.payment, finding.since) == ("pay-b", to_iso(START + 3))


@pytest.mark.parametrize(
    ("order", "since"),
    [
        (looked_at(), START),
        (looked_at(**PAID, status="pending", placed_at=None, authorizations=(OURS,)), START + 9),
        (cancelled(), START + 9),
        (cancelled(cancelled_at=to_iso(START + 20)), START + 20),
        (looked_at(**PAID, authorizations=(authorization("pay-a", 1),)), START + 9),
    ],
    ids=["unpaid", "not placed", "paid after it was cancelled", "cancelled after it was paid", "less"],
)
def test_finding_says_since_when_the_order_is_stuck(order: Order, since: float) -> None:
    [finding] = examine(order, TIMES).findings

    assert finding.since == to_iso(since)


def test_finding_is_uncertain_where_voids_and_refunds_are_not_shown() -> None:
    certain = examine(cancelled(), TIMES).findings + examine(looked_at(reversals_known=False), TIMES).findings
    uncertain = examine(cancelled(reversals_known=False), TIMES).findings

    assert [each.is_certain for each in (*certain, *uncertain)] == [True, True, False]


@pytest.mark.parametrize(
    ("order", "apart"),
    [
        (looked_at(has_method=False, source_type=None, source_id=None), NEW_MODEL),
        (looked_at(**PAID, has_method=False, source_type=None, source_id=None), NEW_MODEL),
        (looked_at(source_type="wire_transfers"), "wire_transfers"),
        (looked_at(source_type="paypal_payments", payment_status="partially_paid"), "paypal_payments"),
        (looked_at(**PAID, source_type="wire_transfers"), None),
        (looked_at(source_type="wire_transfers", status="cancelled"), None),
        (looked_at(), None),
    ],
    ids=["new model", "new and paid", "transfer", "paypal in part", "transferred", "cancelled", "ours"],
)
def test_order_of_payments_that_cannot_be_refreshed_is_counted_apart(order: Order, apart: str | None) -> None:
    assert examine(order, TIMES).apart == apart


def test_order_with_money_and_without_authorizations_is_unseen() -> None:
    orders = [
        looked_at(**PAID, authorizations_known=False),
        looked_at(**PAID, authorizations=(OURS,)),
        looked_at(authorizations_known=False),
    ]

    assert [examine(each, TIMES).is_unseen for each in orders] == [True, False, False]


def test_each_remedy_has_its_words_of_one_sentence() -> None:
    assert set(WORDS) == set(Remedy)
    assert not any(words.endswith(".") or words[0].isupper() for words in WORDS.values())
