"""Triggers of the functions: schedules that skip, double and overlap, the queue's poller, webhooks, a person."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tests.simulation.weather import DAY, HOUR, MINUTE
from tests.support.samples import without_source

if TYPE_CHECKING:
    from random import Random

    from payment_refresh.domain.order import Order
    from payment_refresh.domain.payment import PaymentKey
    from payment_refresh.use_cases.apply_order import Applied
    from tests.simulation.deployment import Deployment
    from tests.simulation.kernel import Kernel
    from tests.simulation.weather import Weather

QUARTER = 15 * MINUTE
AT_ONCE = 2
"""Refreshes that run at once, at most."""

DELIVERIES = 11
"""How often Commerce Layer sends an event at most: once, and ten times again."""

TWICE = 0.2
"""Share of the letters that are moved back twice, as by two people."""

DISCOVER_IS_QUIET = HOUR
"""So long after an order's last change no run but the daily whole one can find it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mails:
    """Shares of the order events that are lost, late, delivered twice, and without the payment source."""

    lost: float = 0.0
    late: float = 0.05
    twice: float = 0.05
    bare: float = 0.02


@dataclass(slots=True, kw_only=True)
class Schedule:
    """Starts the functions.

    Attributes
    ----------
    replays, acknowledges
        Shares of the letters that a person moves back to the queue, and acknowledges.
    until
        When a person stops, and some time later discover.
    sweeps_every, discovers_every
        Seconds from one run to the next; where it is longer than deployed, more falls due at once. Where it is
        infinite, discover never comes.
    acked
        The newest order, by row, whose event was answered with 200.
    """

    kernel: Kernel
    dice: Random
    weather: Weather
    deployment: Deployment
    mails: Mails
    replays: float
    until: float
    acknowledges: float = 0.0
    sweeps_every: int = MINUTE
    discovers_every: float = QUARTER
    silent: set[str] = field(default_factory=set)
    acked: dict[PaymentKey, Order] = field(default_factory=dict)
    _sweep_at: float = math.inf
    _discover_at: float = math.inf
    _changed_at: float = 0.0
    _polling: int = 0

    def plan_sweep(self) -> None:
        """Sweep as soon as anything is due; sweeps that find nothing would cost time only."""
        due = self.deployment.table.earliest()
        if due is None:
            return
        at = (max(due, self.kernel.now) // self.sweeps_every + 1) * self.sweeps_every
        if at < self._sweep_at:
            self._sweep_at = at
            self.kernel.at(at, lambda: self._sweep(at))

    def _sweep(self, at: float) -> None:
        if at != self._sweep_at:
            return
        self._sweep_at = math.inf
        if not self.weather.happens("sweeps"):
            self.deployment.sweep()
            if self.weather.doubles("sweeps"):
                self.kernel.after(self.dice.choice((0.0, 0.01, 0.1, 30.0)), self.deployment.sweep)
        self.plan_sweep()

    def order_changed(self, order: Order) -> None:
        """Send an order's event on its way, as it stands now; see that discover comes by."""
        self.plan_discover()
        if order.id in self.silent or self.dice.random() < self.mails.lost:
            return
        order = self.deployment.shop.habits.announced(order)
        if not self.deployment.shop.habits.shows_source or self.dice.random() < self.mails.bare:
            order = replace(without_source(order), mismatched=False)
        for _ in range(2 if self.dice.random() < self.mails.twice else 1):
            self._send(order, self._delay(), DELIVERIES)

    def _delay(self) -> float:
        if self.dice.random() < self.mails.late:
            return self.dice.choice((self.dice.uniform(0, HOUR), self.dice.uniform(0, 3 * DAY)))
        return self.dice.uniform(0.05, 2.5)

    def _send(self, order: Order, delay: float, deliveries: int) -> None:
        def again() -> None:
            if deliveries > 1:
                self._send(order, 10.0 * 2 ** (DELIVERIES - deliveries), deliveries - 1)

        def taken(result: Applied) -> None:
            self.deployment.trace.note("commerce layer", f"gets {result.result}", order.id)
            key = result.watch.key if result.watch else None
            known = self.acked.get(key) if key else None
            if key and (known is None or (known.updated_at or "") <= (order.updated_at or "")):
                self.acked[key] = order

        self.kernel.after(delay, lambda: self.deployment.order_event(order, taken, again))

    def plan_discover(self) -> None:
        """Let discover come by every quarter of an hour while there may be anything to find."""
        self._changed_at = self.kernel.now
        if self.discovers_every < math.inf:
            self._discover_by((self.kernel.now // self.discovers_every + 1) * self.discovers_every)

    def _discover_by(self, at: float) -> None:
        if at < self._discover_at:
            self._discover_at = at
            self.kernel.at(at, lambda: self._discover(at))

    def _discover(self, at: float) -> None:
        if at != self._discover_at:
            return
        self._discover_at = math.inf
        if not self.weather.happens("sweeps"):
            self.deployment.discover()
            if self.weather.doubles("sweeps"):
                self.kernel.after(self.dice.uniform(0, 5), self.deployment.discover)
        if at > self.until + 2 * DAY:
            return
        under_way = any(each.begun_at is not None for each in self.deployment.cursors.rows.values())
        is_quiet = at > self._changed_at + DISCOVER_IS_QUIET and not under_way
        self._discover_by(at + (DAY if is_quiet else self.discovers_every))

    def message_at(self, at: float) -> None:
        """Receive messages a second after one can be seen, as the poller's window has it."""
        self.kernel.at(at + self.dice.uniform(0.1, 1.5), self._poll)

    def _poll(self) -> None:
        if self._polling >= AT_ONCE:
            return
        if self.weather.happens("polls"):
            self.kernel.after(MINUTE, self._poll)
            return
        self._polling += 1
        self.deployment.refresh(self._polled)

    def _polled(self) -> None:
        self._polling -= 1
        if self.deployment.mailbox.has_more():
            self.kernel.after(0.05, self._poll)

    def letter_came(self, body: str) -> None:
        """Let a person read a letter, and perhaps move it back."""
        if self.kernel.now >= self.until:
            return
        drawn, later = self.dice.random(), self.dice.choice((1.0, HOUR, DAY)) * self.dice.random()
        if drawn < self.replays:
            self.kernel.after(later, lambda: self._replay(body))
        elif drawn < self.replays + self.acknowledges:
            self.kernel.after(later, lambda: self._acknowledge(body))

    def _replay(self, body: str) -> None:
        mailbox = self.deployment.mailbox
        if body in mailbox.letters.letters:
            mailbox.letters.letters.remove(body)
        for _ in range(2 if self.dice.random() < TWICE else 1):
            mailbox.put(body)

    def _acknowledge(self, body: str) -> None:
        letter = json.loads(body)
        if "reason" in letter:
            note = {"type": letter["type"], "id": letter["id"], "acknowledge": "seen to"}
            self.deployment.mailbox.put(json.dumps(note))

    def ask(self, names: list[PaymentKey]) -> None:
        """Let a person ask about something, or send what nobody can read."""
        key = self.dice.choice(names)
        if key not in self.deployment.table.rows:
            self.deployment.rules.asked_blindly.add(key)
        body: dict[str, object] = {"type": key.type, "id": key.id}
        drawn = self.dice.random()
        if drawn < 0.3 and key in self.deployment.shop.intents:
            body = {"order_id": self.deployment.shop.intents[key].order_id}
        elif drawn < 0.35:
            body = {"type": "wire_transfers", "id": key.id}
        self.deployment.mailbox.put(json.dumps(body))
