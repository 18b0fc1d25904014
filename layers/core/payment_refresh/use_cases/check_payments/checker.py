"""Use case, second part: ask Commerce Layer about a group of watches; look first, then refresh what is pending."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from payment_refresh.domain.endings import is_stale
from payment_refresh.domain.order import Order
from payment_refresh.domain.payment import ORDERS, PaymentKey
from payment_refresh.domain.transitions import Answer, is_last_look
from payment_refresh.domain.verdict import Kind, judge
from payment_refresh.errors import CommerceLayerError, NotFound, PermissionMissing, RequestRefused
from payment_refresh.rate_limit.budget import READS
from payment_refresh.times import to_epoch
from payment_refresh.use_cases.check_payments.breaker import BatchBreaker, NoAnswer
from payment_refresh.use_cases.check_payments.refresher import Found, Refresher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from payment_refresh.domain.policy import Policy
    from payment_refresh.domain.watch import Watch
    from payment_refresh.ports import Circuits, Clock, CommerceLayer, RateLimiter, TaskPool


@dataclass(slots=True, kw_only=True)
class PaymentChecker:
    """Asks Commerce Layer about watches, for one batch.

    Attributes
    ----------
    policy
        The merchant's rules under the pace's present use.
    pool
        Runs tasks, some at a time.
    observe
        Whether refreshes are never sent.
    act_after
        Orders placed (carts: created) before this are only looked at; epoch seconds UTC.
    brake
        Remembers when it is better to stop asking.
    """

    commerce_layer: CommerceLayer
    rate_limiter: RateLimiter
    circuits: Circuits
    pool: TaskPool
    policy: Policy
    clock: Clock
    observe: bool
    act_after: float
    breaker: BatchBreaker

    def check[T](self, watches: Sequence[Watch], handle: Callable[[Watch, Found], T]) -> Iterator[T]:
        """Ask about each watch.

        Parameters
        ----------
        handle
            Takes what came of a watch, to write it before the next call; several at a time. What it returns is
            yielded.
        """
        orders = self._looked(watches)
        ready: list[tuple[Watch, Found]] = []
        pending: dict[str, list[tuple[Watch, Order]]] = defaultdict(list)
        for watch in watches:
            found = self._first(watch, orders.get(watch.key))
            if isinstance(found, Order):
                pending[watch.key.type].append((watch, found))
            else:
                ready.append((watch, found))
        self.rate_limiter.record_look(len(orders), sum(len(group) for group in pending.values()))
        yield from self.pool.run([partial(handle, watch, found) for watch, found in ready])
        refresher = Refresher(
            commerce_layer=self.commerce_layer,
            circuits=self.circuits,
            pool=self.pool,
            clock=self.clock,
            breaker=self.breaker,
        )
        for payment_type in sorted(pending):
            yield from refresher.refresh_group(payment_type, pending[payment_type], handle)

    def _looked(self, watches: Sequence[Watch]) -> Mapping[PaymentKey, Order]:
        if self.breaker.stopped is None:
            try:
                return self._look(watches)
            except CommerceLayerError as error:
                self.breaker.stop(error)
        return {}

    def _look(self, watches: Sequence[Watch]) -> Mapping[PaymentKey, Order]:
        """List the orders of all watches in one call; where only the payment is known, find its order first."""
        order_ids = {watch.key: watch.key.id if watch.key.is_order else watch.order_id for watch in watches}
        unknown = [key for key, order_id in order_ids.items() if order_id is None]
        for payment_type in sorted({key.type for key in unknown}):
            if not self.breaker.may_call():
                return {}
            self.breaker.counts["ListCalls"] += 1
            ids = [key.id for key in unknown if key.type == payment_type]
            try:
                found = self.circuits.call(READS, partial(self.commerce_layer.find_orders, payment_type, ids))
            except (PermissionMissing, RequestRefused) as error:
                self.breaker.note(error)  # of this type alone: its payments are asked one by one
            else:
                order_ids |= {key: found.get(key.id) for key in unknown if key.type == payment_type}
        wanted = sorted({order_id for order_id in order_ids.values() if order_id is not None})
        if not wanted or not self.breaker.may_call():
            return {}
        self.breaker.counts["ListCalls"] += 1
        orders = self.circuits.call(READS, partial(self.commerce_layer.look, wanted))
        self.breaker.answered()
        return {key: orders[id_] for key, id_ in order_ids.items() if id_ is not None and id_ in orders}

    def _first(self, watch: Watch, order: Order | None) -> Found | Order:
        """Answer from the look, or give the order of a payment that is to be refreshed."""
        try:
            if order is None:
                # Absence from a list proves nothing: ask for the record itself.
                if not self.breaker.may_call():
                    return self.breaker.stopped or NoAnswer(None)
                order = self._retrieve(watch.key)
                if order is not None and _leaves_open(watch, order):
                    if not self.breaker.may_call():
                        return self.breaker.stopped or NoAnswer(None)
                    whole = self._retrieve_order(watch, order.id)
                    if whole is None:
                        is_over = int(self.clock()) >= self.policy.ends_at(watch)
                        return Answer(order=order if is_over else None, looked=is_over, can_refresh=False)
                    order = whole
            if order is None or not self._needs_refresh(watch, order):
                can_refresh = not watch.key.is_order and self._may_refresh(order)
                return Answer(order=order, looked=order is not None, can_refresh=can_refresh)
        except NotFound:
            self.breaker.answered()
            return Answer(not_found=True)
        except CommerceLayerError as error:
            return self.breaker.met(error)
        except Exception as error:  # handed on, not swallowed: its neighbours are asked all the same
            return error
        return order

    def _retrieve(self, key: PaymentKey) -> Order | None:
        self.breaker.counts["RetrieveCalls"] += 1
        order = self.circuits.call(READS, partial(self.commerce_layer.retrieve, key))
        self.breaker.answered()
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
            self.breaker.counts["NotSent"] += 1
            return False
        return True

    def _may_refresh(self, order: Order | None) -> bool:
        """Tell whether this deployment acts on this order, or only observes it."""
        at = None if order is None else order.placed_at or order.created_at
        return not self.observe and at is not None and to_epoch(at) >= self.act_after


def _leaves_open(watch: Watch, order: Order) -> bool:
    """Tell whether an order that came with its payment does not say whether that may be refreshed.

    Only the order's own answer bears authorizations, which tell whether less was authorized than the order costs.
    """
    verdict = judge(order, watch.key)
    if watch.key.is_order or verdict.kind is not Kind.PENDING or verdict.look_only:
        return False
    return (order.mismatched and order.payment == watch.key) or (watch.look_only and not order.source_known)
