"""Rounds: how watching a payment begins, and begins again, and which facts a watch takes from its order."""

from __future__ import annotations

from copy import replace
from typing import TYPE_CHECKING

from payment_refresh.domain.verdict import is_placed
from payment_refresh.domain.watch import FoundBy, Watch, WatchClass
from payment_refresh.times import to_epoch

if TYPE_CHECKING:
    from payment_refresh.domain.moment import Moment
    from payment_refresh.domain.order import Order
    from payment_refresh.domain.payment import PaymentKey


def start_round(
    key: PaymentKey, order: Order | None, at: Moment, *, found_by: FoundBy = FoundBy.EVENT, round_: int = 1
) -> Watch:
    """Start a round of watching; without an order, as a placed one, since somebody waits for it."""
    since = at.now if order is None else _started(order, at.now)
    watch = Watch(
        key=key,
        watch_class=WatchClass.PLACED if order is None else _class_of(order),
        round=round_,
        found_by=found_by,
        since=since,
        started_at=since,
        due_at=at.now,
    )
    watch = watch if order is None else with_order_facts(watch, order, at.now)
    return replace(watch, due_at=at.policy.first_due(watch, at.now))


def start_next_round(
    watch: Watch, order: Order | None, now: int, *, due_at: int, found_by: FoundBy = FoundBy.EVENT
) -> Watch:
    """Start the next round of an ended watch; its age counts from now, its history is kept."""
    fresh = Watch(
        key=watch.key,
        watch_class=watch.watch_class,
        round=watch.round + 1,
        found_by=found_by,
        revision=watch.revision,
        since=watch.since,
        started_at=now,
        due_at=due_at,
        checks=watch.checks,
        failed_attempt=watch.failed_attempt,
        order_id=watch.order_id,
        order_number=watch.order_number,
        order_at=watch.order_at,
        order_updated_at=watch.order_updated_at,
        amount_cents=watch.amount_cents,
        currency=watch.currency,
        gateway_id=watch.gateway_id,
        auto_place=watch.auto_place,
    )
    return fresh if order is None else with_order_facts(fresh, order, now)


def with_order_facts(watch: Watch, order: Order, now: int) -> Watch:
    """Copy what the order says; a cart that was placed begins to be waited for when it was placed."""
    watch_class = _class_of(order)
    is_same_order = watch.order_id in (None, order.id)

    def kept[T](fact: T) -> T | None:
        """Keep a known fact that the document leaves out; what is known of another order does not hold here."""
        return fact if is_same_order else None

    return replace(
        watch,
        watch_class=watch_class,
        started_at=watch.started_at if watch_class is watch.watch_class else _started(order, now),
        order_id=order.id,
        order_number=order.number or kept(watch.order_number),
        order_at=order.placed_at or order.created_at or kept(watch.order_at),
        order_updated_at=order.updated_at or kept(watch.order_updated_at),
        amount_cents=order.amount_cents if order.amount_cents is not None else kept(watch.amount_cents),
        currency=order.currency or kept(watch.currency),
        # The document shows the current payment source, which may be another one by now.
        gateway_id=(order.gateway_id if order.payment == watch.key else None) or watch.gateway_id,
        auto_place=order.auto_place or watch.auto_place,
    )


def _class_of(order: Order) -> WatchClass:
    return WatchClass.PLACED if is_placed(order) else WatchClass.CART


def _started(order: Order, now: int) -> int:
    """When the wait began: at placement; a cart's when it last changed, since it may have been found later."""
    at = order.placed_at if is_placed(order) and order.placed_at is not None else order.updated_at
    return now if at is None else min(now, int(to_epoch(at)))
