"""Refreshes the pending payments of a batch, some at a time: those first whose last refresh did not fail."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import batched
from typing import TYPE_CHECKING, NamedTuple

from payment_refresh.domain.attribution import SentRefresh
from payment_refresh.domain.check_results import Absent, Answered, Crashed, Failed, Snoozed
from payment_refresh.domain.order import merge_refresh_answer
from payment_refresh.errors import CommerceLayerError, Declined, NotFound, PermissionMissing
from payment_refresh.metrics import Metric
from payment_refresh.use_cases.api_failures import log_failure, metric_of
from payment_refresh.use_cases.check_payments.breaker import HOPELESS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from payment_refresh.domain.check_results import CheckResult
    from payment_refresh.domain.order import Order
    from payment_refresh.domain.watch import Watch
    from payment_refresh.ports import Clock, CommerceLayer, TaskPool
    from payment_refresh.use_cases.check_payments.breaker import BatchBreaker
    from payment_refresh.use_cases.check_payments.memory import Memory
    from payment_refresh.use_cases.check_payments.writer import Recorded, ResultRecorder

FEW = 3
"""Failed refreshes in a batch, of payments whose last one failed too, after which the others like them wait."""


class ToRefresh(NamedTuple):
    """A payment that its look left pending, and that is to be refreshed.

    Attributes
    ----------
    names_payment
        Whether the order names this payment as its own.
    is_observed
        Whether the order is only observed, but for this refresh that a person asked for.
    """

    watch: Watch
    order: Order
    names_payment: bool
    is_observed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempt:
    """What one refresh leaves to be counted on the handler's thread."""

    recorded: Recorded
    was_sent: bool = False
    error: CommerceLayerError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresher:
    """Sends the refreshes of one batch.

    Each payment is a bulkhead of its own: the failure of its refresh stops no other, unless all would meet it.

    Attributes
    ----------
    hold_back
        Seconds until a payment is due again that was held back because others like it fail.
    on_call
        Called right before each request is sent.
    """

    commerce_layer: CommerceLayer
    pool: TaskPool
    clock: Clock
    breaker: BatchBreaker
    memory: Memory
    recorder: ResultRecorder
    hold_back: int
    on_call: Callable[[], None]

    def refresh(self, pending: Sequence[ToRefresh]) -> Iterator[Recorded]:
        """Refresh payments; each result is recorded at once."""
        sound = [each for each in pending if each.watch.refresh_failing_since is None]
        yield from self._run(sorted(sound, key=lambda each: not each.watch.is_unchecked))
        failures = 0
        for group in batched([each for each in pending if each not in sound], FEW, strict=False):
            if failures >= FEW:
                snoozed = Snoozed(after=self.hold_back)
                yield from self.pool.run([partial(self.recorder.record, each.watch, snoozed) for each in group])
                continue
            for recorded in self._run(group):
                failures += isinstance(recorded.result, Failed)
                yield recorded

    def _run(self, group: Sequence[ToRefresh]) -> Iterator[Recorded]:
        for attempt in self.pool.run([partial(self._refresh, each) for each in group]):
            self._count(attempt)
            yield attempt.recorded

    def _refresh(self, asked: ToRefresh) -> _Attempt:
        """Refresh one payment and record the result; one task of several, so it counts nothing itself."""
        watch = asked.watch
        if not self.breaker.allows():
            return _Attempt(recorded=self.recorder.record(watch, Snoozed()))
        sent_at: list[float] = []
        result: CheckResult
        error: CommerceLayerError | None = None

        def on_sent() -> None:
            self.on_call()
            sent_at.append(self.clock())

        try:
            refreshed = self.commerce_layer.refresh(watch.key, on_sent)
            result = self._answered(asked, merge_refresh_answer(asked.order, refreshed, watch.key), sent_at)
        except Declined as declined:
            error = declined
            result = self._answered(asked, asked.order, sent_at, declined.reason)
        except CommerceLayerError as failure:
            error = failure
            result = self._failed(asked, failure, sent_at)
        except Exception as crash:  # handed on, not swallowed: its neighbours are refreshed all the same
            result = Crashed(crash)
        return _Attempt(recorded=self.recorder.record(watch, result), was_sent=bool(sent_at), error=error)

    def _answered(
        self, asked: ToRefresh, order: Order, sent_at: Sequence[float], code: str | None = None
    ) -> Answered:
        until = self.clock()
        return Answered(
            order=order,
            look=asked.order,
            looked=True,
            # Where it changed nothing, a look would show no more.
            is_whole=order.payment_status == asked.order.payment_status,
            is_observed=asked.is_observed,
            sent_refresh=SentRefresh(sent_at[0] if sent_at else until, until),
            code=code,
        )

    def _failed(
        self, asked: ToRefresh, failure: CommerceLayerError, sent_at: Sequence[float]
    ) -> Absent | Failed | Snoozed:
        if isinstance(failure, HOPELESS) and not sent_at:
            return Snoozed()
        if isinstance(failure, NotFound) and not asked.names_payment and asked.watch.first_absent_at is None:
            # From now on lists are asked for it; where they show it, its refresh just fails.
            return Absent(look=asked.order)
        return Failed(
            reason=failure.reason,
            is_own=not isinstance(failure, HOPELESS),
            is_observed=asked.is_observed,
            look=asked.order,
            sent_refresh=SentRefresh(sent_at[0], self.clock()) if sent_at else None,
        )

    def _count(self, attempt: _Attempt) -> None:
        """Count a refresh, and remember whether refreshes are answered at all."""
        counts, error = self.breaker.counts, attempt.error
        counts[Metric.REFRESH_CALLS] += attempt.was_sent
        if error is None or isinstance(error, Declined):
            counts[Metric.DECLINED] += error is not None
            if attempt.was_sent:
                self.memory.refresh_answered(attempt.recorded.watch.key)
        elif isinstance(error, HOPELESS):
            self.breaker.record_failure(error)
        else:
            self._count_own(attempt, error)

    def _count_own(self, attempt: _Attempt, error: CommerceLayerError) -> None:
        """Count the failure of one payment's own refresh; where others fail alike, it is an outage or a right."""
        counts, payment = self.breaker.counts, attempt.recorded.watch.key
        is_contradicted = isinstance(error, NotFound)  # by the order, which names the payment
        is_no_single_one = self.memory.refresh_failed(payment)
        if is_contradicted:
            counts[Metric.MAY_NOT_READ] += 1
        elif is_no_single_one:
            counts[metric_of(error)] += 1
            counts[Metric.NO_ANSWER] += not isinstance(error, PermissionMissing)
        else:
            counts[Metric.REFRESH_FAILING] += 1
            counts[Metric.REFRESHES_REFUSED] += isinstance(error, PermissionMissing)
        needs_operator = is_contradicted or (is_no_single_one and isinstance(error, PermissionMissing))
        log_failure(error, self.breaker.log, needs_operator=needs_operator, payment=str(payment))
