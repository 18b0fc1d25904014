"""Intake: what an order event or a listed order means for the row of its payment, as pure decisions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from payment_refresh.domain import leases, rounds
from payment_refresh.domain.endings import is_stale
from payment_refresh.domain.payment import ORDERS, PaymentKey
from payment_refresh.domain.transitions import apply_event
from payment_refresh.domain.verdict import Kind, judge
from payment_refresh.domain.watch import FoundBy, Notice, Status

if TYPE_CHECKING:
    from payment_refresh.domain.moment import Moment
    from payment_refresh.domain.order import Order
    from payment_refresh.domain.watch import Watch


class Result(StrEnum):
    """What an order event leads to."""

    WATCHING = "watching"
    UPDATED = "updated"
    ENDED = "ended"
    DEFERRED = "deferred"
    STALE = "stale"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Decision:
    """What an order means for a row: the result, and the row to write, if any."""

    result: Result
    row: Watch | None = None


IGNORED, STALE = Decision(Result.IGNORED), Decision(Result.STALE)


def key_of(order: Order) -> PaymentKey | None:
    """Name the row an order event is about; None where the payment is of a type that cannot be refreshed."""
    if order.payment is not None:
        return order.payment
    return None if order.source_type is not None else PaymentKey(ORDERS, order.id)


def decide(
    key: PaymentKey, watch: Watch | None, order: Order, at: Moment, found_by: FoundBy = FoundBy.EVENT
) -> Decision:
    """Decide what an order event means for a row as it stands.

    Parameters
    ----------
    watch
        The row; None where there is none.
    found_by
        Source recorded for a round that this event starts.
    """
    if watch is None:
        return decide_first(key, order, at, found_by)
    is_same_order = watch.order_id in (None, order.id)
    if is_same_order and is_stale(order, watch):
        return STALE
    if watch.is_open and watch.claim is not None:
        # The echo of our own refresh comes during the lease: it must not pass for a webhook.
        return Decision(Result.DEFERRED, None if watch.event_during_lease else leases.mark_event(watch))
    if watch.is_open and is_same_order:
        row = apply_event(watch, order, at)
        return STALE if row == watch else Decision(Result.UPDATED if row.is_open else Result.ENDED, row)
    return decide_ended(watch, order, at, found_by)


def decide_first(key: PaymentKey, order: Order, at: Moment, found_by: FoundBy) -> Decision:
    """Start a watch, if the order has something to wait for."""
    if judge(order, key).kind not in (Kind.PENDING, Kind.SETTLED_UNPLACED) or order.status == "draft":
        return IGNORED
    started = rounds.start_round(key, order, at, found_by=found_by)
    return Decision(Result.WATCHING, apply_event(started, order, at))


def decide_ended(watch: Watch, order: Order, at: Moment, found_by: FoundBy) -> Decision:
    """End an ended watch otherwise, or start its next round; most of the time neither."""
    if order.status == "draft":
        return IGNORED
    kind = judge(order, watch.key).kind
    if kind in (Kind.SETTLED, Kind.CLOSED):
        is_over = watch.status in (Status.SETTLED, Status.CLOSED) and not _is_late_money(watch, order)
        return IGNORED if is_over else Decision(Result.ENDED, apply_event(watch, order, at))
    if watch.order_id in (None, order.id):
        if watch.status is Status.DEAD_LETTERED and kind is Kind.PENDING:
            return IGNORED  # a person has it; redriving its dead letter starts the next round
        if watch.status is Status.SETTLED and kind is Kind.SETTLED_UNPLACED:
            return IGNORED  # the same money on an order that was never placed was announced already
    due_at = at.policy.first_due(rounds.start_round(watch.key, order, at), at.now)
    started = rounds.start_next_round(watch, order, at.now, due_at=due_at, found_by=found_by)
    return Decision(Result.WATCHING, apply_event(started, order, at))


def key_of_listed(order: Order) -> PaymentKey | None:
    """Name the row of a listed order.

    Money on an order that was not placed is looked after whatever its payment is; an unpaid order without a
    payment source has nothing to wait for.
    """
    if order.payment is not None:
        return order.payment
    waits = order.payment_status != "unpaid" or not order.source_known
    return PaymentKey(ORDERS, order.id) if waits else None


def decide_listed(key: PaymentKey, watch: Watch | None, order: Order, at: Moment) -> Watch | None:
    """Make the row of an order that was listed; None where there is nothing to write.

    An ended watch starts again only for an order that changed since our own last answer: else what our own refresh
    touched would bring it back. The row of an order whose payment source is not shown knows nothing of those
    answers, so it starts once only.
    """
    if watch is None:
        return decide_first(key, order, at, FoundBy.DISCOVER).row
    if not order.source_known:
        return None
    known = watch.order_updated_at if watch.order_id == order.id else None
    if known is not None and (order.updated_at or "") <= known:
        return None
    if watch.is_open:
        return _apply_urgent(watch, order, at)
    return decide_ended(watch, order, at, FoundBy.DISCOVER).row


def _is_late_money(watch: Watch, order: Order) -> bool:
    """Whether money came to an order that was closed as cancelled: it must be announced, unless it was already."""
    was_announced = watch.notice is Notice.ON_CANCELLED_ORDER
    came = judge(order, watch.key).notice is Notice.ON_CANCELLED_ORDER
    return watch.status is Status.CLOSED and came and not was_announced


def _apply_urgent(watch: Watch, order: Order, at: Moment) -> Watch | None:
    """Apply to an open watch only what must not wait for its next check: its cart was placed, or holds money."""
    if watch.claim is not None or watch.order_id not in (None, order.id):
        return None
    after = apply_event(watch, order, at)
    can_wait = (after.watch_class, after.unplaced_since is None) == (
        watch.watch_class,
        watch.unplaced_since is None,
    )
    return None if can_wait else after
