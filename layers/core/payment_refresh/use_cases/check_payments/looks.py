"""Looks at the watches of a batch: one list call for all their orders, one for payments that it does not show."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from payment_refresh.domain.check_results import Failed, Snoozed
from payment_refresh.domain.verdict import is_replaced
from payment_refresh.errors import CommerceLayerError, PermissionMissing, RequestRefused
from payment_refresh.metrics import Metric
from payment_refresh.rate_limit.budget import PAGE_SIZE, READS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from payment_refresh.domain.order import Order
    from payment_refresh.domain.payment import PaymentKey
    from payment_refresh.domain.watch import Watch
    from payment_refresh.ports import Circuits, CommerceLayer
    from payment_refresh.use_cases.check_payments.breaker import BatchBreaker
    from payment_refresh.use_cases.check_payments.memory import Memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What lists show of one watch.

    Attributes
    ----------
    order
        The order; None where no list shows it: then, without any other sign, single calls must be made.
    is_absent
        Whether no list shows the payment either (or, of an order's own row, the order).
    is_orphan
        Whether a list shows the payment, and that it has no order.
    is_witnessed
        Whether the list that left it out showed another payment of its type.
    failure
        What the watch gets because the list was not answered, or not asked for.
    """

    order: Order | None = None
    is_absent: bool = False
    is_orphan: bool = False
    is_witnessed: bool = False
    failure: Failed | Snoozed | None = None


@dataclass(slots=True, kw_only=True)
class Looks:
    """The lists that one batch asks for.

    Attributes
    ----------
    on_call
        Called right before each request is sent.
    """

    commerce_layer: CommerceLayer
    circuits: Circuits
    breaker: BatchBreaker
    memory: Memory
    on_call: Callable[[], None]
    _payments: dict[PaymentKey, str | None] = field(default_factory=dict, init=False)
    _failures: dict[PaymentKey, Failed | Snoozed] = field(default_factory=dict, init=False)
    _asked: set[PaymentKey] = field(default_factory=set, init=False)
    _unlistable: set[str] = field(default_factory=set, init=False)
    _witnessed: set[str] = field(default_factory=set, init=False)

    def look(self, watches: Sequence[Watch]) -> Mapping[PaymentKey, Listed]:
        """Ask for the orders of all watches, then for the payments that none of these orders names."""
        self._find([watch.key for watch in watches if not watch.key.is_order and watch.order_id is None])
        order_ids = {watch.key: self._order_id(watch) for watch in watches}
        orders = self._look(order_ids)
        shown = {key: orders[id_] for key, id_ in order_ids.items() if id_ is not None and id_ in orders}
        for order in shown.values():
            if order.payment is not None:
                self.memory.saw(order.payment)
        self._find([watch.key for watch in watches if self._needs_list(watch, shown.get(watch.key))])
        return {watch.key: self._listed(watch, shown.get(watch.key)) for watch in watches}

    def _order_id(self, watch: Watch) -> str | None:
        if watch.key.is_order:
            return watch.key.id
        return watch.order_id or self._payments.get(watch.key) or None

    def _needs_list(self, watch: Watch, order: Order | None) -> bool:
        """Whether to ask for a payment by its own id: its order is not shown, or does not name it any more."""
        key = watch.key
        if key.is_order or key in self._asked or key in self._failures or key.type in self._unlistable:
            return False
        return order is None or (watch.first_absent_at is not None and not _names(order, key))

    def _look(self, order_ids: Mapping[PaymentKey, str | None]) -> Mapping[str, Order]:
        wanted = sorted({id_ for id_ in order_ids.values() if id_ is not None})
        if not wanted:
            return {}
        failure: Failed | Snoozed = Snoozed()
        if self.breaker.allows():
            self.breaker.counts[Metric.LIST_CALLS] += 1
            try:
                return self.circuits.call(READS, partial(self.commerce_layer.look, wanted, self.on_call))
            except CommerceLayerError as error:
                failure = self.breaker.open(error)
        self._failures |= {key: failure for key, id_ in order_ids.items() if id_ is not None}
        return {}

    def _find(self, keys: Iterable[PaymentKey]) -> None:
        """List payments by id; a list of one type that fails concerns no payments of another."""
        by_type: dict[str, list[PaymentKey]] = defaultdict(list)
        for key in keys:
            by_type[key.type].append(key)
        for payment_type, group in sorted(by_type.items()):
            failure: Failed | Snoozed = Snoozed()
            if self.breaker.allows():
                self.breaker.counts[Metric.LIST_CALLS] += 1
                try:
                    self._find_type(payment_type, group)
                except (PermissionMissing, RequestRefused) as error:
                    self.breaker.log_failure(error)  # of this type's list alone: single calls may be answered
                    self._unlistable.add(payment_type)
                    continue
                except CommerceLayerError as error:
                    failure = self.breaker.record_failure(error)
                else:
                    continue
            self._failures |= dict.fromkeys(group, failure)

    def _find_type(self, payment_type: str, group: Sequence[PaymentKey]) -> None:
        ids = [key.id for key in group]
        witness = self.memory.witnesses.get(payment_type)
        asked = [*ids, witness] if witness and witness not in ids and len(ids) < PAGE_SIZE else ids
        find = partial(self.commerce_layer.find_orders, payment_type, asked, self.on_call)
        found = self.circuits.call(READS, find)
        self._asked |= set(group)
        self._payments |= {key: found[key.id] for key in group if key.id in found}
        self._witnessed |= {payment_type} if found else set()

    def _listed(self, watch: Watch, order: Order | None) -> Listed:
        key = watch.key
        if key in self._failures:
            return Listed(failure=self._failures[key])
        if order is not None:
            # Its payment was asked for because a refresh found none, and the order does not name it.
            is_absent = key in self._asked and key not in self._payments and not _names(order, key)
            return Listed(order=order, is_absent=is_absent and watch.first_absent_at is not None)
        if key.is_order:
            return Listed(is_absent=True)
        if key in self._payments:
            return Listed(is_orphan=self._payments[key] is None)
        if key.type in self._unlistable:
            return Listed()
        return Listed(is_absent=True, is_witnessed=key.type in self._witnessed)


def _names(order: Order, payment: PaymentKey) -> bool:
    """Whether an order names a payment as its own, or leaves open which one is."""
    return not order.source_known or not (order.source_id is None or is_replaced(order, payment))
