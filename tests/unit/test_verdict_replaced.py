"""The verdict on payments of orders that were paid through another payment source."""

from __future__ import annotations

import pytest

from payment_refresh.domain.payment import ORDERS, PaymentKey
from payment_refresh.domain.verdict import Kind, Verdict, judge
from payment_refresh.domain.vocabulary import Evidence, Notice, Reason
from tests.unit import payloads
from tests.unit.payloads import OTHER, OTHER_ID, PAYMENT, reversal, through

SETTLED = Verdict(kind=Kind.SETTLED)
MONEY = ("authorized", "paid", "partially_paid")


class TestPaidOtherwise:
    """Paid through another payment source: closed quietly; superseded only where both hold the money."""

    other = payloads.payment(id_=OTHER_ID)

    @pytest.mark.parametrize("status", ["pending", "placed", "approved"])
    @pytest.mark.parametrize("payment_status", MONEY)
    def test_it_is_closed_and_a_document_that_shows_no_transactions_asks_for_a_look(
        self, status: str, payment_status: str
    ) -> None:
        order = payloads.order(source=self.other, status=status, payment_status=payment_status)

        assert judge(order, PAYMENT) == Verdict(
            kind=Kind.CLOSED, reason=Reason.REPLACED, needs_look=True, held_cents=0
        )

    @pytest.mark.parametrize(
        ("attempts", "back", "held", "notice"),
        [
            ([through("b", of=OTHER_ID)], [], 0, None),
            ([through("a"), through("b", of=OTHER_ID)], [], 9900, Notice.SUPERSEDED),
            ([through("a"), through("b", of=OTHER_ID)], [reversal("voids", "v")], 0, None),
            ([through("a", 4900), through("b", 5000, of=OTHER_ID)], [], 4900, None),
        ],
        ids=["only the other", "both", "ours was voided", "split"],
    )
    def test_what_both_payments_hold_decides(
        self, attempts: list[payloads.Json], back: list[payloads.Json], held: int, notice: Notice | None
    ) -> None:
        verdict = judge(
            payloads.order(source=self.other, attempts=attempts, back=back, payment_status="paid"), PAYMENT
        )

        assert (verdict.kind, verdict.reason, verdict.needs_look) == (Kind.CLOSED, Reason.REPLACED, False)
        assert (verdict.held_cents, verdict.notice) == (held, notice)
        assert (verdict.second is None) is (notice is None)

    def test_the_second_payment_is_named_with_its_evidence(self) -> None:
        attempts = [through("a", 9900), through("b", 10_000, of=OTHER_ID)]

        verdict = judge(
            payloads.order(source=self.other, attempts=attempts, back=[], payment_status="paid"), PAYMENT
        )

        assert verdict.second is not None
        assert (verdict.second.payment_id, verdict.second.held_cents) == (OTHER_ID, 10_000)
        assert verdict.second.evidence is Evidence.MONEY

    def test_a_payment_of_another_type_with_the_same_id_is_another_payment(self) -> None:
        order = payloads.order(
            source=payloads.payment("paypal_payments"), attempts=[], back=[], payment_status="paid"
        )

        assert judge(order, PAYMENT).reason is Reason.REPLACED

    def test_the_current_payment_and_the_orders_own_row_are_settled_by_it(self) -> None:
        order = payloads.order(source=self.other, payment_status="paid")

        assert judge(order, OTHER) == judge(order, PaymentKey(ORDERS, order.id)) == SETTLED


def test_the_second_payment_is_never_this_one() -> None:
    order = payloads.order(attempts=[through("a"), through("b", of=None)], back=[], payment_status="paid")

    assert judge(order, PAYMENT).second is None
