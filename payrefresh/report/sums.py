"""Sums of payments: how many, of how many orders, and the money of each currency. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payment_refresh.domain.watch import Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """Sum of some payments.

    Attributes
    ----------
    orders
        How many orders they are of.
    totals
        These orders' totals by currency, in its smallest unit; each order counts once.
    held
        What is held, as far as it is known: by these payments themselves where an order is charged twice, else by
        all payments of their orders.
    unknown
        Orders whose total is not known, and so in no sum.
    """

    payments: int = 0
    orders: int = 0
    totals: Mapping[str, int] = field(default_factory=dict)
    held: Mapping[str, int] = field(default_factory=dict)
    unknown: int = 0


@dataclass(slots=True)
class Summing:
    """What is summed up so far."""

    payments: int = 0
    _orders: set[str] = field(default_factory=set)
    _totals: Counter[str] = field(default_factory=Counter)
    _held: Counter[str] = field(default_factory=Counter)
    _unknown: int = 0

    def add(self, watch: Watch) -> None:
        """Add a payment."""
        self.payments += 1
        if watch.currency is not None:
            self._held[watch.currency] += watch.held_cents or 0
        order = watch.order_id or str(watch.key)
        if order in self._orders:
            return
        self._orders.add(order)
        if watch.amount_cents is None or watch.currency is None:
            self._unknown += 1
            return
        self._totals[watch.currency] += watch.amount_cents

    @property
    def sum(self) -> Sum:
        """The sum."""
        return Sum(
            payments=self.payments,
            orders=len(self._orders),
            totals=dict(sorted(self._totals.items())),
            held={currency: cents for currency, cents in sorted(self._held.items()) if cents},
            unknown=self._unknown,
        )
