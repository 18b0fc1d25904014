"""A deployment in virtual time: real sweep, capacity, rate limiter and policy over rows with what these need.

Between them stands one thin step, in place of reading, judging and writing rows: it looks at a batch, refreshes
what is pending, and asks the policy when it is due next. A test holds it to what the whole use case does.
One refresh environment takes all batches, full ones wherever enough wait; calls take no time but for their slots.
Sweeps do not stay to top the queue up.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from itertools import islice
from math import ceil, inf
from typing import TYPE_CHECKING, cast

from payment_refresh.adapters.rate_limiter import SharedRateLimiter
from payment_refresh.domain.vocabulary import WatchClass
from payment_refresh.domain.watch import Watch
from payment_refresh.rate_limit.budget import capacity
from payment_refresh.use_cases.dispatch_due import DispatchDue
from tests.benchmarks.rows import DueRows, Row
from tests.support.clock import START
from tests.support.log import FakeLog
from tests.support.rate_limiter import FakeRateItem
from tests.support.task_pool import OneByOne

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from payment_refresh.domain.policy import Policy
    from payment_refresh.ports import StateTable
    from tests.benchmarks.population import Payment

TICK, LEASE, BATCH = 60, 600, 25
"""Seconds from one sweep to the next, and of a claim; payments one invocation gets."""


@dataclass(slots=True, kw_only=True)
class Seen:
    """Observations in the time that is measured.

    Attributes
    ----------
    begun
        Payments that came.
    delays
        Of payments that a refresh settled: seconds since the gateway had the money.
    overdue
        The longest time from when a check was due until it was made.
    gave_up, missed
        Payments given up; and those of them that the gateway had the money for.
    """

    begun: int = 0
    looks: int = 0
    refreshes: int = 0
    delays: list[float] = field(default_factory=list)
    overdue: float = 0.0
    gave_up: int = 0
    missed: int = 0

    @property
    def calls(self) -> int:
        """All calls."""
        return self.looks + self.refreshes


@dataclass(slots=True)
class Door:
    """The queue: what waits is handed out in order, in batches as full as can be."""

    waiting: deque[Watch] = field(default_factory=deque)
    in_flight: int = 0

    def backlog(self) -> int:
        """Count messages."""
        return len(self.waiting) + self.in_flight

    def send(self, watches: Sequence[Watch]) -> Sequence[Watch]:
        """Take messages."""
        self.waiting.extend(watches)
        return ()

    def receive(self) -> list[Watch]:
        """Hand a batch out."""
        batch = list(islice(self.waiting, BATCH))
        for _ in batch:
            self.waiting.popleft()
        self.in_flight = len(batch)
        return batch


@dataclass(slots=True, kw_only=True)
class Fleet:
    """A deployment, and the payments that come to it.

    Attributes
    ----------
    has_events
        Whether an order event reports what the gateway's webhook moved.
    jitter
        Gives a number from -1 to 1.
    """

    arrivals: Iterator[Payment]
    calls_per_minute: int
    policy: Policy
    jitter: Callable[[], float]
    has_events: bool = True
    now: float = START
    seen: Seen = field(default_factory=Seen)
    table: DueRows = field(default_factory=DueRows)
    queue: Door = field(default_factory=Door)
    rate_limiter: SharedRateLimiter = field(init=False)
    _sweep: DispatchDue = field(init=False)
    _tick_at: float = field(init=False, default=START)
    _next: Payment | None = field(init=False)

    def __post_init__(self) -> None:
        """Put the parts together as the composition roots do: refresh and sweep have a rate limiter each."""
        item = FakeRateItem()
        self.rate_limiter, gauge = (
            SharedRateLimiter(
                item=item, calls_per_minute=self.calls_per_minute, clock=lambda: self.now, sleep=self._sleep
            )
            for _ in range(2)
        )
        self._sweep = DispatchDue(
            table=cast("StateTable", self.table),
            queue=self.queue,
            clock=lambda: self.now,
            new_token=str,
            capacity=lambda: capacity(self.calls_per_minute, gauge.snapshot(), circuit_open=False),
            pool=OneByOne(),
            lease=LEASE,
            log=FakeLog(),
        )
        self._next = next(self.arrivals, None)

    def run(self, until: float) -> None:
        """Let time pass; while nothing is due nothing happens, so that takes none."""
        while self.now < until:
            if self.queue.waiting:
                self._handle(self.queue.receive())
                self.queue.in_flight = 0
                continue
            due = self.table.next_due()
            if self._next is not None:
                due = min(due, int(self._next.placed_at) + self.policy.first)
            at = max(self._tick_at, START + ceil((due - START) / TICK) * TICK) if due < inf else inf
            if at > until:
                self.now = until
                return
            self._tick(at)

    def _sleep(self, seconds: float) -> None:
        """Let the refresh wait, and sweeps go on meanwhile."""
        until = self.now + seconds
        while self._tick_at <= until:
            self._tick(self._tick_at)
        self._arrive(until)
        self.now = until

    def _tick(self, at: float) -> None:
        """Sweep once."""
        self._arrive(at)
        self.now = at
        self._tick_at = at + TICK
        self._sweep.run()

    def _arrive(self, until: float) -> None:
        """Watch those who came meanwhile; their first check is not due before."""
        while self._next is not None and self._next.placed_at <= until:
            self._begin(self._next)
            self._next = next(self.arrivals, None)

    def _begin(self, payment: Payment) -> None:
        at = int(payment.placed_at)
        watch = Watch(key=payment.key, watch_class=WatchClass.PLACED, since=at, started_at=at, due_at=at)
        reported_at = payment.moves_at if self.has_events else inf
        row = Row(payment=payment, watch=watch, due_at=at, reported_at=reported_at)
        self.seen.begun += 1
        self.table.rows[watch.key.id] = row
        self.table.put(row, self.policy.first_due(watch, at))

    def _handle(self, batch: Sequence[Watch]) -> None:
        """Look at a batch, then refresh what is pending."""
        rows = [row for watch in batch if not self._was_reported(row := self.table.rows[watch.key.id])]
        if not rows:
            return
        if any(row.due_at <= self.now for row in rows):
            raise AssertionError("a claim's lease ended before its row was handled")
        policy = self.policy.under(self.rate_limiter.utilisation())
        self.rate_limiter.take()
        self.seen.looks += 1
        self.seen.overdue = max(self.seen.overdue, *(self.now - row.was_due_at for row in rows))
        pending = [row for row in rows if not self._ends(row, policy)]
        self.rate_limiter.record_look(len(rows), len(pending))
        for row in pending:
            self._refresh(row, policy)

    def _was_reported(self, row: Row) -> bool:
        """Let the order event that came meanwhile end the watch."""
        if row.reported_at > self.now:
            return False
        self.table.drop(row)
        return True

    def _ends(self, row: Row, policy: Policy) -> bool:
        """Let the look end the watch: its order has moved, or the refresh that giving up takes was sent."""
        refreshed_at, now = row.refreshed_at, int(self.now)
        if row.payment.moves_at > self.now:
            if refreshed_at is None or refreshed_at < policy.ends_at(row.watch):
                return False
            if now <= refreshed_at + policy.first:
                return False
            self.seen.gave_up += 1
            self.seen.missed += row.payment.settles_at <= self.now
        self.table.drop(row)
        return True

    def _refresh(self, row: Row, policy: Policy) -> None:
        self.rate_limiter.take()
        self.seen.refreshes += 1
        if row.payment.settles_at <= self.now:
            self.seen.delays.append(self.now - row.payment.settles_at)
            self.table.drop(row)
            return
        row.refreshed_at = now = int(self.now)
        self.table.put(row, policy.next_due(row.watch, now, jitter=self.jitter()))
