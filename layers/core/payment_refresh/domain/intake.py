"""Intake: what an order event or a listed order means for the row of its payment, as pure decisions."""

from __future__ import annotations

from copy import replace
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from payment_refresh.domain import rounds
from payment_refresh.domain.attribution import is_own_change
from payment_refresh.domain.endings import is_stale
from payment_refresh.domain.outcome_events import awaits_placement
from payment_refresh.domain.payment import ORDERS, PaymentKey
from payment_refresh.domain.transitions import apply_event
from payment_refresh.domain.verdict import Kind, Verdict, is_placed, judge
from payment_refresh.domain.vocabulary import (
    STUCK,
    CheckSource,
    FoundBy,
    Notice,
    Reason,
    Status,
    WatchClass,
)

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


ANNOUNCED = frozenset({Notice.AMOUNT_MISMATCH, Notice.ON_CANCELLED_ORDER, Notice.SUPERSEDED})
"""What is said of an order that nobody watched so far, though its payment has ended."""

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
        marked = mark_event(watch, order)
        return Decision(Result.DEFERRED, None if marked == watch else marked)
    if watch.is_open and is_same_order:
        row = apply_event(watch, order, at)
        return STALE if row == watch else Decision(Result.UPDATED if row.is_open else Result.ENDED, row)
    return decide_ended(watch, order, at, found_by)


def mark_event(watch: Watch, order: Order) -> Watch:
    """Remember that an order event came during the lease, and when it first showed money; the check sees it."""
    money_at = watch.event_money_at
    if money_at is None and judge(order, watch.key).has_money:
        money_at = order.updated_at
    return replace(watch, event_during_lease=True, event_money_at=money_at)


def decide_first(key: PaymentKey, order: Order, at: Moment, found_by: FoundBy) -> Decision:
    """Start a watch, if the order has something to wait for, or something that a person must know."""
    verdict = judge(order, key)
    waits = verdict.kind in (Kind.PENDING, Kind.SETTLED_UNPLACED)
    tells = verdict.needs_look or verdict.notice in ANNOUNCED
    if not (waits or tells) or _is_mere_draft(order, verdict):
        return IGNORED
    started = rounds.start_round(key, order, at, found_by=found_by)
    row = apply_event(started, order, at) if waits else replace(started, due_at=at.now)
    return Decision(Result.WATCHING, row)


def decide_ended(watch: Watch, order: Order, at: Moment, found_by: FoundBy) -> Decision:
    """End an ended watch otherwise, or start its next round; most of the time neither."""
    verdict = judge(order, watch.key)
    if watch.is_unknown_end or _is_mere_draft(order, verdict):
        return IGNORED
    is_same_order = watch.order_id in (None, order.id)
    if verdict.kind in (Kind.SETTLED, Kind.CLOSED):
        is_over = watch.status in (Status.SETTLED, Status.CLOSED) and not _is_news(watch, verdict)
        if is_over:
            return IGNORED
        if not verdict.needs_look:
            seen_by = CheckSource.LOOK if found_by is FoundBy.DISCOVER else CheckSource.EVENT
            return Decision(Result.ENDED, apply_event(watch, order, at, seen_by))
    elif is_same_order and not _begins_again(watch, order, verdict, at):
        return IGNORED
    due_at = at.policy.first_due(rounds.start_round(watch.key, order, at), at.now)
    started = rounds.start_next_round(watch, order, at, due_at=due_at, found_by=found_by)
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
    answers, so it starts once, and again when its cart was placed. As long as an order is listed, its ended row is
    kept, or it would start anew.
    """
    if watch is None:
        return decide_first(key, order, at, FoundBy.DISCOVER).row
    known = watch.order_updated_at if watch.order_id == order.id else None
    is_known = known is not None and (order.updated_at or "") <= known
    row = None
    is_placed_since = watch.watch_class is WatchClass.CART and is_placed(order)
    if (order.source_known or is_placed_since) and not is_known:
        is_open = watch.is_open
        row = _apply_urgent(watch, order, at) if is_open else decide_ended(watch, order, at, FoundBy.DISCOVER).row
    return row or _kept(watch, at) or _moved(watch)


def is_mere_renewal(before: Watch | None, after: Watch) -> bool:
    """Whether a listed order only has its row written again: kept for longer, or moved in the due index."""
    return before is not None and replace(before, expires_at=after.expires_at) == after


def _kept(watch: Watch, at: Moment) -> Watch | None:
    """Renew the expiry of a row that is about to expire, long before it does and so not often."""
    if watch.expires_at is None or watch.expires_at >= at.now + at.policy.retention // 2:
        return None
    return replace(watch, expires_at=at.now + at.policy.retention)


def _moved(watch: Watch) -> Watch | None:
    """Write an open row again that stands where no sweep of this version looks."""
    return watch if watch.is_open and watch.later_due_class is not None else None


def _is_mere_draft(order: Order, verdict: Verdict) -> bool:
    """Whether the order is a draft without money, which nobody waits for."""
    return order.status == "draft" and not verdict.has_money


def _is_news(watch: Watch, verdict: Verdict) -> bool:
    """Whether a person must know of what became of an order whose watch has settled or closed."""
    if watch.status is Status.SETTLED:
        return verdict.kind is Kind.SETTLED and awaits_placement(watch)
    return verdict.notice is Notice.ON_CANCELLED_ORDER and watch.notice is not Notice.ON_CANCELLED_ORDER


def _begins_again(watch: Watch, order: Order, verdict: Verdict, at: Moment) -> bool:
    """Whether an order that waits for its payment, or to be placed, is new to an ended watch."""
    if watch.status in STUCK:
        # A person has it. But money is news, and so is that nobody waits any more.
        return verdict.kind is not Kind.PENDING or verdict.is_cancelled or verdict.is_kept
    if watch.status is Status.SETTLED:
        return not verdict.has_money  # announced already
    if watch.status is Status.ABANDONED:
        return _came_back(watch, order, at)
    if watch.status is Status.MISSING or watch.reason is Reason.DELETED:
        # A late event says nothing new of what is gone since.
        return watch.order_updated_at is None or (order.updated_at or "") > watch.order_updated_at
    return not (verdict.is_kept or _is_as_closed(watch, verdict))


def _is_as_closed(watch: Watch, verdict: Verdict) -> bool:
    """Whether an order still is what its watch was closed for."""
    is_pending = verdict.kind is Kind.PENDING
    return (
        (watch.reason is Reason.CANCELLED and verdict.is_cancelled)
        or (watch.reason is Reason.REPLACED and verdict.is_replaced)
        or (watch.reason is Reason.ACKNOWLEDGED and is_pending)
    )


def _came_back(watch: Watch, order: Order, at: Moment) -> bool:
    """Whether an abandoned cart was placed, holds money, or was changed by its shopper while it may be watched."""
    again = rounds.start_next_round(watch, order, at, due_at=at.now)
    if again.watch_class is not watch.watch_class or judge(order, watch.key).has_money:
        return True
    known = watch.order_updated_at
    if order.updated_at is None or (known is not None and order.updated_at <= known):
        return False
    return not is_own_change(watch, order.updated_at, at.policy) and at.now < at.policy.ends_at(again)


def _apply_urgent(watch: Watch, order: Order, at: Moment) -> Watch | None:
    """Apply to an open watch only what must not wait for its next check: its cart was placed, or holds money."""
    if watch.claim is not None or watch.order_id not in (None, order.id):
        return None
    after = apply_event(watch, order, at, CheckSource.LOOK)
    was_placed = after.watch_class is not watch.watch_class
    got_money = (after.unplaced_since is None) is not (watch.unplaced_since is None)
    needs_look = after.due_at is not None and watch.due_at is not None and after.due_at < watch.due_at
    return after if was_placed or got_money or needs_look or not after.is_open else None
