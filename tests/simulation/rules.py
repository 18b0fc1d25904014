"""Rules that must hold at every step: the invariants of the design, checked as things happen."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from payment_refresh.domain.intake import Result
from payment_refresh.domain.payment import PaymentKey
from payment_refresh.domain.policy import RefreshCancelled
from payment_refresh.times import to_epoch
from tests.simulation import oracle
from tests.simulation.policy_ends import latest_end
from tests.simulation.probes import Probes
from tests.simulation.rows import broken_by_row
from tests.simulation.skew import SKEW
from tests.simulation.steps import Step
from tests.simulation.trace import Written, number_of
from tests.simulation.truth_rules import broken_by_event
from tests.simulation.weather import CANARY, DAY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from payment_refresh.domain.order import Order
    from payment_refresh.domain.policy import Policy
    from payment_refresh.domain.watch import Watch
    from payment_refresh.use_cases.apply_order import Applied
    from tests.simulation.case import Case
    from tests.simulation.environment import Environment, Look
    from tests.simulation.kernel import Kernel
    from tests.simulation.prompt import FirstChecks
    from tests.simulation.shop import Shop
    from tests.simulation.trace import Trace
    from tests.simulation.weather import Weather
    from tests.support.indexed_table import IndexedStateTable

LIMITS = ((60.0, 112), (10.0, 27))
"""Most calls in so many seconds: at 100 a minute, where clocks differ by 4 s, and some are late."""

MOST_CALLS = 113

UNSERVED = 2
"""Failed calls to the state table from which on a try may count: one that failed, and one to take the try back."""

OVERDUE = 2 * DAY
"""Seconds after its policy's end within which a watch ends, while looks are answered."""

SWEEPS_FOR_THE_ABSENT = 200
"""Sweeps until its turn has come for certain."""

ENOUGH = 20
"""Violations after which no more are recorded."""

type Entry = tuple[PaymentKey, int, str]
"""Something to be sent once: the row, its round, and what."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that was broken, when, by whom, and about which order or payment."""

    at: float
    rule: str
    about: str
    who: str


@dataclass(slots=True, kw_only=True)
class Rules:
    """Watches every write, every call and everything that is sent.

    Attributes
    ----------
    stops
        Whether the run ends with the first rule that is broken.
    on_write
        Called after each write.
    are_reads_stopped
        Says whether the circuit of all reads is open.
    stored
        What was ever stored in an outbox; nothing else may be sent.
    sendings, repeats
        How often each was taken by the bus or the queue; how often more than once is allowed.
    died_with
        How often something happened to an invocation that handled a row, since the row's last outcome; a call to
        the state table that failed is no try.
    probes
        Counts the rare situations that were reached.
    cases
        By number, what must become of each.
    asked_blindly
        Payments that a person asked for while nothing was known of them.
    began
        When each round was first written.
    firsts
        Watches how long first checks wait.
    """

    kernel: Kernel
    shop: Shop
    table: IndexedStateTable
    trace: Trace
    weather: Weather
    policy: Policy
    firsts: FirstChecks
    observes: bool = False
    act_after: float = 0.0
    stops: bool = False
    on_write: Callable[[], None] = lambda: None
    are_reads_stopped: Callable[[], bool] = lambda: False
    violations: list[Violation] = field(default_factory=list)
    stored: set[Entry] = field(default_factory=set)
    sendings: Counter[Entry] = field(default_factory=Counter)
    repeats: Counter[Entry] = field(default_factory=Counter)
    died_with: Counter[PaymentKey] = field(default_factory=Counter)
    probes: Probes = field(default_factory=Probes)
    cases: dict[str, Case] = field(default_factory=dict)
    asked_blindly: set[PaymentKey] = field(default_factory=set)
    began: dict[tuple[PaymentKey, int], float] = field(default_factory=dict)
    _calls: deque[float] = field(default_factory=deque)

    def broken(self, rule: str, about: str, who: str = "") -> None:
        """Record that a rule was broken."""
        self.trace.note("RULE BROKEN", rule, about, detail=who)
        if len(self.violations) < ENOUGH:
            self.violations.append(Violation(self.kernel.now, rule, about, who))
        if self.stops:
            self.kernel.stop()

    def claimed(self, environment: Environment, old: Watch | None, new: Watch) -> None:
        """Check a claim: only what is due may be claimed."""
        self.trace.note(environment.name, "claims", new.key.id, detail=Written(old, new))
        if old is None or old.due_at is None or old.due_at > self.kernel.now + SKEW:
            self.broken("1: a sweep claimed what was not due", new.key.id, environment.name)
        self.on_write()

    def wrote(self, environment: Environment, old: Watch | None, new: Watch) -> None:
        """Check a write to the table."""
        self.trace.note(environment.name, "writes", new.key.id, detail=Written(old, new))
        self.probes.wrote(environment, old, new)
        self.firsts.wrote(environment, old, new)
        doings = environment.doings
        if old is not None and new.is_open and not old.is_open:
            self.began[new.key, new.round] = self.kernel.now  # a person asked for it
        self.stored |= {(new.key, new.round, what) for what in new.outbox}
        if new.claim is not None and (old is None or new.claim != old.claim):
            doings.tokens.add(new.claim)
        if new.claim is None and old is not None and old.claim in doings.tokens:
            doings.released.add(new.key)
        for rule in (*broken_by_row(new), *Step(self, environment, old, new).broken()):
            self.broken(rule, new.key.id, environment.name)
        if new.claim is None and new.claims == 0:
            self.died_with.pop(new.key, None)
        self.on_write()

    def came_late(self, key: PaymentKey) -> None:
        """Record that a first check was late; whoever checks a poisoned payment dies before that is written."""
        if key not in self.shop.poison:
            self.broken("8: a first check was late", key.id)

    def took(self, environment: Environment, order: Order, before: Watch | None, taken: Applied) -> None:
        """Check what became of an order event: a tie must not drop money."""
        row = before if before is not None and before.is_open and before.claim is None else None
        if row is None or taken.result is not Result.STALE or row.unplaced_since is not None:
            return
        if row.due_at is not None and row.due_at <= self.kernel.now + SKEW:
            return  # its look comes at once, and sees whatever the event showed
        is_tied = order.id == row.order_id and order.updated_at == row.order_updated_at
        if is_tied and oracle.ends_as(order, row.key) == "settled":
            self.broken("6: money was dropped at a tie", row.key.id, environment.name)

    def called(self, environment: Environment) -> None:
        """Check a call to Commerce Layer: not more than the rate limiter allows, whatever the clocks say."""
        self.probes.called(environment)
        now, calls = self.kernel.now, self._calls
        calls.append(now)
        if any(len(calls) > limit and calls[-limit - 1] > now - seconds for seconds, limit in LIMITS):
            self.broken("3: more calls than the rate limiter allows", "", environment.name)
        while len(calls) > MOST_CALLS:
            calls.popleft()

    def patching(self, environment: Environment, key: PaymentKey) -> None:
        """Check a refresh that is about to be sent."""
        for rule in self._of_patch(environment, key):
            self.broken(rule, key.id, environment.name)

    def sent(self, environment: Environment, key: PaymentKey, round_: int, what: str) -> None:
        """Check what a queue or the bus took."""
        one = (key, round_, what)
        self.trace.note(environment.name, "sends", key.id, detail=f"{what} of round {round_}")
        self.probes.sent(environment, one)
        self.sendings[one] += 1
        environment.doings.unclear.add(one)
        if one not in self.stored:
            self.broken(f"4: {what} was sent before it was written", key.id, environment.name)

    def announced(self, environment: Environment, detail: Mapping[str, Any]) -> None:
        """Check an outcome event that the bus took: a person is called only where one is needed."""
        type_, id_, round_, kind = detail["id"].split("#")
        key = PaymentKey(type_, id_)
        self.sent(environment, key, int(round_), kind)
        for rule in broken_by_event(self, self.cases.get(number_of(id_)), key, detail):
            self.broken(rule, id_, environment.name)

    def ended(self, environment: Environment) -> None:
        """Record how an invocation ended: what it sent it must have cleared, unless something happened to it."""
        doings = environment.doings
        for key, round_, what in sorted(doings.unclear):
            row = self.table.rows[key]
            if row.round != round_ or what not in row.outbox:
                continue
            self.repeats[key, round_, what] += 1
            if doings.disturbed is None:
                self.broken(f"4: {what} was sent and not cleared", key.id, environment.name)
        if doings.harmed or doings.unserved >= UNSERVED:
            self.died_with.update(doings.mine)
            self.firsts.excuse(doings.mine)
        if doings.disturbed is not None:
            return
        for key, row in doings.seen.items():
            entries = not row.is_open and row.claim in doings.tokens and row.outbox
            if entries and key not in doings.tried | doings.lost:
                self.broken("4: the outbox was not relayed when the row came back", key.id, environment.name)

    def no_secret(self, environment: Environment, text: str) -> None:
        """Check a line of the log, a letter or an event."""
        if CANARY in text:
            self.broken("5: a secret was shown", text[:40], environment.name)

    def may_be_open(self, row: Watch) -> bool:
        """Say whether a watch may be open: not long after its policy's end, if looks are answered.

        What is absent from lists has a small share of each sweep, so where sweeps are rare it waits for longer.
        """
        overdue = OVERDUE + SWEEPS_FOR_THE_ABSENT * self.firsts.sweeps_every
        began = self.began.setdefault((row.key, row.round), self.kernel.now)
        ends_at = latest_end(row, self.shop.history.get(row.order_id or "", ()), self.policy)
        return self.kernel.now <= max(ends_at, began) + overdue + self.weather.disturbed(began, self.kernel.now)

    def acts_on(self, order: Order) -> bool:
        """Say whether this deployment may refresh an order's payment."""
        return not self.observes and to_epoch(order.placed_at or order.created_at or "") >= self.act_after

    def _of_patch(self, environment: Environment, key: PaymentKey) -> Iterator[str]:
        row = environment.doings.seen.get(key)
        if row is None or not row.is_open:
            yield "3: a refresh of what is not watched"
            return
        if row.claim not in environment.doings.tokens:
            yield "3: a refresh without a claim"
        # Its own retrieve decided; the order's row may have been shown more since.
        look = environment.doings.retrieved.get(key) or environment.doings.looks.get(row.order_id or "")
        if self.observes:
            yield "3: a refresh in observe mode"
        if look is None:
            return
        if not self._is_refreshable(row, look):
            yield "3: a refresh of what may only be looked at"
        if not (self.acts_on(look.shown) or row.asked_manually):
            yield "3: a refresh for an order from before"

    def _is_refreshable(self, row: Watch, look: Look) -> bool:
        """Say whether a payment may be refreshed as its order stands, and as late as it is."""
        stands, order = oracle.stands(look.shown, row.key), look.shown
        if stands == "cancelled":
            known = (
                row.auto_capture if order.auto_capture is None else order.auto_capture,
                row.auto_place if order.auto_place is None else order.auto_place,
            )
            allowed = self.policy.refresh_cancelled
            return allowed is RefreshCancelled.TRUE or (
                allowed is RefreshCancelled.SAFE and known == (False, False)
            )
        if stands == "replaced" and row.replaced_at is not None:
            return self.kernel.now < row.replaced_at + self.policy.replaced_ages[2] + SKEW
        return stands in ("pending", "replaced")
