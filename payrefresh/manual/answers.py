"""Answers: the outcome of a payment that somebody asked for, in words. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from payment_refresh.domain.verdict import Kind
from payment_refresh.domain.vocabulary import Notice, Reason, SettledBy, Status
from payment_refresh.domain.watch import NOT_FOUND

if TYPE_CHECKING:
    from payment_refresh.domain.payment import PaymentKey
    from payment_refresh.domain.watch import Watch


class Outcome(StrEnum):
    """What became of one payment."""

    SETTLED = "settled"
    CLOSED = "closed"
    PENDING = "pending"
    NOT_ANSWERED = "not answered"
    NOT_FOUND = "not found"
    DEAD_LETTERED = "dead-lettered"
    REPORTED = "reported"
    ABANDONED = "abandoned"
    DROPPED = "dropped"
    NOT_YET = "not asked yet"
    SENT = "sent"
    OTHER = "other"


WRONG_ONES = frozenset(
    {Outcome.NOT_ANSWERED, Outcome.NOT_FOUND, Outcome.DEAD_LETTERED, Outcome.REPORTED, Outcome.NOT_YET}
)
"""Outcomes with which somebody has still something to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of one payment.

    Attributes
    ----------
    text
        A sentence about it, without its outcome.
    row
        Its row, where there is one.
    """

    key: PaymentKey
    outcome: Outcome
    text: str
    row: Watch | None = None

    @property
    def name(self) -> str:
        """The payment, and its order's number where that is known."""
        number = self.row.order_number if self.row else None
        return f"{self.key} (order {number})" if number else str(self.key)

    @property
    def members(self) -> dict[str, object]:
        """The answer for JSON."""
        row = self.row
        return {
            "payment": str(self.key),
            "order_id": row.order_id if row else None,
            "order_number": row.order_number if row else None,
            "outcome": self.outcome.value,
            "text": self.text,
            "status": row.status.value if row else None,
            "round": row.round if row else None,
            "due_at": row.due_at if row and row.is_open else None,
        }


_ENDS = {
    Status.SETTLED: Outcome.SETTLED,
    Status.CLOSED: Outcome.CLOSED,
    Status.MISSING: Outcome.NOT_FOUND,
    Status.REPORTED: Outcome.REPORTED,
    Status.ABANDONED: Outcome.ABANDONED,
    Status.DEAD_LETTERED: Outcome.DEAD_LETTERED,
}
_REASONS = {
    Reason.STAYED_PENDING: "it stayed pending to the end",
    Reason.REFRESH_FAILING: "its refresh kept failing",
    Reason.CANNOT_PROCESS: "its processing kept failing",
    Reason.CANCELLED: "the order was cancelled",
    Reason.REPLACED: "the order has another payment",
    Reason.DELETED: "Commerce Layer has no such order any more",
    Reason.REVERSED: "the money was given back",
    Reason.FREE: "the order is free",
}
_NOTICES = {
    Notice.ATTEMPT_FAILED: "the shopper's last attempt failed",
    Notice.AMOUNT_MISMATCH: "the amount differs from the order's",
    Notice.SUPERSEDED: "another payment holds the order's money",
    Notice.ON_CANCELLED_ORDER: "money came to a cancelled order",
    Notice.KEPT_AFTER_CANCELLATION: "money is still held on a cancelled order",
    Notice.NOT_PLACED: "the order was not placed",
}
_SETTLED_BY = {SettledBy.REFRESH: "our refresh found the money", SettledBy.WEBHOOK: "the gateway's webhook came"}


def answer_of(row: Watch, now: float) -> Answer:
    """Say what a row shows, once it was asked."""
    if not row.is_open:
        return Answer(key=row.key, outcome=_ENDS.get(row.status, Outcome.OTHER), text=_end(row), row=row)
    again = f"asked again {in_words(row.due_at, now)}"
    if row.consecutive_failures:
        return Answer(key=row.key, outcome=Outcome.NOT_ANSWERED, text=f"{row.last_error}; {again}", row=row)
    last = row.checks[-1] if row.checks else None
    if last is None:
        return Answer(key=row.key, outcome=Outcome.NOT_YET, text=again, row=row)
    if last.verdict == NOT_FOUND:
        text = f"Commerce Layer lists no such {'order' if row.key.is_order else 'payment'}; {again}"
        return Answer(key=row.key, outcome=Outcome.NOT_FOUND, text=text, row=row)
    if last.verdict == Kind.SETTLED_UNPLACED:
        text = f"paid, but the order is not placed yet; {again}"
        return Answer(key=row.key, outcome=Outcome.PENDING, text=text, row=row)
    said = f"the order is {last.payment_status}" if last.payment_status else "the answer had no order"
    code = f", {_NOTICES.get(Notice(last.code), last.code)}" if last.code else ""
    return Answer(key=row.key, outcome=Outcome.PENDING, text=f"{said}{code}; {again}", row=row)


def _end(row: Watch) -> str:
    """How a watch ended."""
    if row.reason is Reason.ACKNOWLEDGED:
        return f"acknowledged: {row.note}"
    parts = []
    if row.settled_by is not None:
        parts.append(_SETTLED_BY.get(row.settled_by, row.settled_by.value))
    if row.reason is not None:
        parts.append(_REASONS.get(row.reason, row.reason.value))
    if row.notice is not None:
        parts.append(_NOTICES.get(row.notice, row.notice.value))
    return ", ".join(parts) or _BARE.get(row.status, row.status.value)


_BARE = {
    Status.SETTLED: "paid and placed",
    Status.CLOSED: "there is nothing to wait for",
    Status.MISSING: "Commerce Layer has no such payment any more",
    Status.ABANDONED: "the cart was given up",
}


def in_words(due_at: int | None, now: float) -> str:
    """About how long it is until then."""
    left = 0 if due_at is None else due_at - now
    if left <= 0:
        return "at the next sweep"
    for unit, seconds in (("d", 86400), ("h", 3600), ("min", 60)):
        if left >= 2 * seconds:
            return f"in {left / seconds:.0f} {unit}"
    return f"in {left:.0f} s"
