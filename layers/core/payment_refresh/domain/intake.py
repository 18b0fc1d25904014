"""What an order event or a listed order means for a row: pure decisions."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from payment_refresh.domain import leases, rounds, transitions
from payment_refresh.domain.endings import is_stale
from payment_refresh.domain.payment import ORDERS, PaymentKey
from payment_refresh.domain.verdict import Kind, Notice, judge
from payment_refresh.domain.watch import FoundBy, Status

if TYPE_CHECKING:
    from payment_refresh.domain.order import Order
    from payment_refresh.domain.policy import Policy
    from payment_refresh.domain.watch import Watch


class Result(StrEnum):
    """What an order event led to."""

    WATCHING = "watching"
    UPDATED = "updated"
    ENDED = "ended"
    DEFERRED = "deferred"
    STALE = "stale"
    IGNORED = "ignored"


def key_of(order: Order) -> PaymentKey | None:
    """Name the row an order event is about; None where the payment is of a type that cannot be refreshed."""
    if order.payment is not None:
        return order.payment
    return None if order.source_type is not None else PaymentKey(ORDERS, order.id)


def decide(
    key: PaymentKey,
    watch: Watch | None,
    order: Order,
    now: int,
    policy: Policy,
    found_by: FoundBy = FoundBy.EVENT,
) -> tuple[Result, Watch | None]:
    """Say what an order event means for a row as it stands, and the row to write, if any."""
    if watch is None:
        return first_event(key, order, now, policy, found_by)
    same_order = watch.order_id in (None, order.id)
    if same_order and is_stale(order, watch):
        return Result.STALE, None
    if watch.is_open and watch.claim is not None:
        # The echo of our own refresh comes while the watch is claimed: it must not pass for a webhook.
        return Result.DEFERRED, None if watch.event_during_lease else leases.mark_event(watch)
    if watch.is_open and same_order:
        step = transitions.apply_event(watch, order, now, policy)
        if step == watch:
            return Result.STALE, None
        return (Result.UPDATED if step.is_open else Result.ENDED), step
    return event_on_ended(watch, order, now, policy, found_by)


def first_event(
    key: PaymentKey, order: Order, now: int, policy: Policy, found_by: FoundBy
) -> tuple[Result, Watch | None]:
    """Begin a watch, if the order has something to wait for."""
    kind = judge(order, key).kind
    if kind not in (Kind.PENDING, Kind.SETTLED_UNPLACED) or order.status == "draft":
        return Result.IGNORED, None
    return Result.WATCHING, transitions.apply_event(
        rounds.start_round(key, order, now, policy, found_by=found_by), order, now, policy
    )


def event_on_ended(
    watch: Watch, order: Order, now: int, policy: Policy, found_by: FoundBy
) -> tuple[Result, Watch | None]:
    """End an ended watch otherwise, or begin its next round; most of the time neither."""
    verdict = judge(order, watch.key)
    kind, same_order = verdict.kind, watch.order_id in (None, order.id)
    if order.status == "draft":
        return Result.IGNORED, None
    if kind in (Kind.SETTLED, Kind.CLOSED):
        # Money on an order that was closed because it was cancelled must be told; what had settled, was told.
        applied = watch.notice == Notice.ON_CANCELLED_ORDER
        late_money = watch.status is Status.CLOSED and verdict.notice is Notice.ON_CANCELLED_ORDER and not applied
        if watch.status in (Status.SETTLED, Status.CLOSED) and not late_money:
            return Result.IGNORED, None
        return Result.ENDED, transitions.apply_event(watch, order, now, policy)
    if watch.status is Status.DEAD_LETTERED and same_order and kind is Kind.PENDING:
        return Result.IGNORED, None  # a person has it; moving the letter back starts the next round
    if watch.status is Status.SETTLED and same_order and kind is Kind.SETTLED_UNPLACED:
        return Result.IGNORED, None  # the same money on an order that was never placed was told already
    due_at = policy.first_due(rounds.start_round(watch.key, order, now, policy), now)
    begun = rounds.start_next_round(watch, order, now, due_at=due_at, found_by=found_by)
    return Result.WATCHING, transitions.apply_event(begun, order, now, policy)


def key_of_listed(order: Order) -> PaymentKey | None:
    """Name the row of a listed order.

    Money on an order that was not placed is looked after whatever its payment is; an unpaid order without a
    payment source has nothing to wait for.
    """
    if order.payment is not None:
        return order.payment
    waits = order.payment_status != "unpaid" or not order.source_known
    return PaymentKey(ORDERS, order.id) if waits else None


def listed_step(key: PaymentKey, watch: Watch | None, order: Order, now: int, policy: Policy) -> Watch | None:
    """Make the row of an order that was listed; None where there is nothing to write.

    A watch that ended begins again only for an order that changed since our own last answer: else what our own
    refresh touched would bring it back. The row of an order whose payment source is not told knows nothing of
    those answers, so it begins once only.
    """
    if watch is None:
        return first_event(key, order, now, policy, FoundBy.DISCOVER)[1]
    if not order.source_known:
        return None
    known = watch.order_updated_at if watch.order_id == order.id else None
    if known is not None and (order.updated_at or "") <= known:
        return None
    if watch.is_open:
        return _hurried(watch, order, now, policy)
    return event_on_ended(watch, order, now, policy, FoundBy.DISCOVER)[1]


def _hurried(watch: Watch, order: Order, now: int, policy: Policy) -> Watch | None:
    """Tell an open watch what cannot wait for its next check: its cart was placed, or holds money. Else None."""
    if watch.claim is not None or watch.order_id not in (None, order.id):
        return None
    applied = transitions.apply_event(watch, order, now, policy)
    waits = (applied.watch_class, applied.unplaced_since is None) == (
        watch.watch_class,
        watch.unplaced_since is None,
    )
    return None if waits else applied
