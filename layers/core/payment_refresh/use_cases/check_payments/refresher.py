"""Refreshes the pending payments of one type, some at a time, under the circuit of their type."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from payment_refresh.domain.attribution import SentRefresh
from payment_refresh.domain.check_results import Answered, Crashed, Failed, Missing, Snoozed
from payment_refresh.domain.order import merge_refresh_answer
from payment_refresh.errors import CommerceLayerError, Declined, NoBudget, NotFound, Unavailable
from payment_refresh.metrics import Metric

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payment_refresh.domain.check_results import CheckResult
    from payment_refresh.domain.order import Order
    from payment_refresh.domain.watch import Watch
    from payment_refresh.ports import Circuits, Clock, CommerceLayer, TaskPool
    from payment_refresh.use_cases.check_payments.breaker import BatchBreaker
    from payment_refresh.use_cases.check_payments.writer import Recorded, ResultRecorder


class _NoRefreshAnswered(Unavailable):
    """No refresh of a group was answered; it counts as one failure of their circuit."""


class _NoRefreshSent(CommerceLayerError):
    """No refresh of a group went out, so its circuit learns nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempt:
    """What one refresh leaves to be counted on the handler's thread."""

    recorded: Recorded
    was_sent: bool = False
    error: CommerceLayerError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresher:
    """Sends the refreshes of one batch.

    The circuit is entered on the handler's thread, for a whole group: its probe belongs to a thread, and those of
    the pool would never close it again.
    """

    commerce_layer: CommerceLayer
    circuits: Circuits
    pool: TaskPool
    clock: Clock
    breaker: BatchBreaker
    recorder: ResultRecorder

    def refresh_group(self, payment_type: str, group: Sequence[tuple[Watch, Order]]) -> Sequence[Recorded]:
        """Refresh payments, given with the orders that the look showed; each result is recorded at once."""
        recorded: list[Recorded] = []

        def refresh_all() -> None:
            sent = answered = 0
            for attempt in self.pool.run([partial(self._refresh, watch, order) for watch, order in group]):
                recorded.append(attempt.recorded)
                sent += attempt.was_sent
                answered += attempt.was_sent and not isinstance(attempt.error, Unavailable)
                self._count(attempt)
            if not sent:
                raise _NoRefreshSent(f"no refresh of {payment_type} was sent")
            if not answered:
                raise _NoRefreshAnswered(f"no refresh of {payment_type} was answered")

        try:
            self.circuits.call(payment_type, refresh_all)
        except (_NoRefreshAnswered, _NoRefreshSent):
            pass  # each payment's result is recorded already
        except CommerceLayerError as error:
            result = self.breaker.log_failure(error)
            recorded += self.pool.run([partial(self.recorder.record, watch, result) for watch, _ in group])
        return recorded

    def _refresh(self, watch: Watch, looked: Order) -> _Attempt:
        """Refresh one payment and record the result; one task of several, so it counts nothing itself."""
        if self.breaker.opened_by is not None:
            return _Attempt(recorded=self.recorder.record(watch, self.breaker.opened_by))
        if not self.breaker.has_time():
            return _Attempt(recorded=self.recorder.record(watch, Snoozed()))
        sent_at: list[float] = []
        result: CheckResult
        error: CommerceLayerError | None = None
        try:
            refreshed = self.commerce_layer.refresh(watch.key, lambda: sent_at.append(self.clock()))
            result = self._answered(merge_refresh_answer(looked, refreshed, watch.key), sent_at)
        except NotFound:
            result = Missing()
        except Declined as declined:
            error = declined
            result = self._answered(looked, sent_at, declined.reason)
        except NoBudget as no_budget:
            error = no_budget
            result = Snoozed()
        except CommerceLayerError as failure:
            error = failure
            result = Failed(failure.reason, SentRefresh(sent_at[0], self.clock()) if sent_at else None)
        except Exception as crash:  # handed on, not swallowed: its neighbours are refreshed all the same
            result = Crashed(crash)
        return _Attempt(recorded=self.recorder.record(watch, result), was_sent=bool(sent_at), error=error)

    def _answered(self, order: Order, sent_at: Sequence[float], code: str | None = None) -> Answered:
        until = self.clock()
        sent_refresh = SentRefresh(sent_at[0] if sent_at else until, until)
        return Answered(order=order, looked=True, sent_refresh=sent_refresh, code=code)

    def _count(self, attempt: _Attempt) -> None:
        """Count a refresh, and let the breaker learn from it."""
        self.breaker.counts[Metric.REFRESH_CALLS] += attempt.was_sent
        if attempt.error is None:
            self.breaker.record_success()
        elif isinstance(attempt.error, Declined):
            self.breaker.record_success()
            self.breaker.counts[Metric.DECLINED] += 1
        else:
            self.breaker.record_failure(attempt.error)
