"""The merchant's orders and how they move; every move is published as the webhook topics it fires."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.payments import PAYMENT_KINDS, fill
from sandbox.store import Record, Store, epoch, iso, new_id

if TYPE_CHECKING:
    from sandbox.config import Clock

type Publish = Callable[[str, Record], None]
"""Takes a topic, e.g. ``orders.place``, and the record as it is now."""

EDITABLE = ("draft", "pending", "editing")
"""Statuses in which a gateway's success can still change the payment source."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An order to be made, with the payment its shopper will choose."""

    order_id: str
    number: str
    payment_type: str
    payment_id: str
    amount_cents: int = 4200
    auto_capture: bool = False
    auto_place: bool = False
    place_async: bool = False


@dataclass(frozen=True, slots=True)
class Decline:
    """Why a gateway refused an attempt."""

    error_code: str = "card_declined"
    message: str = "Your card was declined."


class Organization:
    """Orders, payment methods, payments and transactions of one merchant."""

    def __init__(self, store: Store, clock: Clock, publish: Publish) -> None:
        self._store = store
        self._clock = clock
        self._publish = publish
        self._ids = random.Random(0)  # noqa: S311 - ids of methods and transactions, nothing secret

    def create(self, draft: Draft) -> Record:
        """Make an order in draft."""
        amount = draft.amount_cents
        now = iso(self._clock())
        order = Record("orders", draft.order_id, {"created_at": now, "updated_at": now})
        order.attributes |= {
            "number": draft.number,
            "status": "draft",
            "payment_status": "unpaid",
            "fulfillment_status": "unfulfilled",
            "place_async": draft.place_async,
            "editable": True,
            "guest": True,
            "customer_email": f"shopper-{draft.number}@example.com",
            "language_code": "en",
            "country_code": "IT",
            "skus_count": 1,
            "errors_count": 0,
            "circuit_state": "closed",
            "circuit_failure_count": 0,
            "token": f"{draft.order_id}-token-made-up",
            "metadata": {},
            **_money("total_amount", amount),
            **_money("total_amount_with_taxes", amount),
            **_money("subtotal_amount", amount),
        }
        order.attributes["currency_code"] = "EUR"
        method = self._payment_method(draft.payment_type, capture=draft.auto_capture, place=draft.auto_place)
        order.one["payment_method"] = method.ref
        self._store.add(order)
        self._publish("orders.create", order)
        return order

    def attach_payment(self, order: Record, payment_type: str, payment_id: str) -> Record:
        """Give the order a new payment as its payment source, and a payment method of its type."""
        now = iso(self._clock())
        made = fill(PAYMENT_KINDS[payment_type].made, payment_id)
        attributes = {**made, "created_at": now, "updated_at": now, "metadata": {}}
        payment = self._store.add(Record(payment_type, payment_id, attributes, one={"order": order.ref}))
        self._pay_with(order, payment)
        self.touch(order)
        return payment

    def set_status(self, order: Record, status: str) -> None:
        """Move the order to a status, e.g. ``placed``; cancelling voids what is authorized."""
        times = {"placed": "placed_at", "approved": "approved_at", "cancelled": "cancelled_at"}
        topics = {"placed": "place", "approved": "approve", "cancelled": "cancel"}
        now = self.touch(order)
        order.attributes["status"] = status
        order.attributes["editable"] = status in EDITABLE
        if status in times:
            order.attributes[times[status]] = now
        self._publish(f"orders.{topics.get(status, status)}", order)
        if status == "cancelled" and order.attributes["payment_status"] == "authorized":
            self._set_payment_status(order, "voided")
            self._publish("orders.void", order)

    def authorize(self, order: Record, payment: Record, *, force: bool) -> float | None:
        """Take an authorized intent into account: transaction, payment status, capture and placement.

        Returns
        -------
        float or None
            When the order moved; None when there was nothing to move: it is not unpaid, or another payment
            took this one's place and `force` is off.
        """
        if order.attributes["payment_status"] != "unpaid":
            return None
        if order.one.get("payment_source") != payment.ref:
            if not force or order.attributes["status"] not in EDITABLE:
                return None
            self._pay_with(order, payment)
        payment.attributes |= fill(PAYMENT_KINDS[payment.type].authorized, payment.id)
        self.touch(payment)
        authorization = self._transact("authorizations", order, payment, succeeded=True, message="Approved")
        moved_at = self._set_payment_status(order, "authorized")
        self._publish("authorizations.create", authorization)
        self._publish("authorizations.succeeded", authorization)
        self._publish("orders.authorize", order)
        method = self._store.must(order.one["payment_method"])
        if method.attributes["auto_capture"]:
            self._transact("captures", order, payment, succeeded=True, message="Captured")
            moved_at = self._set_payment_status(order, "paid")
            self._publish("orders.pay", order)
        if method.attributes["auto_place"] and order.attributes["status"] == "pending":
            self.set_status(order, "placed")
        return moved_at

    def decline(self, order: Record, payment: Record, decline: Decline, *, leave_authorization: bool) -> None:
        """Take a declined attempt into account; the order stays as it is."""
        payment.attributes |= fill(PAYMENT_KINDS[payment.type].declined, payment.id)
        self.touch(payment)
        if leave_authorization:
            details = {"error_code": decline.error_code, "error_detail": decline.message}
            failed = self._transact(
                "authorizations", order, payment, succeeded=False, message=decline.message, **details
            )
            self._publish("authorizations.create", failed)
            self._publish("authorizations.failed", failed)

    def touch(self, record: Record) -> str:
        """Set `updated_at`: always later than before, so that two changes in one instant stay in order."""
        now = iso(max(self._clock(), epoch(record.attributes["updated_at"]) + 0.001))
        record.attributes["updated_at"] = now
        return now

    def _set_payment_status(self, order: Record, status: str) -> float:
        now = self.touch(order)
        order.attributes |= {"payment_status": status, "payment_updated_at": now}
        return epoch(now)

    def _transact(
        self, kind: str, order: Record, payment: Record, *, succeeded: bool, message: str, **details: str
    ) -> Record:
        now = iso(self._clock())
        known = order.many.get(kind, ())
        transaction = Record(
            kind,
            new_id(self._ids),
            {
                "number": f"{order.attributes['number']}/T/{kind[0].upper()}{len(known) + 1:03d}",
                "type": kind,
                "payment_method_type": "credit card",
                "succeeded": succeeded,
                "message": message,
                "gateway_transaction_id": f"gw_{payment.id}_{kind[0]}{len(known) + 1}",
                "currency_code": order.attributes["currency_code"],
                **_money("amount", order.attributes["total_amount_cents"]),
                **details,
                "created_at": now,
                "updated_at": now,
                "metadata": {},
            },
            one={"order": order.ref, "payment_source": payment.ref},
        )
        order.many[kind] = (*known, transaction.ref)
        return self._store.add(transaction)

    def _pay_with(self, order: Record, payment: Record) -> None:
        order.one["payment_source"] = payment.ref
        has = self._store.must(order.one["payment_method"]).attributes
        method = self._payment_method(payment.type, capture=has["auto_capture"], place=has["auto_place"])
        order.one["payment_method"] = method.ref

    def _payment_method(self, payment_type: str, *, capture: bool, place: bool) -> Record:
        wanted = {"payment_source_type": payment_type, "auto_capture": capture, "auto_place": place}
        for method in self._store.all("payment_methods"):
            if wanted.items() <= method.attributes.items():
                return method
        now = iso(self._clock())
        attributes = {
            "name": PAYMENT_KINDS[payment_type].method_name,
            "currency_code": "EUR",
            "moto": False,
            "require_capture": True,
            **_money("price_amount", 0),
            **wanted,
            "created_at": now,
            "updated_at": now,
            "metadata": {},
        }
        return self._store.add(Record("payment_methods", new_id(self._ids), attributes))


def number_of(store: Store) -> str:
    """Give the next free order number."""
    return str(10_000_001 + sum(1 for _ in store.all("orders")))


def order_of(store: Store, payment: Record) -> Record:
    """Give the order a payment belongs to."""
    return store.must(payment.one["order"])


def _money(name: str, cents: int) -> dict[str, Any]:
    formatted = f"€{cents // 100},{cents % 100:02d}"
    return {f"{name}_cents": cents, f"{name}_float": cents / 100, f"formatted_{name}": formatted}
