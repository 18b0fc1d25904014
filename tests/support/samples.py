"""Orders and watches to start a test from."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from payment_refresh.domain.moment import Moment
from payment_refresh.domain.order import Authorization, Order
from payment_refresh.domain.payment import ORDERS, PaymentKey
from payment_refresh.domain.rounds import start_round
from payment_refresh.domain.vocabulary import OutboxItem, Reason, Status
from payment_refresh.times import to_iso
from tests.support.clock import START

if TYPE_CHECKING:
    from payment_refresh.domain.policy import Policy
    from payment_refresh.domain.watch import Watch

STRIPE = "stripe_payments"


def moment(now: float, policy: Policy, jitter: float = 0.0) -> Moment:
    """The circumstances of a transition, whose jitter is always the same."""
    return Moment(now=int(now), policy=policy, jitter=lambda: jitter)


def key(name: str = "a", kind: str = STRIPE) -> PaymentKey:
    """The payment ``pay-{name}``."""
    return PaymentKey(kind, f"pay-{name}")


def order_key(name: str = "a") -> PaymentKey:
    """The row of order ``order-{name}`` while its payment is not known."""
    return PaymentKey(ORDERS, f"order-{name}")


def order(name: str = "a", *, at: float = START, kind: str = STRIPE, **changes: Any) -> Order:
    """Order ``order-{name}``, placed at ``at`` and unpaid, of the payment ``pay-{name}``."""
    placed = Order(
        id=f"order-{name}",
        number=f"10{name}",
        status="placed",
        payment_status="unpaid",
        amount_cents=9900,
        currency="EUR",
        placed_at=to_iso(at),
        created_at=to_iso(at - 300),
        updated_at=to_iso(at),
        payment_updated_at=None,
        source_known=True,
        source_type=kind,
        source_id=f"pay-{name}",
        gateway_id=f"pi_{name}",
    )
    return replace(placed, **changes)


def cart(name: str = "a", *, at: float = START, **changes: Any) -> Order:
    """The same, not placed yet."""
    unplaced: dict[str, Any] = {"status": "pending", "placed_at": None, "created_at": to_iso(at)}
    return order(name, at=at, **unplaced | changes)


def without_source(order: Order) -> Order:
    """An order whose document did not include the payment source."""
    return replace(order, source_known=False, source_type=None, source_id=None, gateway_id=None)


def authorized(order: Order, at: float, **changes: Any) -> Order:
    """The order once its payment was authorized."""
    changes = {
        "payment_status": "authorized",
        "payment_updated_at": to_iso(at),
        "updated_at": to_iso(at),
    } | changes
    return replace(order, **changes)


def attempt(name: str, payment: PaymentKey, at: float, *, succeeded: bool = False) -> Authorization:
    """An authorization of a payment; one that did not succeed has an error."""
    return Authorization(
        id=name,
        payment_id=payment.id,
        succeeded=succeeded,
        error_code=None if succeeded else "card_declined",
        created_at=to_iso(at),
    )


def through(name: str, payment: PaymentKey, at: float, amount_cents: int | None = 9900) -> Authorization:
    """An authorization that succeeded, of an amount and a gateway transaction of its own."""
    made = attempt(name, payment, at, succeeded=True)
    return replace(made, amount_cents=amount_cents, transaction_id=f"transaction-{name}")


def watch(order: Order, policy: Policy, *, now: float = START, **changes: Any) -> Watch:
    """The first round of watching an order's payment, as stored once."""
    about = order.payment or PaymentKey(ORDERS, order.id)
    stored: dict[str, Any] = {"revision": 1}
    return replace(start_round(about, order, moment(int(now), policy)), **stored | changes)


def claimed(order: Order, policy: Policy, *, until: float, **changes: Any) -> Watch:
    """A watch that a sweep claimed with the token ``token``."""
    claim: dict[str, Any] = {"claim": "token", "claims": 1, "due_at": int(until)}
    return watch(order, policy, **claim | changes)


def dead_lettered(order: Order, policy: Policy, *, at: float, **changes: Any) -> Watch:
    """A watch that was given up, whose letter was sent."""
    ended: dict[str, Any] = {
        "status": Status.DEAD_LETTERED,
        "due_at": int(at),
        "ended_at": int(at),
        "reason": Reason.STAYED_PENDING,
    }
    return watch(order, policy, **ended | changes)


def unrelayed(order: Order, policy: Policy, *, at: float, **changes: Any) -> Watch:
    """A watch that was given up, whose letter is still to be sent."""
    changes = {"outbox": frozenset({OutboxItem.DEAD_LETTER}), "due_at": int(at)} | changes
    return dead_lettered(order, policy, at=at, **changes)


def reported(order: Order, policy: Policy, *, at: float, **changes: Any) -> Watch:
    """A watch that ended reported, as a watch of an old order does, with nothing left to send."""
    return dead_lettered(order, policy, at=at, **{"status": Status.REPORTED} | changes)


def outbox_of(*kinds: str) -> frozenset[OutboxItem]:
    """Entries of a row's outbox, or kinds that it has announced."""
    return frozenset(map(OutboxItem, kinds))
