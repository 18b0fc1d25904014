"""The verdict on a payment: a pure function of its order, whatever the source of that order."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from payment_refresh.domain.watch import Notice

if TYPE_CHECKING:
    from payment_refresh.domain.order import Authorization, Order
    from payment_refresh.domain.payment import PaymentKey

MONEY = frozenset({"authorized", "paid", "partially_paid"})
"""Payment statuses in which money is authorized or captured."""

REVERSED = frozenset({"voided", "partially_voided", "refunded", "partially_refunded"})
PLACED = frozenset({"placed", "placing", "editing", "approved"})
"""Order statuses in which the shopper considers the order placed."""

UNPLACED = frozenset({"draft", "pending", "placing"})


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
    look_only
        Whether a refresh is pointless or must not be sent; only meaningful while pending.
    notice
        What else a person should know.
    failed_attempt
        Id of the newest failed authorization of this payment, while it is unpaid.
    """

    kind: Kind
    look_only: bool = False
    notice: Notice | None = None
    failed_attempt: str | None = None


def judge(order: Order, payment: PaymentKey) -> Verdict:
    """Derive the verdict on a payment from its order.

    An unknown payment status is pending: it must be checked again, never ended.
    """
    if order.payment_status in REVERSED:
        return Verdict(kind=Kind.CLOSED)
    if order.status == "cancelled":
        return _cancelled(order)
    if order.payment_status in MONEY:
        return _with_money(order, payment)
    if order.payment_status == "free":
        return Verdict(kind=Kind.CLOSED if order.status in UNPLACED else Kind.SETTLED)
    attempts = [attempt for attempt in order.authorizations if _is_of(attempt, order, payment)]
    covered = any(attempt.succeeded for attempt in attempts)
    mismatched = order.mismatched and order.source_id == payment.id
    if order.payment_status == "partially_authorized" or (mismatched and covered):
        return Verdict(kind=Kind.PENDING, look_only=True, notice=Notice.AMOUNT_MISMATCH)
    failed = _newest_failure(attempts)
    notice = Notice.ATTEMPT_FAILED if failed else None
    return Verdict(kind=Kind.PENDING, notice=notice, failed_attempt=failed)


def is_placed(order: Order) -> bool:
    """Return whether the shopper placed the order, even if it was cancelled since."""
    return order.status in PLACED or (order.status == "cancelled" and order.placed_at is not None)


def _cancelled(order: Order) -> Verdict:
    if order.payment_status in MONEY:
        return Verdict(kind=Kind.CLOSED, notice=Notice.ON_CANCELLED_ORDER)
    if order.payment_status == "free" or (order.payment_status == "unpaid" and order.placed_at is None):
        return Verdict(kind=Kind.CLOSED)
    # Cancelling voids an authorization; an unpaid order has none, so a debit in progress can still succeed.
    return Verdict(kind=Kind.PENDING, look_only=True)


def _with_money(order: Order, payment: PaymentKey) -> Verdict:
    superseded = order.source_id is not None and (order.source_type, order.source_id) != (payment.type, payment.id)
    if superseded and not payment.is_order:
        return Verdict(kind=Kind.CLOSED, notice=Notice.SUPERSEDED)
    return Verdict(kind=Kind.SETTLED_UNPLACED if order.status in UNPLACED else Kind.SETTLED)


def _is_of(attempt: Authorization, order: Order, payment: PaymentKey) -> bool:
    """An authorization without a payment source belongs to the order's current one."""
    return (attempt.payment_id or order.source_id) == payment.id


def _newest_failure(attempts: list[Authorization]) -> str | None:
    """Only an error code makes it a failure: ``succeeded: false`` alone may be a pending transaction."""
    failures = [attempt for attempt in attempts if attempt.error_code and not attempt.succeeded]
    newest = max(failures, key=lambda attempt: attempt.created_at or "", default=None)
    return newest.id if newest else None
