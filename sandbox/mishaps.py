"""Mishaps of orders: things are deleted, given back, paid twice, or reported wrongly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.resources import SOURCE_TYPES
from sandbox.store import Record, iso, new_id
from sandbox.transactions import money

if TYPE_CHECKING:
    import random

    from sandbox.config import Clock
    from sandbox.organization import Organization, Publish
    from sandbox.store import Store

_PART = 0.3
"""Share of an order's cost that a gift card covers."""


class Mishaps:
    """Does such things to the orders of one organization."""

    def __init__(self, store: Store, organization: Organization, clock: Clock, publish: Publish) -> None:
        self._store = store
        self._organization = organization
        self._clock = clock
        self._publish = publish

    def delete_order(self, order: Record) -> None:
        """Delete an order, and its payments with it."""
        for payment in self._payments(order):
            self._store.remove(payment.ref)
        self._store.remove(order.ref)

    def delete_payment(self, order: Record, payment: Record) -> None:
        """Delete a payment; the order has no payment source then."""
        if order.one.get("payment_source") == payment.ref:
            del order.one["payment_source"]
        self._organization.touch(order)
        self._store.remove(payment.ref)

    def orphan(self, order: Record) -> None:
        """Delete an order, but none of its payments: they have no order then."""
        for payment in self._payments(order):
            del payment.one["order"]
        self._store.remove(order.ref)

    def give_back(self, order: Record) -> None:
        """Void what is authorized, or refund what is captured."""
        if order.attributes["payment_status"] == "authorized":
            self._organization.void(order)
        elif order.attributes["payment_status"] == "paid":
            self._organization.refund(order)

    def make_free(self, order: Record) -> None:
        """Let a voucher cover all that the order costs."""
        for name in ("total_amount", "total_amount_with_taxes"):
            order.attributes |= money(name, 0)
        self._organization.set_payment_status(order, "free")

    def pay_part(self, order: Record, ids: random.Random) -> None:
        """Authorize a part of what the order costs by a payment of its own, such as a gift card."""
        now = iso(self._clock())
        card = Record("paypal_payments", new_id(ids), {"created_at": now, "updated_at": now})
        card.one["order"] = order.ref
        self._organization.add_authorization(
            order, self._store.add(card), round(order.attributes["total_amount_cents"] * _PART)
        )
        self._organization.set_payment_status(order, "partially_authorized")

    def charge_again(self, order: Record, payment: Record) -> None:
        """Let Commerce Layer learn that a payment was authorized too that is not the order's any more."""
        self._organization.touch(order)
        self._organization.add_authorization(order, payment, order.attributes["total_amount_cents"])

    def tell_before(self, order: Record) -> None:
        """Send an event of the order's present moment that shows it without its money."""
        before = order.copy()
        before.attributes |= {"payment_status": "unpaid", "payment_updated_at": None}
        before.many["authorizations"] = before.many["captures"] = ()
        self._publish("orders.place", before)

    def _payments(self, order: Record) -> list[Record]:
        payments = (payment for kind in SOURCE_TYPES for payment in self._store.all(kind))
        return [payment for payment in payments if payment.one.get("order") == order.ref]
