"""Asks Commerce Layer about the watches of a batch: one look for all, then a refresh for each that is pending."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from payment_refresh.domain.check_results import Answered, Crashed, Missing
from payment_refresh.domain.endings import is_stale
from payment_refresh.domain.payment import ORDERS, PaymentKey
from payment_refresh.domain.transitions import is_last_look
from payment_refresh.domain.verdict import Kind, judge
from payment_refresh.errors import CommerceLayerError, NotFound, PermissionMissing, RequestRefused
from payment_refresh.metrics import Metric
from payment_refresh.rate_limit.budget import READS
from payment_refresh.times import to_epoch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from payment_refresh.domain.check_results import CheckResult
    from payment_refresh.domain.order import Order
    from payment_refresh.domain.policy import Policy
    from payment_refresh.domain.watch import Watch
    from payment_refresh.ports import Circuits, Clock, CommerceLayer, RateLimiter, TaskPool
    from payment_refresh.use_cases.check_payments.breaker import BatchBreaker
    from payment_refresh.use_cases.check_payments.refresher import Refresher
    from payment_refresh.use_cases.check_payments.writer import Recorded, ResultRecorder


@dataclass(frozen=True, slots=True)
class _ToRefresh:
    """The look left the payment pending; it is to be refreshed."""

    order: Order


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentChecker:
    """Checks the watches of one batch.

    Attributes
    ----------
    recorder
        Writes each result before the next call is made; several threads use it at once.
    policy
        The merchant's rules, as they are under the present load.
    observe
        Whether refreshes are never sent.
    act_after
        Orders placed (carts: created) before this are only looked at; epoch seconds UTC.
    """

    commerce_layer: CommerceLayer
    rate_limiter: RateLimiter
    circuits: Circuits
    pool: TaskPool
    breaker: BatchBreaker
    refresher: Refresher
    recorder: ResultRecorder
    policy: Policy
    clock: Clock
    observe: bool
    act_after: float

    def check(self, watches: Sequence[Watch]) -> Iterator[Recorded]:
        """Look at the watches, then refresh what is pending; gives each result as it was recorded."""
        orders = self._look(watches)
        settled: list[tuple[Watch, CheckResult]] = []
        pending: dict[str, list[tuple[Watch, Order]]] = defaultdict(list)
        for watch in watches:
            result = self._classify(watch, orders.get(watch.key))
            if isinstance(result, _ToRefresh):
                pending[watch.key.type].append((watch, result.order))
            else:
                settled.append((watch, result))
        self.rate_limiter.record_look(len(orders), sum(len(group) for group in pending.values()))
        yield from self.pool.run([partial(self.recorder.record, watch, result) for watch, result in settled])
        for payment_type in sorted(pending):
            yield from self.refresher.refresh_group(payment_type, pending[payment_type])

    def _look(self, watches: Sequence[Watch]) -> Mapping[PaymentKey, Order]:
        """List the orders of all watches in one call; a failure stops the batch's calls."""
        if self.breaker.opened_by is not None:
            return {}
        try:
            order_ids = self._find_order_ids(watches)
            wanted = sorted({order_id for order_id in order_ids.values() if order_id is not None})
            if not wanted or self.breaker.check():
                return {}
            self.breaker.counts[Metric.LIST_CALLS] += 1
            orders = self.circuits.call(READS, partial(self.commerce_layer.look, wanted))
        except CommerceLayerError as error:
            self.breaker.open(error)
            return {}
        self.breaker.record_success()
        return {key: orders[id_] for key, id_ in order_ids.items() if id_ is not None and id_ in orders}

    def _find_order_ids(self, watches: Sequence[Watch]) -> Mapping[PaymentKey, str | None]:
        """Name each watch's order; where only the payment is known, find its order by a list first."""
        order_ids = {watch.key: watch.key.id if watch.key.is_order else watch.order_id for watch in watches}
        unknown = [key for key, order_id in order_ids.items() if order_id is None]
        for payment_type in sorted({key.type for key in unknown}):
            if self.breaker.check():
                return {}
            self.breaker.counts[Metric.LIST_CALLS] += 1
            ids = [key.id for key in unknown if key.type == payment_type]
            try:
                found = self.circuits.call(READS, partial(self.commerce_layer.find_orders, payment_type, ids))
            except (PermissionMissing, RequestRefused) as error:
                self.breaker.log_failure(error)  # of this type alone: its payments are asked one by one
            else:
                order_ids |= {key: found.get(key.id) for key in unknown if key.type == payment_type}
        return order_ids

    def _classify(self, watch: Watch, order: Order | None) -> CheckResult | _ToRefresh:
        """Take the result from the look, or from the record itself where the look did not show it."""
        try:
            return self._read(watch) if order is None else self._judge(watch, order)
        except NotFound:
            self.breaker.record_success()
            return Missing()
        except CommerceLayerError as error:
            return self.breaker.record_failure(error)
        except Exception as error:  # handed on, not swallowed: its neighbours are asked all the same
            return Crashed(error)

    def _judge(self, watch: Watch, order: Order | None) -> Answered | _ToRefresh:
        if order is not None and self._needs_refresh(watch, order):
            return _ToRefresh(order)
        can_refresh = not watch.key.is_order and self._may_refresh(order)
        return Answered(order=order, looked=order is not None, can_refresh=can_refresh)

    def _read(self, watch: Watch) -> CheckResult | _ToRefresh:
        """Ask for the record itself: absence from a list proves nothing."""
        stopped = self.breaker.check()
        if stopped is not None:
            return stopped
        order = self._retrieve(watch.key)
        if order is None or not _is_inconclusive(watch, order):
            return self._judge(watch, order)
        stopped = self.breaker.check()
        if stopped is not None:
            return stopped
        whole = self._retrieve_order(watch, order.id)
        if whole is not None:
            return self._judge(watch, whole)
        is_over = int(self.clock()) >= self.policy.ends_at(watch)
        return Answered(order=order if is_over else None, looked=is_over, can_refresh=False)

    def _retrieve(self, key: PaymentKey) -> Order | None:
        self.breaker.counts[Metric.RETRIEVE_CALLS] += 1
        order = self.circuits.call(READS, partial(self.commerce_layer.retrieve, key))
        self.breaker.record_success()
        return order

    def _retrieve_order(self, watch: Watch, id_: str) -> Order | None:
        """Ask for an order by its own id, which its payment's answer gave; None where that decides nothing.

        Then its payment is not refreshed, and what its answer showed only serves to give it up in the end.
        """
        try:
            order = self._retrieve(PaymentKey(ORDERS, id_))
        except NotFound:  # it is there, as its payment's answer shows
            return None
        return None if order is None or (watch.look_only and not order.source_known) else order

    def _needs_refresh(self, watch: Watch, order: Order) -> bool:
        if watch.key.is_order or is_stale(order, watch):
            return False
        verdict = judge(order, watch.key)
        if verdict.kind is not Kind.PENDING or verdict.look_only:
            return False
        now = int(self.clock())
        if is_last_look(watch, now, self.policy) or not self.policy.may_refresh(watch, now):
            return False
        if not self._may_refresh(order):
            self.breaker.counts[Metric.NOT_SENT] += 1
            return False
        return True

    def _may_refresh(self, order: Order | None) -> bool:
        """Whether this deployment acts on this order, or only observes it."""
        at = None if order is None else order.placed_at or order.created_at
        return not self.observe and at is not None and to_epoch(at) >= self.act_after


def _is_inconclusive(watch: Watch, order: Order) -> bool:
    """Whether an order that came with its payment leaves open if that may be refreshed.

    Only the order's own answer has authorizations, which show whether less was authorized than the order costs.
    """
    verdict = judge(order, watch.key)
    if watch.key.is_order or verdict.kind is not Kind.PENDING or verdict.look_only:
        return False
    return (order.mismatched and order.payment == watch.key) or (watch.look_only and not order.source_known)
