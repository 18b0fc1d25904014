"""The world outside: orders in Commerce Layer, the gateway behind them, and who learns what and when."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from payment_refresh.domain.order import Authorization, Reversal
from payment_refresh.times import to_epoch, to_iso
from tests.simulation.gateway import Failing, Intent, Shortfall
from tests.support import samples

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from payment_refresh.domain.order import Order
    from payment_refresh.domain.payment import PaymentKey
    from tests.simulation.commerce import SimulatedCommerceLayer
    from tests.simulation.environment import Doings, Environment
    from tests.simulation.habits import Habits
    from tests.simulation.kernel import Kernel
    from tests.simulation.trace import Trace

MONEY = ("authorized", "paid")
PAYABLE = ("unpaid", "partially_authorized", "partially_paid")


@dataclass(frozen=True, slots=True)
class Cause:
    """What moved an order: a shopper, a merchant, a gateway's webhook, or a refresh of ours (by an invocation)."""

    name: str
    environment: Environment | None = None
    doings: Doings | None = None


SHOPPER, MERCHANT, WEBHOOK = Cause("shopper"), Cause("merchant"), Cause("webhook")


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


@dataclass(slots=True, kw_only=True)
class Shop:
    """Keeps all orders, with their history.

    Attributes
    ----------
    announce
        Called with each order as it stands when its event is sent.
    poison
        Payments whose refresh kills whoever sends it.
    failing, broken
        Payments whose refresh always fails, and accounts at a gateway of which the same is true now.
    gone_at, deleted_at
        When payments and orders were deleted.
    hidden
        Payments that could not be found for a while, though they are there.
    moved
        The state in which each order showed money, or was free, for the first time since it last was unpaid.
    refreshes
        The refreshes of each payment.
    changes
        When orders changed, and which, in this order.
    """

    kernel: Kernel
    dice: Random
    trace: Trace
    api: SimulatedCommerceLayer
    habits: Habits
    announce: Callable[[Order], None] = lambda _order: None
    poison: set[PaymentKey] = field(default_factory=set)
    failing: dict[PaymentKey, Failing] = field(default_factory=dict)
    broken: dict[str, Failing] = field(default_factory=dict)
    intents: dict[PaymentKey, Intent] = field(default_factory=dict)
    gone_at: dict[PaymentKey, float] = field(default_factory=dict)
    deleted_at: dict[str, float] = field(default_factory=dict)
    hidden: set[PaymentKey] = field(default_factory=set)
    history: dict[str, list[State]] = field(default_factory=dict)
    moved: dict[str, State] = field(default_factory=dict)
    refreshes: dict[PaymentKey, list[Patch]] = field(default_factory=dict)
    changes: list[tuple[float, str]] = field(default_factory=list)

    def open(self, order: Order, *, announces: bool = True) -> None:
        """Let an order begin."""
        self._stand(order, SHOPPER, announces=announces)

    def change(
        self, order_id: str, cause: Cause, *, announces: bool = True, tied: bool = False, **changes: Any
    ) -> None:
        """Change an order, if it is still there; only a ``tied`` state has the same time as the one before."""
        before = self.api.orders.get(order_id)
        if before is None:
            return
        at = max(self.kernel.now, to_epoch(before.updated_at or "") + (0.0 if tied else 0.0011))
        updated_at = before.updated_at if tied else to_iso(at)
        moves = changes.get("payment_status", before.payment_status) != before.payment_status
        if moves:
            changes["payment_updated_at"] = updated_at
        self._stand(replace(before, updated_at=updated_at, **changes), cause, announces=announces)
        if moves and before.payment_status not in MONEY:
            self.moved[order_id] = self.history[order_id][-1]

    def intend(self, order_id: str, intent: Intent, **method: Any) -> None:
        """Let the shopper choose how to pay; a payment is made with it."""
        key = intent.key
        self.intents[key] = intent
        self.change(
            order_id,
            SHOPPER,
            source_type=key.type,
            source_id=key.id,
            gateway_id=f"pi_{key.id}",
            payment_gateway_type=f"{key.type.removesuffix('payments')}gateways",
            payment_gateway_id=intent.account,
            announces=False,
            **method,
        )

    def remove(self, key: PaymentKey) -> None:
        """Delete a payment; its order goes on without one."""
        self.api.payments.pop(key, None)
        self.gone_at[key] = self.kernel.now
        self.trace.note("commerce layer", "deletes the payment", key.id)
        self.change(
            self.intents[key].order_id,
            MERCHANT,
            source_type=None,
            source_id=None,
            gateway_id=None,
            announces=False,
        )

    def delete(self, order_id: str, *, orphans: bool = False) -> None:
        """Delete an order with its payments; where these are left as orphans, they answer that they have none."""
        if self.api.orders.pop(order_id, None) is None:
            return
        self.deleted_at[order_id] = self.kernel.now
        self.trace.note("commerce layer", "deletes the order", order_id)
        for key in [key for key, its in self.api.payments.items() if its == order_id]:
            if not orphans:
                del self.api.payments[key]
                self.gone_at[key] = self.kernel.now

    def hear(self, key: PaymentKey, cause: Cause) -> None:
        """Let Commerce Layer learn what the gateway knows of a payment."""
        intent = self.intents[key]
        order = self.api.orders.get(intent.order_id)
        if order is None or key not in self.api.payments:
            return
        if intent.money is not None and not intent.heard_money:
            intent.heard_money = True
            self._take_money(intent, order, cause)
        elif intent.money is None and intent.failures and self._hears_failure(intent, cause):
            intent.heard_failures = intent.failures
            number = len(order.authorizations) + 1
            attempt = samples.attempt(f"{key.id}-{number}", key, self.kernel.now)
            if not intent.speaks:
                attempt = replace(attempt, error_code=None, message="Your card has insufficient funds.")
            authorizations = (*order.authorizations, attempt)
            self.change(intent.order_id, cause, authorizations=authorizations, announces=False)
        elif cause.environment is not None and self.habits.touches:
            self.change(intent.order_id, cause, announces=False)

    def hear_at_once(self, key: PaymentKey) -> None:
        """Let Commerce Layer take a payment's money at the very time of its order's last change."""
        intent = self.intents[key]
        intent.money, intent.heard_money = self.api.orders[intent.order_id].amount_cents, True
        self.change(
            intent.order_id,
            WEBHOOK,
            tied=True,
            payment_status="paid" if self.habits.captures else "authorized",
            authorizations=(self._authorized(intent),),
        )

    def give_back(self, order_id: str, **changes: Any) -> None:
        """Let the merchant void or refund all that was authorized for an order."""
        order = self.api.orders.get(order_id)
        if order is None:
            return
        reversals = tuple(_reversal(each) for each in order.authorizations if each.succeeded)
        self.change(order_id, MERCHANT, reversals=reversals, **changes)

    def fails(self, key: PaymentKey) -> Failing | None:
        """Say how a refresh of a payment fails now, if it does."""
        intent = self.intents.get(key)
        broken = None if intent is None else self.broken.get(intent.account)
        return self.failing.get(key, broken)

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
        attempt = self._authorized(intent)
        changes: dict[str, Any] = {"authorizations": (*order.authorizations, attempt)}
        if order.payment_status in MONEY:  # paid by another payment already: two charges
            if intent.is_voided:
                changes["reversals"] = (*order.reversals, _reversal(attempt))
            self.change(order.id, cause, announces=False, **changes)
            return
        is_editable = order.status in ("draft", "pending")
        is_forced = (
            self.habits.forces if is_editable else self.habits.forces_placed and order.status != "cancelled"
        )
        if order.payment_status not in PAYABLE or (order.payment != intent.key and not is_forced):
            return
        if order.payment != intent.key:
            changes |= {"source_type": intent.key.type, "source_id": intent.key.id}
            changes |= {"gateway_id": f"pi_{intent.key.id}"}
        changes |= self._shown_amount(intent, order)
        if "payment_status" in changes and order.auto_place and order.status == "pending":
            changes |= {"status": "placed", "placed_at": to_iso(self.kernel.now)}
        self.change(order.id, cause, **changes)
        if intent.captured_after is not None:
            self.kernel.after(intent.captured_after, lambda: self._capture(order.id))

    def _authorized(self, intent: Intent) -> Authorization:
        attempt = samples.attempt(f"{intent.key.id}-money", intent.key, self.kernel.now, succeeded=True)
        return replace(attempt, amount_cents=intent.money, transaction_id=intent.transaction)

    def _shown_amount(self, intent: Intent, order: Order) -> dict[str, Any]:
        """Say what an order shows once a payment's money has come, beside what other payments hold of it."""
        others = sum(each.amount_cents or 0 for each in order.authorizations if each.succeeded)
        held, cost = others + (intent.money or 0), order.amount_cents or 0
        settled = {"payment_status": "paid" if self.habits.captures else "authorized"}
        if held == cost:
            return settled
        if held > cost or intent.shortfall is Shortfall.SETTLED:
            return settled | {"mismatched": True}
        return (
            {"payment_status": "partially_authorized"}
            if intent.shortfall is Shortfall.PARTLY
            else {"mismatched": True}
        )

    def _capture(self, order_id: str) -> None:
        order = self.api.orders.get(order_id)
        if order is not None and order.payment_status == "authorized":
            self.change(order_id, WEBHOOK, payment_status="paid")

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


def _reversal(attempt: Authorization) -> Reversal:
    return Reversal(
        payment_id=attempt.payment_id, transaction_id=attempt.transaction_id, amount_cents=attempt.amount_cents
    )
