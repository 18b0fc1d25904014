"""The memory of an environment from one batch to the next; it may be lost at any time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from payment_refresh.domain.payment import PaymentKey

OTHERS = 3
"""Payments whose refresh fails, with none of their type or none at all answered since: it is not their trouble."""


@dataclass(slots=True)
class Memory:
    """Which payments Commerce Layer showed lately, and whose refreshes fail; only the handler's thread uses it.

    Attributes
    ----------
    witnesses
        A payment of each type that a look showed, by type: while a list shows it, the list can be believed.
    failing
        Payments of each type whose refresh failed since the last one of that type that was answered.
    failing_alike
        Payments of any type whose refresh failed since the last one that was answered.
    """

    witnesses: dict[str, str] = field(default_factory=dict)
    failing: dict[str, set[str]] = field(default_factory=dict)
    failing_alike: set[PaymentKey] = field(default_factory=set)

    def saw(self, payment: PaymentKey) -> None:
        """Remember a payment that Commerce Layer showed."""
        self.witnesses[payment.type] = payment.id

    def refresh_answered(self, payment: PaymentKey) -> None:
        """Remember that refreshes of this type are answered."""
        self.failing.pop(payment.type, None)
        self.failing_alike.clear()

    def refresh_failed(self, payment: PaymentKey) -> bool:
        """Remember that a refresh failed; returns whether so many fail that it is no single payment's trouble."""
        failing = self.failing.setdefault(payment.type, set())
        failing.add(payment.id)
        self.failing_alike.add(payment)
        return max(len(failing), len(self.failing_alike)) >= OTHERS
