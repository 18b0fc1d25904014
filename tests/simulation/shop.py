"""The world outside: orders in Commerce Layer, the gateway behind them, and who learns what and when."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from payment_refresh.domain.payment import PaymentKey
from payment_refresh.times import to_epoch, to_iso
from tests.support import samples

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from payment_refresh.domain.order import Order
    from tests.simulation.environment import Doings, Environment
    from tests.simulation.kernel import Kernel
    from tests.simulation.trace import Trace
    from tests.support.commerce_layer import FakeCommerceLayer


@dataclass(frozen=True, slots=True)
class Cause:
    """What moved an order: a shopper, a merchant, a gateway's webhook, or a refresh of ours (by an invocation)."""

    name: str
    environment: Environment | None = None
    doings: Doings | None = None


SHOPPER, MERCHANT, WEBHOOK = Cause("shopper"), Cause("merchant"), Cause("webhook")


@dataclass(slots=True, kw_only=True)
class Intent:
    """A payment as the gateway knows it, and how much of it Commerce Layer has heard.

    Attributes
    ----------
    money
        Whether the gateway holds the money.
    is_short
        Whether that is less than the order's total.
    failures
        Attempts that failed.
    """

    key: PaymentKey
    order_id: str
    money: bool = False
    is_short: bool = False
    failures: int = 0
    heard_money: bool = False
    heard_failures: int = 0


@dataclass(frozen=True, slots=True)
class State:
    """An order as it stood from some time on, and what made it so."""

    at: float
    order: Order
    cause: Cause


@dataclass(eq=False, slots=True, kw_only=True)
class Patch:
    """A refresh of a payment; ``answered_at`` is None where no answer came back."""

    sent_at: float
    answered_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """Behaviour of this organization, and of Commerce Layer, that the documentation leaves open.

    Attributes
    ----------
    forces
        Whether money that an older payment brings puts that payment back on the order.
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
    """

    forces: bool = True
    captures: bool = False
    touches: bool = False
    declines: bool = False
    repeats: bool = False
    shows_order: bool = True
    shows_source: bool = True


@dataclass(slots=True, kw_only=True)
class Shop:
    """Keeps all orders, with their history.

    Attributes
    ----------
    announce
        Called with each order as it stands when its event is sent.
    poison
        Payments whose refresh kills whoever sends it.
    refreshes
        The refreshes of each payment.
    changes
        When orders changed, and which, in this order.
    """

    kernel: Kernel
    dice: Random
    trace: Trace
    api: FakeCommerceLayer
    habits: Habits
    announce: Callable[[Order], None] = lambda _order: None
    poison: set[PaymentKey] = field(default_factory=set)
    intents: dict[PaymentKey, Intent] = field(default_factory=dict)
    gone_at: dict[PaymentKey, float] = field(default_factory=dict)
    history: dict[str, list[State]] = field(default_factory=dict)
    moved: dict[str, State] = field(default_factory=dict)
    refreshes: dict[PaymentKey, list[Patch]] = field(default_factory=dict)
    changes: list[tuple[float, str]] = field(default_factory=list)

    def open(self, order: Order) -> None:
        """Let an order begin."""
        self._stand(order, SHOPPER, announces=True)

    def change(self, order_id: str, cause: Cause, *, announces: bool = True, **changes: Any) -> None:
        """Change an order; no two of its states have the same time."""
        before = self.api.orders[order_id]
        at = max(self.kernel.now, to_epoch(before.updated_at or "") + 0.0011)
        moves = changes.get("payment_status", before.payment_status) != before.payment_status
        if moves:
            changes["payment_updated_at"] = to_iso(at)
        self._stand(replace(before, updated_at=to_iso(at), **changes), cause, announces=announces)
        if moves:
            self.moved[order_id] = self.history[order_id][-1]

    def intend(self, order_id: str, payment_id: str, kind: str) -> PaymentKey:
        """Let the shopper choose how to pay; a payment is made with it."""
        key = PaymentKey(kind, payment_id)
        self.intents[key] = Intent(key=key, order_id=order_id)
        self.change(
            order_id,
            SHOPPER,
            source_type=kind,
            source_id=payment_id,
            gateway_id=f"pi_{payment_id}",
            announces=False,
        )
        return key

    def remove(self, key: PaymentKey) -> None:
        """Delete a payment."""
        self.api.payments.pop(key, None)
        self.gone_at[key] = self.kernel.now
        self.change(
            self.intents[key].order_id,
            MERCHANT,
            source_type=None,
            source_id=None,
            gateway_id=None,
            announces=False,
        )

    def hear(self, key: PaymentKey, cause: Cause) -> None:
        """Let Commerce Layer learn what the gateway knows of a payment."""
        intent = self.intents[key]
        order = self.api.orders[intent.order_id]
        if intent.money and not intent.heard_money:
            intent.heard_money = True
            self._take_money(intent, order, cause)
        elif not intent.money and intent.failures and self._hears_failure(intent, cause):
            intent.heard_failures = intent.failures
            number = len(order.authorizations) + 1
            attempt = samples.attempt(f"{key.id}-{number}", key, self.kernel.now)
            authorizations = (*order.authorizations, attempt)
            self.change(intent.order_id, cause, authorizations=authorizations, announces=False)
        elif cause.environment is not None and self.habits.touches:
            self.change(intent.order_id, cause, announces=False)

    def state_at(self, order_id: str, at: float) -> Order:
        """Give an order as it stood at a time, or as it began."""
        states = self.history[order_id]
        for state in reversed(states):
            if state.at <= at:
                return state.order
        return states[0].order

    def _hears_failure(self, intent: Intent, cause: Cause) -> bool:
        repeats = self.habits.repeats and cause.environment is not None
        return repeats or intent.failures > intent.heard_failures

    def _take_money(self, intent: Intent, order: Order, cause: Cause) -> None:
        if order.payment_status != "unpaid":
            return  # paid by another payment already: two charges
        changes: dict[str, Any] = {}
        if order.payment != intent.key:
            if order.status != "pending" or not self.habits.forces:
                return
            changes |= {"source_type": intent.key.type, "source_id": intent.key.id}
        attempt = samples.attempt(f"{intent.key.id}-money", intent.key, self.kernel.now, succeeded=True)
        changes["authorizations"] = (*order.authorizations, attempt)
        if intent.is_short:
            both = self.dice.random() < 0.5
            changes |= {"payment_status": "partially_authorized"} if both else {"mismatched": True}
        else:
            changes["payment_status"] = "paid" if self.habits.captures else "authorized"
            if order.auto_place and order.status == "pending":
                changes |= {"status": "placed", "placed_at": to_iso(self.kernel.now)}
        self.change(order.id, cause, **changes)

    def _stand(self, order: Order, cause: Cause, *, announces: bool) -> None:
        self.api.put(order)
        self.history.setdefault(order.id, []).append(State(self.kernel.now, order, cause))
        self.changes.append((self.kernel.now, order.id))
        self.trace.note(
            "commerce layer",
            f"{order.status}/{order.payment_status}",
            order.id,
            *([order.source_id] if order.source_id else []),
            detail=f"by {cause.name}",
        )
        if announces:
            self.announce(order)
