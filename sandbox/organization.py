"""The merchant's orders and how they move; every move is published as the webhook topics it fires."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from sandbox.gateways import gateway_of
from sandbox.methods import payment_method
from sandbox.oddities import CAPTURED_SOON, PARTLY_AUTHORIZED
from sandbox.payments import PAYMENT_KINDS, fill
from sandbox.store import Record, Store, epoch, iso
from sandbox.transactions import Result, Transactions, money

if TYPE_CHECKING:
    from sandbox.config import Clock
    from sandbox.store import Ref

type Publish = Callable[[str, Record], None]
"""Takes a topic, e.g. ``orders.place``, and the record as it is now."""

type Later = Callable[[float, Callable[[], object]], object]
"""Does something after so many seconds."""

CAPTURED_AFTER_S = 0.2
"""How long after its authorization an order is captured that is `CAPTURED_SOON`."""

OPEN = ("unpaid", "partially_authorized")
"""Payment statuses in which money can still come."""

EDITABLE = ("draft", "pending", "editing")
"""Statuses in which a gateway's success can still change the payment source."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An order to be made, with the payment its shopper will choose.

    `gateway_id` is the gateway of that payment; None for the first of its type. `authorized_cents` is what the
    gateway will authorize; None for all that is due. `oddities` are the order's.
    """

    order_id: str
    number: str
    payment_type: str
    payment_id: str
    amount_cents: int = 4200
    auto_capture: bool = False
    auto_place: bool = False
    place_async: bool = False
    gateway_id: str | None = None
    authorized_cents: int | None = None
    oddities: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Decline:
    """Why a gateway refused an attempt; some give a message only."""

    error_code: str | None = "card_declined"
    message: str = "Your card was declined."


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """What an authorization may bring about: that the order's payment source changes, a capture, a placement."""

    forces: bool
    captures: bool = True
    places: bool = True


class Organization:
    """Orders, payment methods, payments and transactions of one merchant."""

    def __init__(self, store: Store, clock: Clock, publish: Publish, later: Later) -> None:
        self._store = store
        self._clock = clock
        self._publish = publish
        self._later = later
        self._ids = random.Random(0)  # noqa: S311 - ids of methods and transactions, nothing secret
        self.transactions = Transactions(store, clock, self._ids)

    def create(self, draft: Draft) -> Record:
        """Make an order in draft."""
        amount = draft.amount_cents
        now = iso(self._clock())
        order = Record("orders", draft.order_id, {"created_at": now, "updated_at": now}, oddities=draft.oddities)
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
            **money("total_amount", amount),
            **money("total_amount_with_taxes", amount),
            **money("subtotal_amount", amount),
        }
        order.attributes["currency_code"] = "EUR"
        gateway = gateway_of(self._store, draft.payment_type, draft.gateway_id)
        method = self._method(gateway, capture=draft.auto_capture, place=draft.auto_place)
        order.one["payment_method"] = method.ref
        self._store.add(order)
        self._publish("orders.create", order)
        return order

    def attach_payment(
        self, order: Record, payment_type: str, payment_id: str, gateway_id: str | None = None
    ) -> Record:
        """Give the order a new payment as its payment source, and a payment method of its gateway.

        `gateway_id` is as in a draft.
        """
        now = iso(self._clock())
        made = fill(PAYMENT_KINDS[payment_type].made, payment_id)
        attributes = {**made, "created_at": now, "updated_at": now, "metadata": {}}
        gateway = gateway_of(self._store, payment_type, gateway_id)
        relations = {"order": order.ref, "payment_gateway": gateway}
        payment = self._store.add(Record(payment_type, payment_id, attributes, one=relations))
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
            self.void(order)

    def authorize(
        self, order: Record, payment: Record, amount_cents: int | None, *, effects: Effects
    ) -> float | None:
        """Take an authorized intent into account: transaction, payment status, capture and placement.

        Parameters
        ----------
        amount_cents
            What the gateway authorized; None for all that is due.
        effects
            What may follow of it.

        Returns
        -------
        float or None
            When the order moved; None when there was nothing to move: it is paid, this payment is known to be
            authorized, or another took its place and nothing is forced.
        """
        authorized = self.transactions.succeeded("authorizations", order)
        is_known = any(each.one["payment_source"] == payment.ref for each in authorized)
        if order.attributes["payment_status"] not in OPEN or is_known:
            return None
        if order.one.get("payment_source") != payment.ref:
            if not effects.forces or order.attributes["status"] not in EDITABLE:
                return None
            self._pay_with(order, payment)
        payment.attributes |= fill(PAYMENT_KINDS[payment.type].authorized, payment.id)
        self.touch(payment)
        due = self.due(order)
        amount = due if amount_cents is None else amount_cents
        payment.attributes["mismatched_amounts"] = amount != due
        self.add_authorization(order, payment, amount)
        is_part = amount < due and PARTLY_AUTHORIZED in order.oddities
        moved_at = self.set_payment_status(order, "partially_authorized" if is_part else "authorized")
        self._publish("orders.authorize", order)
        method = self._store.must(order.one["payment_method"])
        if CAPTURED_SOON in order.oddities:
            self._later(CAPTURED_AFTER_S, partial(self.capture, order))
        elif effects.captures and method.attributes["auto_capture"] and not is_part:
            moved_at = self.capture(order)
        if effects.places and method.attributes["auto_place"] and order.attributes["status"] == "pending":
            self.set_status(order, "placed")
        return moved_at

    def authorize_otherwise(self, order: Record) -> None:
        """Let money come to an order of the new payments model, of which nothing else is seen."""
        self.set_payment_status(order, "authorized")
        self._publish("orders.authorize", order)

    def due(self, order: Record) -> int:
        """Give what is still to be authorized: less than all only where another payment has a part of it."""
        total: int = order.attributes["total_amount_cents"]
        if order.attributes["payment_status"] != "partially_authorized":
            return total
        authorized = self.transactions.succeeded("authorizations", order)
        held: int = sum(each.attributes["amount_cents"] for each in authorized)
        return total - held

    def add_authorization(self, order: Record, payment: Record, amount_cents: int) -> None:
        """Add a succeeded authorization, and nothing else."""
        authorization = self.transactions.add("authorizations", order, payment, Result(amount_cents, "Approved"))
        self._publish("authorizations.create", authorization)
        self._publish("authorizations.succeeded", authorization)

    def capture(self, order: Record) -> float:
        """Capture all that is authorized; returns when the order moved."""
        self._follow(order, "captures", "Captured")
        moved_at = self.set_payment_status(order, "paid")
        self._publish("orders.pay", order)
        return moved_at

    def void(self, order: Record) -> None:
        """Void all that is authorized and was not captured."""
        self._follow(order, "voids", "Voided")
        self.set_payment_status(order, "voided")
        self._publish("orders.void", order)

    def refund(self, order: Record, amount_cents: int | None = None) -> None:
        """Give money back that was captured last: so much of it, or all.

        Raises
        ------
        ValueError
            When nothing was captured.
        """
        captures = self.transactions.succeeded("captures", order)
        if not captures:
            raise ValueError("refund needs an order with a capture")
        captured = captures[-1].attributes["amount_cents"]
        amount = captured if amount_cents is None else amount_cents
        self._add_following("refunds", order, captures[-1], Result(amount, "Refunded", follows=captures[-1]))
        self.set_payment_status(order, "refunded" if amount >= captured else "partially_refunded")
        self._publish("orders.refund", order)

    def decline(self, order: Record, payment: Record, decline: Decline, *, leave_authorization: bool) -> None:
        """Take a declined attempt into account; the order stays as it is."""
        payment.attributes |= fill(PAYMENT_KINDS[payment.type].declined, payment.id)
        self.touch(payment)
        if leave_authorization:
            amount, code = order.attributes["total_amount_cents"], decline.error_code
            result = Result(amount, decline.message, succeeded=False, error_code=code)
            failed = self.transactions.add("authorizations", order, payment, result)
            self._publish("authorizations.create", failed)
            self._publish("authorizations.failed", failed)

    def touch(self, record: Record) -> str:
        """Set `updated_at`: always later than before, so that two changes in one instant stay in order."""
        now = iso(max(self._clock(), epoch(record.attributes["updated_at"]) + 0.001))
        record.attributes["updated_at"] = now
        return now

    def set_payment_status(self, order: Record, status: str) -> float:
        """Move the order to a payment status; returns when."""
        now = self.touch(order)
        order.attributes |= {"payment_status": status, "payment_updated_at": now}
        return epoch(now)

    def _follow(self, order: Record, kind: str, message: str) -> None:
        """Capture or void each succeeded authorization to which neither happened yet."""
        for authorization in self.transactions.succeeded("authorizations", order):
            if not authorization.many.keys() & {"captures", "voids"}:
                result = Result(authorization.attributes["amount_cents"], message, follows=authorization)
                self._add_following(kind, order, authorization, result)

    def _add_following(self, kind: str, order: Record, before: Record, result: Result) -> None:
        payment = self._store.must(before.one["payment_source"])
        added = self.transactions.add(kind, order, payment, result)
        self._publish(f"{kind}.create", added)
        self._publish(f"{kind}.succeeded", added)

    def _pay_with(self, order: Record, payment: Record) -> None:
        order.one["payment_source"] = payment.ref
        has = self._store.must(order.one["payment_method"]).attributes
        gateway = payment.one["payment_gateway"]
        method = self._method(gateway, capture=has["auto_capture"], place=has["auto_place"])
        order.one["payment_method"] = method.ref

    def _method(self, gateway: Ref, *, capture: bool, place: bool) -> Record:
        wanted = {"auto_capture": capture, "auto_place": place}
        return payment_method(self._store, gateway, wanted, iso(self._clock()), self._ids)


def number_of(store: Store) -> str:
    """Give the next free order number."""
    return str(10_000_001 + sum(1 for _ in store.all("orders")))


def order_of(store: Store, payment: Record) -> Record:
    """Give the order a payment belongs to."""
    return store.must(payment.one["order"])
