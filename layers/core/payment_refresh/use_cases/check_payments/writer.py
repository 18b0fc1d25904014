"""Writes the results of checks to the rows, relays their outboxes, and reports what is to be counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, Protocol

from payment_refresh.domain import transitions
from payment_refresh.domain.check_results import (
    Absent,
    Answered,
    CheckResult,
    Crashed,
    Failed,
    Gone,
    Snoozed,
)
from payment_refresh.domain.measures import Measures, settlement_counts
from payment_refresh.domain.moment import Moment
from payment_refresh.domain.vocabulary import Status
from payment_refresh.domain.watch import RowConflict
from payment_refresh.metrics import Counts, Metric
from payment_refresh.use_cases.check_payments.order_row import resolve_order_row
from payment_refresh.use_cases.new_model import count_new_model

if TYPE_CHECKING:
    from collections.abc import Callable

    from payment_refresh.domain.policy import Policy
    from payment_refresh.domain.watch import Watch
    from payment_refresh.ports import Clock, Log, StateTable
    from payment_refresh.use_cases.outbox import Outbox

    type Transition = Callable[[Watch], Watch]

METRICS = {
    Status.SETTLED: Metric.SETTLED,
    Status.CLOSED: Metric.CLOSED,
    Status.MISSING: Metric.MISSING,
    Status.REPORTED: Metric.REPORTED,
    Status.ABANDONED: Metric.ABANDONED,
    Status.DEAD_LETTERED: Metric.DEAD_LETTERED,
    Status.WATCHING: Metric.PENDING,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What became of one watch.

    Attributes
    ----------
    result
        The result of its check.
    error
        Why its message must be delivered again, if it must.
    """

    watch: Watch
    result: CheckResult
    error: Exception | None = None
    counts: Counts = field(default_factory=Counts)
    measures: Measures = field(default_factory=Measures)


class Written(NamedTuple):
    """What is to be counted and measured of a row that was written; nothing where another message took it over."""

    counts: Counts
    measures: Measures


class ResultRecorder(Protocol):
    """Takes each result of a check; several threads may use it at once, each for watches of its own."""

    def record(self, watch: Watch, result: CheckResult) -> Recorded:
        """Record a result before the next call is made; never raises."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultWriter:
    """Writes results to the state table; implements `ResultRecorder`.

    Attributes
    ----------
    policy
        The merchant's rules, as they are under the present load.
    jitter
        Gives a number from -1 to 1.
    """

    table: StateTable
    outbox: Outbox
    policy: Policy
    clock: Clock
    jitter: Callable[[], float]
    log: Log

    def record(self, watch: Watch, result: CheckResult) -> Recorded:
        """Write a result; never raises, since one payment must not fail its neighbours."""
        if isinstance(result, Crashed):
            return Recorded(watch=watch, result=result, error=result.error)
        try:
            counts, measures = self.apply(watch, self._transition(watch, result))
        except Exception as error:  # handed on: the message fails
            return Recorded(watch=watch, result=result, error=error)
        counts[Metric.NO_ANSWER] += isinstance(result, Failed) and not result.is_own
        if isinstance(result, Answered) and result.order is not None:
            counts.update(count_new_model([result.order], self.log))
        return Recorded(watch=watch, result=result, counts=+counts, measures=measures)

    def apply(self, watch: Watch, transition: Transition) -> Written:
        """Write a transition, then relay the row's outbox; gives what is to be counted."""
        written, measures = self.write_with_retry(watch, transition), Measures()
        if written is None:
            return Written(Counts(), measures)
        now, counts = int(self.clock()), Counts([METRICS.get(written.status, Metric.PENDING)])
        measures.add(written, now)
        if not written.is_open:
            self._log_end(written, now)
            counts.update(settlement_counts(written, now, self.policy))
        counts.update(self.outbox.relay([written]))
        return Written(counts, measures)

    def write_with_retry(self, watch: Watch, transition: Transition) -> Watch | None:
        """Write a transition, also where an event was recorded meanwhile; None where another message took over."""
        current: Watch | None = watch
        while current is not None and current.claim == watch.claim:
            try:
                return self.table.write(transition(current))
            except RowConflict as conflict:
                current = conflict.current
        self.log.info("lease_lost", extra={"payment": str(watch.key)})
        return None

    def _transition(self, watch: Watch, result: Answered | Absent | Gone | Failed | Snoozed) -> Transition:
        """Choose the result's transition, as a step that can be repeated on a newer row with the same outcome."""
        now, drawn = int(self.clock()), self.jitter()
        at = Moment(now=now, policy=self.policy, jitter=lambda: drawn)
        if isinstance(result, Snoozed):
            attempts = watch.isolated_attempts
            return partial(transitions.snooze, now=now, after=result.after, attempts=attempts)
        if isinstance(result, Failed):
            return partial(transitions.back_off, failure=result, at=at)
        if isinstance(result, Absent):
            return partial(transitions.apply_absence, absent=result, at=at)
        if isinstance(result, Gone):
            return partial(transitions.apply_gone, gone=result, at=at)
        order = result.order if watch.key.is_order else None
        if order is not None and resolve_order_row(watch, order, table=self.table, at=at):
            return partial(transitions.close_resolved, at=at)
        return partial(transitions.apply_answer, answer=result, at=at)

    def _log_end(self, watch: Watch, now: int) -> None:
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
