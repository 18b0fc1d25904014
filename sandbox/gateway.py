"""The payment gateway behind the organization: intents, its webhooks, and what a refresh finds out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from sandbox.organization import Decline, Organization, order_of

if TYPE_CHECKING:
    from sandbox.config import Clock, Switches
    from sandbox.store import Record, Ref, Store

type Mover = Literal["webhook", "refresh"]


@dataclass(slots=True)
class Intent:
    """A payment as the gateway knows it, and what Commerce Layer has learned of it."""

    payment: Ref
    state: Literal["open", "authorized", "declined"] = "open"
    authorized_at: float | None = None
    webhook_lost: bool = False
    """The gateway's webhook for the authorization will never come."""
    decline: Decline | None = None
    decline_known: bool = False
    moved_at: float | None = None
    moved_by: Mover | None = None
    refreshes: list[tuple[float, float]] = field(default_factory=list)
    """When each refresh request arrived and when it was answered."""


class Gateway:
    """All intents, by payment."""

    def __init__(self, store: Store, organization: Organization, switches: Switches, clock: Clock) -> None:
        self._store = store
        self._organization = organization
        self._switches = switches
        self._clock = clock
        self.intents: dict[Ref, Intent] = {}

    def open(self, payment: Record) -> Intent:
        """Make the intent of a new payment."""
        intent = self.intents[payment.ref] = Intent(payment.ref)
        return intent

    def confirm(self, intent: Intent, *, webhook_lost: bool) -> None:
        """The shopper pays, and the gateway authorizes it."""
        intent.state = "authorized"
        intent.authorized_at = self._clock()
        intent.webhook_lost = webhook_lost

    def decline(self, intent: Intent, decline: Decline) -> None:
        """The shopper tries, and the gateway refuses; another try on the same intent may follow."""
        intent.state = "declined"
        intent.decline = decline
        intent.decline_known = False

    def deliver(self, intent: Intent) -> None:
        """The gateway's webhook arrives at Commerce Layer, unless none does any more: then it is lost."""
        if self._switches.gateway_webhooks_off:
            intent.webhook_lost = True
        else:
            self._learn(intent, "webhook")

    def refresh(self, intent: Intent) -> bool:
        """Commerce Layer asks the gateway; returns whether the intent is authorized."""
        self._learn(intent, "refresh")
        if self._switches.refresh_touches_updated_at:
            payment = self._store.must(intent.payment)
            self._organization.touch(payment)
            self._organization.touch(order_of(self._store, payment))
        return intent.state == "authorized"

    def _learn(self, intent: Intent, by: Mover) -> None:
        payment = self._store.must(intent.payment)
        order = order_of(self._store, payment)
        if intent.state == "authorized":
            moved_at = self._organization.authorize(order, payment, force=self._switches.force_payments)
            if moved_at is not None:
                intent.moved_at, intent.moved_by = moved_at, by
        elif intent.decline is not None and intent.state == "declined":
            again = by == "refresh" and self._switches.refresh_repeats_failed_authorization
            if not intent.decline_known or again:
                self._organization.decline(
                    order,
                    payment,
                    intent.decline,
                    leave_authorization=self._switches.declined_leaves_authorization,
                )
            intent.decline_known = True
