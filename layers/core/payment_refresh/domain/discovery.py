"""Which orders discover lists: three classes of orders that may be stuck, each within a window of time. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.domain.cursor import Pass
from payment_refresh.domain.payment import REFRESHABLE
from payment_refresh.domain.verdict import MONEY, PLACED
from payment_refresh.times import to_iso

if TYPE_CHECKING:
    from payment_refresh.domain.cursor import Cursor
    from payment_refresh.domain.order import Order
    from payment_refresh.domain.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Orders to list.

    Attributes
    ----------
    name
        ``placed``, ``unplaced`` or ``carts``.
    payment_types
        Types of payment sources; None where any will do.
    updated_from, updated_until
        Bounds of the orders' ``updated_at``, both inclusive.
    """

    name: str
    statuses: frozenset[str]
    payment_statuses: frozenset[str]
    payment_types: frozenset[str] | None
    updated_from: str
    updated_until: str

    def wants(self, order: Order) -> bool:
        """Tell whether an order belongs here, whatever filters the API took."""
        if order.status not in self.statuses or order.payment_status not in self.payment_statuses:
            return False
        if order.updated_at is None or not self.updated_from <= order.updated_at <= self.updated_until:
            return False
        # Where the source was not told, the order's own row will find it.
        return self.payment_types is None or not order.source_known or order.source_type in self.payment_types


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """How far back discover looks, in seconds.

    Attributes
    ----------
    after
        How long an unpaid order must have been unchanged: its own events get that long to arrive.
    placed
        Length of the window for placed orders, and for paid ones that were not placed.
    carts
        Length of the window for carts; None where carts are left alone.
    """

    after: int
    placed: int
    carts: int | None

    @property
    def passes(self) -> tuple[Pass, ...]:
        """The kinds of passes a run works on, in this order."""
        return (Pass.ORDERS,) if self.carts is None else (Pass.ORDERS, Pass.CARTS)


def listings(cursor: Cursor, window: Window, policy: Policy) -> tuple[Listing, ...]:
    """Say what the pass under way lists.

    A pass that is whole lists the window; any other what changed since the last complete pass.
    """
    begun_at = cursor.begun_at or 0

    def bounds(length: int, after: int) -> dict[str, str]:
        since = begun_at - length if cursor.whole else (cursor.complete_to or 0) - after
        return {"updated_from": to_iso(since), "updated_until": to_iso(begun_at - after)}

    refreshable = frozenset(REFRESHABLE)
    unpaid = frozenset({"unpaid"})
    if cursor.of is Pass.CARTS:
        carts = Listing(
            name="carts",
            statuses=frozenset({"pending"}),
            payment_statuses=unpaid,
            payment_types=refreshable,
            **bounds(window.carts or 0, window.after),
        )
        return (carts,)
    placed = Listing(
        name="placed",
        statuses=PLACED,
        payment_statuses=unpaid,
        payment_types=refreshable,
        **bounds(window.placed, window.after),
    )
    unplaced = Listing(
        name="unplaced",
        statuses=frozenset({"pending"}),
        payment_statuses=MONEY,
        payment_types=None,
        **bounds(window.placed, policy.unplaced_after),
    )
    return placed, unplaced
