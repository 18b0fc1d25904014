"""The lists of orders that an audit reads: together, all that can be stuck. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.domain.discovery import UNSETTLED
from payment_refresh.domain.verdict import MONEY, PARTLY, PLACED, UNPLACED

if TYPE_CHECKING:
    from payment_refresh.domain.order import Order

CARTS = UNPLACED - PLACED
"""Statuses of orders that nobody placed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """A list of orders.

    Attributes
    ----------
    name
        As the state of an audit names it.
    title
        As progress names it.
    statuses
        The orders' statuses; or, where ``is_inverted``, all statuses but these, those that nobody knows yet
        included.
    """

    name: str
    title: str
    statuses: frozenset[str]
    payment_statuses: frozenset[str]
    is_inverted: bool = False

    def wants(self, order: Order, changed_from: str) -> bool:
        """Return whether an order is on this list, as the API may not have accepted all filters."""
        return (
            (order.status in self.statuses) is not self.is_inverted
            and order.payment_status in self.payment_statuses
            and (order.updated_at is None or order.updated_at >= changed_from)
        )


SCANS = (
    Scan(
        name="unpaid",
        title="placed orders that are not paid",
        statuses=CARTS | {"cancelled"},
        is_inverted=True,
        payment_statuses=UNSETTLED - MONEY,
    ),
    Scan(
        name="unplaced",
        title="paid orders that are not placed",
        statuses=CARTS,
        payment_statuses=MONEY | PARTLY,
    ),
    Scan(
        name="cancelled",
        title="cancelled orders with money",
        statuses=frozenset({"cancelled"}),
        payment_statuses=MONEY | PARTLY,
    ),
    Scan(
        name="paid",
        title="placed orders with money",
        statuses=CARTS | {"cancelled"},
        is_inverted=True,
        payment_statuses=MONEY,
    ),
)
"""The shortest first: the last one has nearly all orders, and only it shows second charges and other amounts."""
