"""Contents of the order webhooks that arrived: the payments a listener must know of, and those that ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.organization import OPEN

if TYPE_CHECKING:
    from sandbox.query import Tree
    from sandbox.store import Record, Ref

UNPLACED = ("draft", "pending", "placing")
"""Statuses in which an order is not placed, whatever its payment is."""

REVERSED = ("voided", "refunded", "partially_refunded")
"""Payment statuses of an order whose money was given back."""


@dataclass(frozen=True, slots=True)
class News:
    """State of a payment in one order event, in which it was the order's payment source.

    `ended`: the order no longer waits for this payment; money on an order that is not placed is no end, nor is
    money that came before a cancellation: it may still be given back. `paid`: it shows the payment's money.
    """

    payment: Ref
    ended: bool
    paid: bool


@dataclass(slots=True)
class Heard:
    """All news that a receiver has answered with success."""

    open: set[Ref] = field(default_factory=set)
    """Payments that an event showed while they were waited for: a listener must watch them."""
    ended: set[Ref] = field(default_factory=set)
    """Payments whose end an event reported."""
    paid_at: dict[Ref, float] = field(default_factory=dict)
    """When the first event that shows a payment's money had been taken; epoch seconds."""

    def add(self, news: News, at: float) -> None:
        """Take an event into account that had been delivered ``at`` (epoch seconds)."""
        (self.ended if news.ended else self.open).add(news.payment)
        if news.paid:
            self.paid_at.setdefault(news.payment, at)


def news_of(record: Record, include: Tree) -> News | None:
    """Read an event; None for what is no order event, or names no payment source."""
    source = record.one.get("payment_source")
    if record.type != "orders" or source is None or "payment_source" not in include:
        return None
    status, paid = record.attributes["status"], record.attributes["payment_status"]
    if status == "draft" and paid in OPEN:
        return None
    return News(source, ended=_has_ended(record, status, paid), paid=paid in ("authorized", "paid"))


def is_kept(order: Record) -> bool:
    """Say whether the money of a cancelled order came before the cancellation."""
    attributes = order.attributes
    paid_at = attributes.get("payment_updated_at")
    return attributes["status"] == "cancelled" and paid_at is not None and paid_at < attributes["cancelled_at"]


def _has_ended(order: Record, status: str, paid: str) -> bool:
    if paid in OPEN:
        return status == "cancelled" and order.attributes.get("placed_at") is None
    if paid == "free" or paid in REVERSED:
        return True
    return status not in UNPLACED and not is_kept(order)
