"""The verdict on a payment: a pure function of its order, whatever the source of that order."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from payment_refresh.domain.money import NOTHING, holdings, owner, total_held
from payment_refresh.domain.second_payment import SecondPayment, find_second_payment
from payment_refresh.domain.vocabulary import Notice, Reason

if TYPE_CHECKING:
    from payment_refresh.domain.order import Authorization, Order
    from payment_refresh.domain.payment import PaymentKey

MONEY = frozenset({"authorized", "paid", "partially_paid"})
"""Payment statuses in which money is authorized or captured."""

PARTLY = frozenset({"partially_authorized", "partially_paid"})
"""Payment statuses in which the money may be that of another payment, such as a gift card."""

COVERED = frozenset({"authorized", "paid"})
"""Payment statuses in which the money is all that the order costs, of whatever payments it is."""

REVERSED = frozenset({"voided", "partially_voided", "refunded", "partially_refunded"})
PLACED = frozenset({"placed", "placing", "editing", "approved"})
"""Order statuses in which the shopper considers the order placed."""

UNPLACED = frozenset({"draft", "pending", "placing"})

NO_FAILURE = frozenset({"", "pending", "received"})
"""Messages of a transaction that did not fail, as the vendor's dashboard reads them; any other is a failure's."""


class Kind(StrEnum):
    """The state of a payment, as its order shows it."""

    PENDING = "pending"
    SETTLED = "settled"
    SETTLED_UNPLACED = "settled_unplaced"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What an order shows of one payment.

    Attributes
    ----------
    kind
        Whether the payment is still pending, or how it ended.
    needs_look
        Whether the document does not show enough to decide: where it was no look, one must follow at once.
    look_only
        Whether a refresh is pointless or must not be sent; only meaningful while pending.
    is_cancelled
        Whether the placed order was cancelled and nobody paid it; only meaningful while pending.
    is_kept
        Whether a cancelled order still has money that came before the cancellation.
    is_replaced
        Whether the order has another payment source now, and is not paid.
    reason
        Why it is closed.
    notice
        What else a person should know.
    failed_attempt
        Id of the newest failed authorization of this payment, while it is unpaid.
    held_cents
        What the order's payments hold together; None where that cannot be read, or does not matter.
    second
        The payment that holds the order's money besides this one.
    """

    kind: Kind
    needs_look: bool = False
    look_only: bool = False
    is_cancelled: bool = False
    is_kept: bool = False
    is_replaced: bool = False
    reason: Reason | None = None
    notice: Notice | None = None
    failed_attempt: str | None = None
    held_cents: int | None = None
    second: SecondPayment | None = None

    @property
    def has_money(self) -> bool:
        """Whether the order has money that its shopper gave."""
        return self.kind in (Kind.SETTLED, Kind.SETTLED_UNPLACED) or self.is_kept

    @property
    def rank(self) -> tuple[bool, bool]:
        """Which of two states of the same moment counts: money beats no money, and an end beats pending."""
        is_end = self.kind in (Kind.SETTLED, Kind.CLOSED)
        return self.has_money or self.notice is Notice.ON_CANCELLED_ORDER, is_end


def judge(order: Order, payment: PaymentKey) -> Verdict:
    """Derive the verdict on a payment from its order.

    An unknown payment status is pending: it must be checked again, never ended. An order of the new payments model
    says nothing of its payments, unless they cover it: then whether it was placed counts as with any other.
    """
    if payment.is_order and is_new_model(order) and not _is_covered(order):
        return Verdict(kind=Kind.CLOSED)
    if order.payment_status in REVERSED:
        return Verdict(kind=Kind.CLOSED, reason=Reason.REVERSED)
    if order.payment_status == "free":
        is_settled = is_placed(order) and order.status not in UNPLACED | {"cancelled"}
        return Verdict(kind=Kind.SETTLED) if is_settled else Verdict(kind=Kind.CLOSED, reason=Reason.FREE)
    if order.status == "cancelled":
        return _cancelled(order, payment)
    if order.payment_status in MONEY:
        return _with_money(order, payment)
    return _unpaid(order, payment)


def is_placed(order: Order) -> bool:
    """Return whether the shopper placed the order, even if it was cancelled since."""
    return order.placed_at is not None or order.status in PLACED


def is_new_model(order: Order) -> bool:
    """Return whether the order is of the new payments model, whose payments cannot be refreshed.

    It is if the document shows such payments. What never has them (a look, an event of the old API version) leaves
    only the inference: it is placed, or has or had money, and has neither payment source nor payment method nor
    authorizations. A free order needs none of them in either model.
    """
    if order.payment is not None or order.has_sessions:
        return order.payment is None
    has_neither = order.source_known and order.source_id is None and order.has_method is False
    is_paid_somehow = is_placed(order) or order.payment_status in MONEY | PARTLY | REVERSED
    return has_neither and not order.authorizations and is_paid_somehow and order.payment_status != "free"


def is_replaced(order: Order, payment: PaymentKey) -> bool:
    """Whether the order is known to have another payment source than this one, or payments of the new model."""
    has_another = order.source_id is not None and (order.source_type, order.source_id) != (
        payment.type,
        payment.id,
    )
    return (has_another or is_new_model(order)) and not payment.is_order


def _is_covered(order: Order) -> bool:
    return order.payment_status in COVERED and order.status != "cancelled"


def _cancelled(order: Order, payment: PaymentKey) -> Verdict:
    if order.payment_status in MONEY or (
        order.payment_status == "partially_authorized" and _holds(order, payment)
    ):
        return _cancelled_with_money(order, payment)
    if order.payment_status not in ("unpaid", "partially_authorized"):
        return Verdict(kind=Kind.PENDING, look_only=True)
    if order.placed_at is None:
        return Verdict(kind=Kind.CLOSED, reason=Reason.CANCELLED)
    # Cancelling voids an authorization; an unpaid order has none, so a debit in progress can still succeed.
    return Verdict(kind=Kind.PENDING, is_cancelled=True)


def _cancelled_with_money(order: Order, payment: PaymentKey) -> Verdict:
    if is_replaced(order, payment) and not _holds(order, payment):
        needs_look = not order.authorizations_known
        return Verdict(kind=Kind.CLOSED, reason=Reason.CANCELLED, needs_look=needs_look)
    paid_at, cancelled_at = order.payment_updated_at, order.cancelled_at
    if paid_at is not None and cancelled_at is not None and paid_at < cancelled_at:
        return Verdict(kind=Kind.PENDING, look_only=True, is_kept=True)
    return Verdict(kind=Kind.CLOSED, reason=Reason.CANCELLED, notice=Notice.ON_CANCELLED_ORDER)


def _with_money(order: Order, payment: PaymentKey) -> Verdict:
    if is_replaced(order, payment):
        return _paid_otherwise(order, payment)
    if order.payment_status in PARTLY and not _holds(order, payment):
        return _unpaid(order, payment)
    held = total_held(order)
    notice, needs_look = None, False
    if order.status != "editing" and not payment.is_order:
        if held is not None and order.amount_cents is not None:
            notice = Notice.AMOUNT_MISMATCH if held < order.amount_cents else None
        elif order.mismatched or order.payment_status in PARTLY:
            notice, needs_look = Notice.AMOUNT_MISMATCH, True
    kind = Kind.SETTLED_UNPLACED if order.status in UNPLACED else Kind.SETTLED
    return Verdict(kind=kind, notice=notice, needs_look=needs_look or _is_part_unclear(order), held_cents=held)


def _paid_otherwise(order: Order, payment: PaymentKey) -> Verdict:
    """Money through another payment source: two charges where both hold it, which only a look can show."""
    second = find_second_payment(order, payment)
    return Verdict(
        kind=Kind.CLOSED,
        reason=Reason.REPLACED,
        notice=Notice.SUPERSEDED if second else None,
        needs_look=not (order.authorizations_known and order.reversals_known),
        held_cents=holdings(order).get(payment.id, NOTHING).cents,
        second=second,
    )


def _unpaid(order: Order, payment: PaymentKey) -> Verdict:
    attempts = [attempt for attempt in order.authorizations if owner(attempt, order) == payment.id]
    failed = _newest_failure(attempts)
    held = total_held(order)
    is_mismatch = _holds(order, payment) and order.status != "editing" and _is_another_amount(order, payment, held)
    if is_mismatch and not is_replaced(order, payment):
        # What was voided is not held, and an event does not show voids.
        return Verdict(
            kind=Kind.PENDING,
            needs_look=not order.reversals_known,
            look_only=True,
            notice=Notice.AMOUNT_MISMATCH,
            held_cents=held,
        )
    return Verdict(
        kind=Kind.PENDING,
        is_replaced=is_replaced(order, payment),
        # Whose the part is that is paid, only the authorizations show.
        needs_look=order.payment_status == "partially_paid" and not order.authorizations_known,
        notice=Notice.ATTEMPT_FAILED if failed else None,
        failed_attempt=failed,
    )


def _holds(order: Order, payment: PaymentKey) -> bool:
    """Whether this payment is known to hold money of the order."""
    return holdings(order).get(payment.id, NOTHING).is_money


def _is_part_unclear(order: Order) -> bool:
    """Whether a part of the order is held and the document does not show by which payment: order events do not."""
    is_named = all(each.payment_id is not None for each in order.authorizations if each.succeeded)
    return order.payment_status in PARTLY and not is_named


def _is_another_amount(order: Order, payment: PaymentKey, held: int | None) -> bool:
    if held is not None and order.amount_cents is not None:
        return held != order.amount_cents
    return order.payment_status == "partially_authorized" or (order.mismatched and order.source_id == payment.id)


def _newest_failure(attempts: list[Authorization]) -> str | None:
    """``succeeded: false`` alone may be a pending transaction: a code or a message makes it a failure."""
    failures = [attempt for attempt in attempts if not attempt.succeeded and _has_failed(attempt)]
    newest = max(failures, key=lambda attempt: attempt.created_at or "", default=None)
    return newest.id if newest else None


def _has_failed(attempt: Authorization) -> bool:
    return bool(attempt.error_code) or (attempt.message or "").strip().lower() not in NO_FAILURE
