"""The orders that discover lists: kinds that may be stuck, each within a time window. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.domain.cursor import Pass
from payment_refresh.domain.payment import REFRESHABLE
from payment_refresh.domain.verdict import MONEY, PLACED, UNPLACED
from payment_refresh.times import to_iso

if TYPE_CHECKING:
    from payment_refresh.domain.cursor import Cursor
    from payment_refresh.domain.order import Order
    from payment_refresh.domain.policy import Policy
    from payment_refresh.domain.window import Window

UNSETTLED = frozenset({"unpaid", "partially_authorized", "partially_paid"})
"""Payment statuses in which a refresh may bring what is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A query for orders that may be stuck.

    Attributes
    ----------
    name
        ``placed``, ``unplaced``, ``cancelled`` or ``carts``.
    payment_types
        Types of payment sources; None for any.
    updated_from
        Earliest ``updated_at`` of the orders, inclusive.
    quiet_since
        Latest ``updated_at``, inclusive; of placed orders the latest ``placed_at``, since others may touch them at
        any time.
    """

    name: str
    statuses: frozenset[str]
    payment_statuses: frozenset[str]
    payment_types: frozenset[str] | None
    updated_from: str
    quiet_since: str

    @property
    def updated_until(self) -> str | None:
        """Latest ``updated_at`` to ask for; None for any."""
        return None if self.name == "placed" else self.quiet_since

    def wants(self, order: Order) -> bool:
        """Return whether an order matches, as the API may not have accepted all filters."""
        if order.status not in self.statuses or order.payment_status not in self.payment_statuses:
            return False
        if order.updated_at is None or order.updated_at < self.updated_from:
            return False
        quiet_from = (order.placed_at if self.name == "placed" else None) or order.updated_at
        if quiet_from > self.quiet_since:
            return False
        # Without a known payment source, the order gets a row of its own, whose check finds the payment.
        return self.payment_types is None or not order.source_known or order.source_type in self.payment_types


def listings(cursor: Cursor, window: Window, policy: Policy) -> tuple[Listing, ...]:
    """Return the listings of the pass in progress.

    A whole pass covers the entire window, any other only what changed since the last complete pass.
    """
    begun_at = cursor.begun_at or 0

    def bounds(length: int, after: int) -> dict[str, str]:
        since = begun_at - length if cursor.whole else (cursor.complete_to or 0) - after
        return {"updated_from": to_iso(since), "quiet_since": to_iso(begun_at - after)}

    refreshable = frozenset(REFRESHABLE)
    if cursor.of is Pass.CARTS:
        carts = Listing(
            name="carts",
            statuses=frozenset({"pending"}),
            payment_statuses=UNSETTLED,
            payment_types=refreshable,
            **bounds(window.carts or 0, window.after),
        )
        return (carts,)
    placed = Listing(
        name="placed",
        statuses=PLACED,
        payment_statuses=UNSETTLED,
        payment_types=refreshable,
        **bounds(window.placed, window.after),
    )
    unplaced = Listing(
        name="unplaced",
        statuses=UNPLACED,
        payment_statuses=MONEY,
        payment_types=None,
        **bounds(window.placed, policy.unplaced_after),
    )
    cancelled = Listing(
        name="cancelled",
        statuses=frozenset({"cancelled"}),
        payment_statuses=MONEY,
        payment_types=refreshable,
        **bounds(window.placed, policy.unplaced_after),
    )
    return placed, unplaced, cancelled
