"""Contents of the order webhooks that arrived: the payments a listener must know of, and those that ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.query import Tree
    from sandbox.store import Record, Ref


@dataclass(frozen=True, slots=True)
class News:
    """State of a payment in one order event, in which it was the order's payment source.

    `ended`: the order no longer waits for this payment; money on an order that is not placed is no end.
    """

    payment: Ref
    ended: bool


@dataclass(slots=True)
class Heard:
    """All news that a receiver has answered with success."""

    open: set[Ref] = field(default_factory=set)
    """Payments that an event showed while they were waited for: a listener must watch them."""
    ended: set[Ref] = field(default_factory=set)
    """Payments whose end an event reported."""

    def add(self, news: News) -> None:
        """Take a delivered event into account."""
        (self.ended if news.ended else self.open).add(news.payment)


def news_of(record: Record, include: Tree) -> News | None:
    """Read an event; None for what is no order event, or names no payment source."""
    source = record.one.get("payment_source")
    if record.type != "orders" or source is None or "payment_source" not in include:
        return None
    status, placed = record.attributes["status"], record.attributes.get("placed_at") is not None
    if status == "draft":
        return None
    if record.attributes["payment_status"] == "unpaid":
        return News(source, ended=status == "cancelled" and not placed)
    return News(source, ended=status not in ("pending", "placing"))
