"""Use case, last part: write what came of a check, send what it owes, and tell how it went."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from payment_refresh.domain import transitions
from payment_refresh.domain.outcome_events import settlement_counts
from payment_refresh.domain.watch import RowConflict, Status
from payment_refresh.use_cases.check_payments.breaker import NoAnswer
from payment_refresh.use_cases.check_payments.order_row import resolve_order_row

if TYPE_CHECKING:
    from collections.abc import Callable

    from payment_refresh.domain.policy import Policy
    from payment_refresh.domain.watch import Watch
    from payment_refresh.ports import Clock, Log, StateTable
    from payment_refresh.use_cases.check_payments.refresher import Found
    from payment_refresh.use_cases.outbox import Outbox

NAMES = {
    Status.SETTLED: "Settled",
    Status.CLOSED: "Closed",
    Status.MISSING: "Missing",
    Status.ABANDONED: "Abandoned",
    Status.DEAD_LETTERED: "DeadLettered",
    Status.WATCHING: "Pending",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What became of one watch.

    Attributes
    ----------
    error
        Why its message must be delivered again, if it must.
    counts
        By metric name.
    """

    watch: Watch
    error: Exception | None = None
    counts: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultWriter:
    """Writes outcomes; several threads may use it at once, each for watches of its own.

    Attributes
    ----------
    policy
        The merchant's rules under the pace's present use.
    jitter
        Gives a number from -1 to 1.
    """

    table: StateTable
    outbox: Outbox
    policy: Policy
    clock: Clock
    jitter: Callable[[], float]
    log: Log

    def write(self, watch: Watch, found: Found) -> Recorded:
        """Write what came of a check; never raises, since one payment must not fail its neighbours."""
        if isinstance(found, Exception):
            return Recorded(watch=watch, error=found)
        try:
            counts = self.end(watch, self._step(watch, found))
        except Exception as error:  # handed on: the message fails
            return Recorded(watch=watch, error=error)
        counts["NoAnswer"] += isinstance(found, NoAnswer) and found.reason is not None
        return Recorded(watch=watch, counts=+counts)

    def end(self, watch: Watch, step: Callable[[Watch], Watch]) -> Counter[str]:
        """Write a step's outcome, then send what it owes; returns what is to be counted."""
        written = self.put(watch, step)
        if written is None:
            return Counter()
        counts = Counter([NAMES[written.status]])
        if not written.is_open:
            now = int(self.clock())
            self._tell(written, now)
            counts.update(settlement_counts(written, now, self.policy))
        counts["OutboxPending"] += self.outbox.relay([written])
        return counts

    def put(self, watch: Watch, step: Callable[[Watch], Watch]) -> Watch | None:
        """Write a step, also where an event noted itself meanwhile; None where another message took over."""
        current: Watch | None = watch
        while current is not None and current.claim == watch.claim:
            try:
                return self.table.write(step(current))
            except RowConflict as conflict:
                current = conflict.current
        self.log.info("lease_lost", extra={"payment": str(watch.key)})
        return None

    def _step(self, watch: Watch, found: transitions.Answer | NoAnswer) -> Callable[[Watch], Watch]:
        """Choose what to do to the row, as a step that can be repeated on a newer row."""
        now, jitter, policy = int(self.clock()), self.jitter(), self.policy
        if isinstance(found, NoAnswer):
            reason = found.reason
            if reason is None:
                return lambda current: transitions.snooze(current, now)
            return lambda current: transitions.back_off(
                current, reason, now, policy, jitter=jitter, sent_refresh=found.sent_refresh
            )
        if watch.key.is_order and found.order is not None:
            done = resolve_order_row(watch, found.order, table=self.table, now=now, policy=policy)
            if done:
                return lambda current: transitions.close_resolved(current, now, policy)
        return lambda current: transitions.apply_answer(current, found, now, policy, jitter=jitter)

    def _tell(self, watch: Watch, now: int) -> None:
        self.log.info(
            "watch_ended",
            extra={
                "payment": str(watch.key),
                "order_id": watch.order_id,
                "order_number": watch.order_number,
                "status": watch.status,
                "settled_by": watch.settled_by,
                "reason": watch.reason,
                "notice": watch.notice,
                "round": watch.round,
                "refreshes": watch.refreshes,
                "pending_for_s": now - watch.since,
            },
        )
