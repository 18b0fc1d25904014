"""Habits of an organization, and of Commerce Layer, that the documentation leaves open."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from payment_refresh.domain.order import Order


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """What differs from one organization to another.

    Attributes
    ----------
    forces, forces_placed
        Whether money that an older payment brings puts that payment back on the order: while it may be edited,
        and once it was placed.
    captures
        Whether an authorization is captured at once.
    touches
        Whether a refresh that changes nothing makes the order newer all the same.
    declines
        Whether a refresh of what is pending may answer 422.
    repeats
        Whether each refresh of a declined payment leaves a new failed attempt.
    shows_order
        Whether a payment's answer includes its order.
    shows_source
        Whether order events include the payment source.
    by_bus
        Whether order events come by a bus, without the authorizations.
    shows_authorizations, shows_reversals, shows_account
        Whether a look may include authorizations, voids and refunds, the payment gateway.
    """

    forces: bool = True
    forces_placed: bool = False
    captures: bool = False
    touches: bool = False
    declines: bool = False
    repeats: bool = False
    shows_order: bool = True
    shows_source: bool = True
    by_bus: bool = False
    shows_authorizations: bool = True
    shows_reversals: bool = True
    shows_account: bool = True

    def looked_at(self, order: Order) -> Order:
        """Show of an order what a look includes."""
        if not self.shows_authorizations:
            order = replace(order, authorizations=(), authorizations_known=False)
        if not self.shows_reversals:
            order = replace(order, reversals=(), reversals_known=False)
        return order if self.shows_account else replace(order, payment_gateway_type=None, payment_gateway_id=None)

    def announced(self, order: Order) -> Order:
        """Show of an order what its event includes: no voids and refunds."""
        order = replace(order, reversals=(), reversals_known=False)
        return replace(order, authorizations=(), authorizations_known=False) if self.by_bus else order


def listed(order: Order) -> Order:
    """Show of an order what a list of many includes: neither authorizations nor voids and refunds."""
    return replace(order, authorizations=(), authorizations_known=False, reversals=(), reversals_known=False)
