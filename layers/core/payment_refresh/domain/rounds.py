"""Rounds: how watching a payment begins, and begins again, and which facts a watch takes from its order."""

from __future__ import annotations

from copy import replace
from typing import TYPE_CHECKING

from payment_refresh.domain.attribution import is_own_change
from payment_refresh.domain.verdict import is_placed, is_replaced
from payment_refresh.domain.vocabulary import FoundBy, WatchClass
from payment_refresh.domain.watch import Watch
from payment_refresh.times import to_epoch

if TYPE_CHECKING:
    from payment_refresh.domain.moment import Moment
    from payment_refresh.domain.order import Order
    from payment_refresh.domain.payment import PaymentKey

CARTS = frozenset({"draft", "pending", "cancelled"})
"""Statuses of an order without ``placed_at`` that is a cart; an unknown one makes no cart of a placed order."""


def start_round(
    key: PaymentKey, order: Order | None, at: Moment, *, found_by: FoundBy = FoundBy.EVENT, round_: int = 1
) -> Watch:
    """Start a round of watching; without an order, as a placed one, since somebody waits for it."""
    since = at.now if order is None else _started(order, at.now)
    watch = Watch(
        key=key,
        watch_class=WatchClass.PLACED if order is None or is_placed(order) else WatchClass.CART,
        round=round_,
        found_by=found_by,
        since=since,
        started_at=since,
        due_at=at.now,
    )
    watch = watch if order is None else with_order_facts(watch, order, at)
    return replace(watch, due_at=at.policy.first_due(watch, at.now))


def start_next_round(
    watch: Watch, order: Order | None, at: Moment, *, due_at: int, found_by: FoundBy = FoundBy.EVENT
) -> Watch:
    """Start the next round of an ended watch; its age counts from now (a cart's from its last change)."""
    fresh = Watch(
        key=watch.key,
        watch_class=watch.watch_class,
        round=watch.round + 1,
        found_by=found_by,
        revision=watch.revision,
        since=watch.since,
        started_at=at.now,
        due_at=due_at,
        checks=watch.checks,
        failed_attempt=watch.failed_attempt,
        cancelled_at=watch.cancelled_at,
        order_id=watch.order_id,
        order_number=watch.order_number,
        order_at=watch.order_at,
        order_updated_at=watch.order_updated_at,
        order_payment_updated_at=watch.order_payment_updated_at,
        amount_cents=watch.amount_cents,
        currency=watch.currency,
        gateway_id=watch.gateway_id,
        payment_gateway_type=watch.payment_gateway_type,
        payment_gateway_id=watch.payment_gateway_id,
        auto_place=watch.auto_place,
        auto_capture=watch.auto_capture,
        refresh_sent_at=watch.refresh_sent_at,
        refresh_answered_at=watch.refresh_answered_at,
        outbox=watch.outbox - watch.relayable,
        unknown=watch.unknown,
    )
    return fresh if order is None else with_order_facts(fresh, order, at)


def with_order_facts(watch: Watch, order: Order, at: Moment) -> Watch:
    """Copy what the order says; what its document leaves out stays known.

    A cart that was placed begins to be waited for when it was placed, and one that changed when it changed.
    """
    watch_class = _class_of(order, watch)
    is_same_order = watch.order_id in (None, order.id)

    def kept[T](fact: T) -> T | None:
        """Keep a known fact that the document leaves out; what is known of another order does not hold here."""
        return fact if is_same_order else None

    is_ours, is_other = order.payment == watch.key, is_replaced(order, watch.key)
    return replace(
        watch,
        watch_class=watch_class,
        started_at=_restarted(watch, order, watch_class, at),
        order_id=order.id,
        order_number=order.number or kept(watch.order_number),
        order_at=order.placed_at or order.created_at or kept(watch.order_at),
        order_updated_at=order.updated_at or kept(watch.order_updated_at),
        order_payment_updated_at=order.payment_updated_at or kept(watch.order_payment_updated_at),
        amount_cents=order.amount_cents if order.amount_cents is not None else kept(watch.amount_cents),
        currency=order.currency or kept(watch.currency),
        # The document shows the current payment source, which may be another one by now.
        gateway_id=(order.gateway_id if is_ours else None) or watch.gateway_id,
        payment_gateway_type=(order.payment_gateway_type if is_ours else None) or watch.payment_gateway_type,
        payment_gateway_id=(order.payment_gateway_id if is_ours else None) or watch.payment_gateway_id,
        # The method is that of the current payment source.
        auto_place=watch.auto_place if is_other or order.auto_place is None else order.auto_place,
        auto_capture=watch.auto_capture if is_other or order.auto_capture is None else order.auto_capture,
    )


def _class_of(order: Order, watch: Watch) -> WatchClass:
    if not watch.watch_class.is_known:
        return watch.watch_class
    if is_placed(order) or (watch.watch_class is WatchClass.PLACED and order.status not in CARTS):
        return WatchClass.PLACED
    return WatchClass.CART


def _restarted(watch: Watch, order: Order, watch_class: WatchClass, at: Moment) -> int:
    """When the wait began, now that the order is known as it is."""
    if watch_class is not watch.watch_class:
        return _started(order, at.now)
    known = watch.order_updated_at if watch.order_id == order.id else None
    if (
        watch_class is not WatchClass.CART
        or known is None
        or order.updated_at is None
        or order.updated_at <= known
    ):
        return watch.started_at
    return watch.started_at if is_own_change(watch, order.updated_at, at.policy) else _started(order, at.now)


def _started(order: Order, now: int) -> int:
    """When the wait began: at placement; a cart's when it last changed, since it may have been found later."""
    at = order.placed_at if order.placed_at is not None else order.updated_at
    return now if at is None else min(now, int(to_epoch(at)))
