"""Asks Commerce Layer about the watches of a batch: one look for all, then a refresh for each that is pending."""

from __future__ import annotations

from copy import replace
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from payment_refresh.domain.check_results import Absent, Answered, Crashed, Failed
from payment_refresh.domain.endings import is_stale, know
from payment_refresh.domain.giving_up import is_last_look
from payment_refresh.domain.moment import Moment
from payment_refresh.domain.order import Order
from payment_refresh.domain.verdict import Kind, judge
from payment_refresh.metrics import Metric
from payment_refresh.times import to_epoch
from payment_refresh.use_cases.check_payments.refresher import ToRefresh

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from payment_refresh.domain.check_results import CheckResult
    from payment_refresh.domain.payment import PaymentKey
    from payment_refresh.domain.policy import Policy
    from payment_refresh.domain.verdict import Verdict
    from payment_refresh.domain.watch import Watch
    from payment_refresh.ports import Clock, RateLimiter, TaskPool
    from payment_refresh.use_cases.check_payments.breaker import BatchBreaker
    from payment_refresh.use_cases.check_payments.looks import Listed, Looks
    from payment_refresh.use_cases.check_payments.refresher import Refresher
    from payment_refresh.use_cases.check_payments.single_reads import SingleReads
    from payment_refresh.use_cases.check_payments.writer import Recorded, ResultRecorder


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """On what this deployment acts.

    Attributes
    ----------
    observe
        Whether refreshes are never sent.
    act_after
        Orders placed (carts: created) before this are only observed; epoch seconds UTC.
    """

    observe: bool
    act_after: float

    def is_old(self, order: Order) -> bool:
        """Whether an order is only observed because it is older than what this deployment acts on."""
        at = order.placed_at or order.created_at
        return at is None or to_epoch(at) < self.act_after


@dataclass(frozen=True, slots=True)
class _ToRead:
    """No list shows enough of it: single calls must ask for the record itself."""

    watch: Watch
    listed: Listed


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentChecker:
    """Checks the watches of one batch.

    Attributes
    ----------
    recorder
        Writes each result before the next call is made; several threads use it at once.
    policy
        The merchant's rules, as they are under the present load.
    """

    rate_limiter: RateLimiter
    pool: TaskPool
    breaker: BatchBreaker
    looks: Looks
    refresher: Refresher
    single_reads: SingleReads
    recorder: ResultRecorder
    policy: Policy
    clock: Clock
    scope: Scope

    def check(self, watches: Sequence[Watch]) -> Iterator[Recorded]:
        """Look at the watches, refresh what is pending, then ask for single records; gives results as recorded."""
        listed = self.looks.look(watches)
        decided: list[tuple[Watch, CheckResult]] = []
        pending: list[ToRefresh] = []
        unclear: list[_ToRead] = []
        for watch in watches:
            match self._classify(watch, listed[watch.key]):
                case ToRefresh() as asked:
                    pending.append(asked)
                case _ToRead() as to_read:
                    unclear.append(to_read)
                case result:
                    decided.append((watch, result))
        self._count_looks(listed, len(pending) + len(unclear))
        yield from self.pool.run([partial(self.recorder.record, watch, result) for watch, result in decided])
        yield from self.refresher.refresh(pending)
        for each in unclear:
            yield from self._read(each)

    def _count_looks(self, listed: Mapping[PaymentKey, Listed], unsettled: int) -> None:
        answered = sum(each.failure is None for each in listed.values())
        self.rate_limiter.record_look(answered, unsettled)

    def _classify(self, watch: Watch, listed: Listed) -> CheckResult | ToRefresh | _ToRead:
        """Take the result from the lists, where they show enough."""
        try:
            if listed.failure is not None:
                return listed.failure
            if listed.order is not None and (not listed.is_absent or self._is_decided(watch, listed.order)):
                return self._judge(watch, listed.order)
            if listed.is_absent:
                return _ToRead(watch, listed) if watch.absent_twice else Absent()
            if listed.is_orphan:
                return Answered(is_orphan=True)
            return _ToRead(watch, listed)
        except Exception as error:  # handed on, not swallowed: its neighbours are asked all the same
            return Crashed(error)

    def _read(self, each: _ToRead) -> Iterator[Recorded]:
        """Ask for a single record, and for its order where that takes another call."""
        try:
            result = self.single_reads.read(each.watch, each.listed)
            decided = self._judge(each.watch, result) if isinstance(result, Order) else self._scoped(result)
        except Exception as error:  # handed on, not swallowed: its neighbours are asked all the same
            decided = Crashed(error)
        if isinstance(decided, ToRefresh):
            yield from self.refresher.refresh([decided])
        else:
            yield self.recorder.record(each.watch, decided)

    def _is_decided(self, watch: Watch, order: Order) -> bool:
        """Whether the order says what becomes of a payment, whether that is still there or not."""
        return judge(order, watch.key).kind is not Kind.PENDING and not is_stale(order, watch)

    def _scoped(self, result: CheckResult) -> CheckResult:
        """Add what is only observed to a result of single calls."""
        if isinstance(result, Failed) and result.is_own:
            return replace(result, is_observed=self.scope.observe)
        if not isinstance(result, Answered):
            return result
        is_old = result.order is not None and self.scope.is_old(result.order)
        return replace(result, is_observed=is_old or self.scope.observe, is_old=is_old)

    def _judge(self, watch: Watch, order: Order) -> Answered | ToRefresh:
        """Decide on a refresh by the order that a look showed."""
        at = Moment(now=int(self.clock()), policy=self.policy)
        verdict = judge(order, watch.key)
        known = know(watch, order, verdict, at)
        is_old = self.scope.is_old(order)
        is_observed = is_old or self.scope.observe
        acts = not self.scope.observe and (watch.asked_manually or not is_old) and not watch.key.is_order
        if self._needs_refresh(watch, order, verdict, known):
            if acts:
                names_payment = not order.source_known or order.payment == watch.key
                return ToRefresh(watch, order, names_payment, is_observed)
            self.breaker.counts[Metric.NOT_SENT] += not watch.key.is_order
        return Answered(
            order=order,
            looked=True,
            can_refresh=acts and not is_observed and self.policy.refreshes_at_end(known),
            is_observed=is_observed,
            is_old=is_old,
        )

    def _needs_refresh(self, watch: Watch, order: Order, verdict: Verdict, known: Watch) -> bool:
        if watch.key.is_order or is_stale(order, watch):
            return False
        if verdict.kind is not Kind.PENDING or verdict.look_only:
            return False
        now = int(self.clock())
        return not is_last_look(known, now, self.policy) and self.policy.may_refresh(known, now)
