"""The payment gateway behind the organization: intents, its webhooks, and what a refresh finds out."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from sandbox.organization import Effects
from sandbox.store import epoch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.config import Clock, Switches
    from sandbox.organization import Decline, Organization
    from sandbox.store import Record, Ref, Store

type Mover = Literal["webhook", "refresh"]


@dataclass(slots=True)
class Intent:
    """A payment as the gateway knows it, and what Commerce Layer has learned of it."""

    payment: Ref
    order: Ref
    state: Literal["open", "authorized", "declined"] = "open"
    authorized_at: float | None = None
    authorized_cents: int | None = None
    """What the gateway authorized; None for all that was due."""
    webhook_lost: bool = False
    """The gateway's webhook for the authorization will never come."""
    decline: Decline | None = None
    decline_known: bool = False
    moved_at: float | None = None
    moved_by: Mover | None = None
    changed_at: float | None = None
    """When the order had changed last before its money moved it."""
    placed: bool = False
    """Its money placed the order."""
    lagged: bool = False
    """The answer to the refresh that moved the order showed it as it was before."""
    is_refused: bool = False
    """Commerce Layer answers no refresh of it, ever."""
    refreshes: list[tuple[float, float]] = field(default_factory=list)
    """When each refresh request arrived and when it was answered."""
    unserved: list[float] = field(default_factory=list)
    """When each refresh request arrived that was refused before it came to the API, or whose answer got lost."""


class Gateway:
    """All intents, by payment."""

    def __init__(self, store: Store, organization: Organization, switches: Switches, clock: Clock) -> None:
        self._store = store
        self._organization = organization
        self._switches = switches
        self._clock = clock
        self.intents: dict[Ref, Intent] = {}
        self.looks: defaultdict[Ref, list[float]] = defaultdict(list)
        """When each order was shown to somebody who asked for it by its id."""

    def open(self, payment: Record) -> Intent:
        """Make the intent of a new payment."""
        intent = self.intents[payment.ref] = Intent(payment.ref, payment.one["order"])
        return intent

    def confirm(self, intent: Intent, *, webhook_lost: bool, amount_cents: int | None = None) -> None:
        """The shopper pays, and the gateway authorizes it, or another amount."""
        intent.state = "authorized"
        intent.authorized_cents = amount_cents
        intent.authorized_at = self._clock()
        intent.webhook_lost = webhook_lost

    def decline(self, intent: Intent, decline: Decline) -> None:
        """The shopper tries, and the gateway refuses; another try on the same intent may follow."""
        intent.state = "declined"
        intent.decline = decline
        intent.decline_known = False

    def looked_at(self, orders: Iterable[Record]) -> None:
        """Note that orders are shown to somebody who asked for them."""
        for order in orders:
            self.looks[order.ref].append(self._clock())

    def deliver(self, intent: Intent) -> None:
        """The gateway's webhook arrives at Commerce Layer, unless none does any more: then it is lost."""
        if self._switches.gateway_webhooks_off:
            intent.webhook_lost = True
        else:
            self._learn(intent, "webhook")

    def refresh(self, intent: Intent) -> bool:
        """Commerce Layer asks the gateway; returns whether the intent is authorized."""
        if not self._switches.refresh_is_idle:
            self._learn(intent, "refresh")
        payment, order = self._store.get(intent.payment), self._store.get(intent.order)
        if self._switches.refresh_touches_updated_at and payment and order:
            self._organization.touch(payment)
            self._organization.touch(order)
        return intent.state == "authorized"

    def _learn(self, intent: Intent, by: Mover) -> None:
        payment, order = self._store.get(intent.payment), self._store.get(intent.order)
        if payment is None or order is None:
            return
        if intent.state == "authorized":
            was_placed, changed_at = order.attributes.get("placed_at"), epoch(order.attributes["updated_at"])
            moved_at = self._organization.authorize(
                order, payment, intent.authorized_cents, effects=self._effects(by)
            )
            if moved_at is not None:
                intent.moved_at, intent.moved_by = moved_at, by
                intent.changed_at = changed_at
                intent.placed = not was_placed and order.attributes.get("placed_at") is not None
        elif intent.decline is not None and intent.state == "declined":
            again = by == "refresh" and self._switches.refresh_repeats_failed_authorization
            if not intent.decline_known or again:
                decline = intent.decline
                if self._switches.failed_message_only:
                    decline = replace(decline, error_code=None)
                self._organization.decline(
                    order,
                    payment,
                    decline,
                    leave_authorization=self._switches.declined_leaves_authorization,
                )
            intent.decline_known = True

    def _effects(self, by: Mover) -> Effects:
        switches = self._switches
        return Effects(
            forces=switches.force_payments,
            captures=by == "webhook" or switches.refresh_captures,
            places=by == "webhook" or switches.refresh_places,
        )
