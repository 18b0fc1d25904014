"""The verdict table of the design: orders with money, without any more, and cancelled ones."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from payment_refresh.domain.order_document import read_order
from payment_refresh.domain.payment import ORDERS, PaymentKey
from payment_refresh.domain.verdict import Kind, Verdict, is_placed, judge
from payment_refresh.domain.vocabulary import Notice, Reason
from tests.support import samples
from tests.unit import payloads
from tests.unit.payloads import OTHER_ID, PAYMENT, through
from tests.unit.strategies import orders

SETTLED, UNPLACED = Verdict(kind=Kind.SETTLED), Verdict(kind=Kind.SETTLED_UNPLACED)
REVERSED_VERDICT = Verdict(kind=Kind.CLOSED, reason=Reason.REVERSED)
FREE = Verdict(kind=Kind.CLOSED, reason=Reason.FREE)
CANCELLED = Verdict(kind=Kind.CLOSED, reason=Reason.CANCELLED)
ON_CANCELLED = Verdict(kind=Kind.CLOSED, reason=Reason.CANCELLED, notice=Notice.ON_CANCELLED_ORDER)
STILL_CANCELLED = Verdict(kind=Kind.PENDING, is_cancelled=True)
KEPT = Verdict(kind=Kind.PENDING, look_only=True, is_kept=True)

FULL = ("authorized", "paid")
MONEY = (*FULL, "partially_paid")
REVERSED = ("voided", "partially_voided", "refunded", "partially_refunded")
STATUSES = ("draft", "pending", "placing", "placed", "editing", "approved", "cancelled", "on_hold")
BEFORE, AFTER = "2026-01-31T12:10:00.000Z", "2026-01-31T12:30:00.000Z"
AT_BOTH = "2026-01-31T12:20:00.000Z"


class TestMoney:
    """Money settles a payment; whether the order is placed, its status says."""

    @pytest.mark.parametrize("payment_status", [*FULL, "free"])
    @pytest.mark.parametrize("status", ["placed", "approved", "editing"])
    def test_money_on_a_placed_order_is_settled(self, status: str, payment_status: str) -> None:
        assert judge(payloads.order(status=status, payment_status=payment_status), PAYMENT) == SETTLED

    @pytest.mark.parametrize("placed_at", [None, payloads.PLACED])
    @pytest.mark.parametrize("payment_status", FULL)
    @pytest.mark.parametrize("status", ["pending", "draft", "placing"])
    def test_money_on_an_order_whose_status_is_not_placed_is_settled_unplaced(
        self, status: str, payment_status: str, placed_at: str | None
    ) -> None:
        """A placement that failed may leave its ``placed_at``."""
        order = payloads.order(status=status, payment_status=payment_status, placed_at=placed_at)

        assert judge(order, PAYMENT) == UNPLACED

    def test_money_on_an_order_of_an_unknown_status_is_settled(self) -> None:
        assert judge(payloads.order(status="on_hold", payment_status="paid"), PAYMENT) == SETTLED

    def test_money_on_an_order_that_does_not_show_its_payment_is_this_ones(self) -> None:
        order = read_order(payloads.document(payment_status="authorized"))

        assert judge(order, PAYMENT) == SETTLED
        assert judge(order, PaymentKey(ORDERS, order.id)) == SETTLED

    def test_part_of_the_money_from_this_payment_is_settled(self) -> None:
        order = payloads.order(payment_status="partially_paid", attempts=[through("a", 9900)])

        assert judge(order, PAYMENT) == Verdict(kind=Kind.SETTLED, held_cents=9900)


class TestHeld:
    """Less held than the order costs is an amount mismatch; more is none, nor is an order being edited."""

    @pytest.mark.parametrize(
        ("attempts", "status", "held", "notice"),
        [
            ([through("a", 9900)], "placed", 9900, None),
            ([through("a", 9899)], "placed", 9899, Notice.AMOUNT_MISMATCH),
            ([through("a", 9901)], "placed", 9901, None),
            ([through("a", 1)], "editing", 1, None),
            ([through("a", 5000), through("b", 4900, of=OTHER_ID)], "placed", 9900, None),
            (
                [through("a", 5000, gateway_transaction_id="t"), through("b", 5000, gateway_transaction_id="t")],
                "placed",
                5000,
                Notice.AMOUNT_MISMATCH,
            ),
        ],
        ids=["all", "a cent less", "a cent more", "being edited", "split", "one transaction twice"],
    )
    def test_the_amounts_of_the_authorizations_decide(
        self, attempts: list[payloads.Json], status: str, held: int, notice: Notice | None
    ) -> None:
        order = payloads.order(
            source=payloads.payment(mismatched_amounts=True),
            attempts=attempts,
            payment_status="authorized",
            status=status,
        )

        assert judge(order, PAYMENT) == Verdict(kind=Kind.SETTLED, held_cents=held, notice=notice)

    def test_where_they_cannot_be_read_the_flag_does_and_a_look_must_confirm(self) -> None:
        order = payloads.order(source=payloads.payment(mismatched_amounts=True), payment_status="paid")

        assert judge(order, PAYMENT) == Verdict(kind=Kind.SETTLED, notice=Notice.AMOUNT_MISMATCH, needs_look=True)

    def test_where_only_the_order_is_known_no_amount_is_announced(self) -> None:
        order = payloads.order(attempts=[through("a", 1)], payment_status="paid")

        assert judge(order, PaymentKey(ORDERS, order.id)).notice is None

    def test_an_order_without_an_amount_is_judged_by_the_flag(self) -> None:
        order = payloads.order(
            attempts=[through("a", 1)], payment_status="paid", total_amount_with_taxes_cents=None
        )

        assert judge(order, PAYMENT) == Verdict(kind=Kind.SETTLED, held_cents=1)


class TestFreeAndReversed:
    """Nothing is held, so nothing is to be announced but that it is over (docs/adr/0004)."""

    @pytest.mark.parametrize("status", ["pending", "draft"])
    def test_a_free_order_that_is_not_placed_is_closed(self, status: str) -> None:
        assert judge(payloads.order(status=status, payment_status="free", placed_at=None), PAYMENT) == FREE

    @pytest.mark.parametrize("placed_at", [None, payloads.PLACED])
    def test_a_free_order_that_was_cancelled_is_closed(self, placed_at: str | None) -> None:
        order = payloads.order(status="cancelled", payment_status="free", placed_at=placed_at)

        assert judge(order, PAYMENT) == FREE

    @pytest.mark.parametrize("payment_status", REVERSED)
    @pytest.mark.parametrize("status", STATUSES)
    def test_money_given_back_is_closed(self, status: str, payment_status: str) -> None:
        assert judge(payloads.order(status=status, payment_status=payment_status), PAYMENT) == REVERSED_VERDICT


class TestCancelled:
    """A cart is closed; a placed order is asked on, since a debit under way can still succeed."""

    @pytest.mark.parametrize(
        ("payment_status", "placed_at", "verdict"),
        [
            ("unpaid", None, CANCELLED),
            ("unpaid", payloads.PLACED, STILL_CANCELLED),
            ("partially_authorized", payloads.PLACED, STILL_CANCELLED),
            ("partially_authorized", None, CANCELLED),
            ("authorized", payloads.PLACED, ON_CANCELLED),
            ("paid", None, ON_CANCELLED),
            ("partially_paid", payloads.PLACED, ON_CANCELLED),
            ("of the future", None, Verdict(kind=Kind.PENDING, look_only=True)),
        ],
    )
    def test_without_a_time_any_money_is_after_the_cancellation(
        self, payment_status: str, placed_at: str | None, verdict: Verdict
    ) -> None:
        order = payloads.order(status="cancelled", payment_status=payment_status, placed_at=placed_at)

        assert judge(order, PAYMENT) == verdict

    @pytest.mark.parametrize(
        ("paid_at", "cancelled_at", "verdict"),
        [
            (BEFORE, AFTER, KEPT),
            (AFTER, BEFORE, ON_CANCELLED),
            (AT_BOTH, AT_BOTH, ON_CANCELLED),
            (None, AFTER, ON_CANCELLED),
            (BEFORE, None, ON_CANCELLED),
        ],
        ids=["before", "after", "at once", "money undated", "cancellation undated"],
    )
    @pytest.mark.parametrize("payment_status", MONEY)
    def test_money_that_came_before_is_looked_at_once_more(
        self, payment_status: str, paid_at: str | None, cancelled_at: str | None, verdict: Verdict
    ) -> None:
        order = payloads.order(
            status="cancelled",
            payment_status=payment_status,
            payment_updated_at=paid_at,
            cancelled_at=cancelled_at,
        )

        assert judge(order, PAYMENT) == verdict

    def test_part_of_the_money_is_money_only_where_this_payment_holds_it(self) -> None:
        part: dict[str, Any] = {"status": "cancelled", "payment_status": "partially_authorized"}

        assert judge(payloads.order(attempts=[through("a", 5000)], **part), PAYMENT) == ON_CANCELLED
        others = payloads.order(attempts=[through("a", 5000, of=OTHER_ID)], **part)
        assert judge(others, PAYMENT) == STILL_CANCELLED

    @pytest.mark.parametrize(
        ("attempts", "verdict"),
        [
            (None, Verdict(kind=Kind.CLOSED, reason=Reason.CANCELLED, needs_look=True)),
            ([], CANCELLED),
            ([through("a", of=OTHER_ID)], CANCELLED),
            ([through("a")], ON_CANCELLED),
        ],
        ids=["not shown", "none", "of the other", "of this one too"],
    )
    def test_what_another_payment_paid_is_that_ones(
        self, attempts: list[payloads.Json] | None, verdict: Verdict
    ) -> None:
        order = payloads.order(
            source=payloads.payment(id_=OTHER_ID), attempts=attempts, status="cancelled", payment_status="paid"
        )

        assert judge(order, PAYMENT) == verdict


@pytest.mark.parametrize(
    ("status", "placed_at", "placed"),
    [
        ("draft", None, False),
        ("pending", None, False),
        ("placing", None, True),
        ("placed", None, True),
        ("editing", None, True),
        ("approved", None, True),
        ("cancelled", None, False),
        ("on_hold", None, False),
        ("cancelled", payloads.PLACED, True),
        ("on_hold", payloads.PLACED, True),
        ("pending", payloads.PLACED, True),
    ],
)
def test_an_order_is_placed_that_has_the_time_of_it_or_its_status(
    status: str, placed_at: str | None, placed: bool
) -> None:
    assert is_placed(payloads.order(status=status, placed_at=placed_at)) is placed


class TestRank:
    """Of two states of the same moment, money beats no money and an end beats pending."""

    @pytest.mark.parametrize(
        ("changes", "rank"),
        [
            ({}, (False, False)),
            ({"payment_status": "paid"}, (True, True)),
            ({"payment_status": "paid", "status": "pending"}, (True, False)),
            ({"payment_status": "voided"}, (False, True)),
            ({"payment_status": "paid", "status": "cancelled"}, (True, True)),
            (
                {
                    "payment_status": "paid",
                    "status": "cancelled",
                    "payment_updated_at": BEFORE,
                    "cancelled_at": AFTER,
                },
                (True, False),
            ),
        ],
        ids=["pending", "settled", "not placed", "closed", "on a cancelled order", "kept"],
    )
    def test_it_orders_the_verdicts_of_one_moment(self, changes: dict[str, Any], rank: tuple[bool, bool]) -> None:
        assert judge(payloads.order(**changes), PAYMENT).rank == rank


@given(orders)
def test_only_what_is_pending_may_be_asked_again(order: Any) -> None:
    verdict = judge(order, samples.key())

    if verdict.kind is not Kind.PENDING:
        assert order.payment_status in (*MONEY, *REVERSED, "free") or order.status == "cancelled"
        flags = (verdict.look_only, verdict.is_cancelled, verdict.is_kept, verdict.is_replaced)
        assert not any(flags)
        assert verdict.failed_attempt is None
    if order.payment_status in FULL:
        assert verdict.kind is not Kind.PENDING or verdict.is_kept
    if order.payment_status == "new":
        assert verdict.kind is Kind.PENDING
    assert (verdict.reason is not None) is (verdict.kind is Kind.CLOSED)
    assert (verdict.second is not None) is (verdict.notice is Notice.SUPERSEDED)
