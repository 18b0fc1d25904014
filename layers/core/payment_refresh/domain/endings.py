"""Endings: an order's facts copied to a watch, the end it makes of it, and the events that announce it."""

from __future__ import annotations

from copy import replace
from typing import TYPE_CHECKING

from payment_refresh.domain.outcome_events import add_to_outbox, outcome_of
from payment_refresh.domain.rounds import with_order_facts
from payment_refresh.domain.verdict import Kind, Verdict, is_replaced, judge
from payment_refresh.domain.vocabulary import STUCK, Notice, OutboxItem, Reason, SettledBy, Status, WatchClass
from payment_refresh.times import to_epoch, to_iso

if TYPE_CHECKING:
    from payment_refresh.domain.moment import Moment
    from payment_refresh.domain.order import Order
    from payment_refresh.domain.watch import Watch


def follow_order(watch: Watch, order: Order, verdict: Verdict, at: Moment, settled_by: SettledBy) -> Watch:
    """Copy an order's facts, and end the watch where the verdict ends it."""
    known = replace(
        know(watch, order, verdict, at),
        look_only=verdict.look_only,
        notice=_notice(watch, verdict),
        first_absent_at=None,
        absent_twice=False,
    )
    if verdict.kind is Kind.SETTLED_UNPLACED:
        return _follow_unplaced(known, at, settled_by)
    known = replace(known, unplaced_since=None)
    if verdict.kind is Kind.SETTLED:
        # An order that its money placed was waited for before: how long, shows whether a refresh came late.
        notice = Notice.AMOUNT_MISMATCH if verdict.notice is Notice.AMOUNT_MISMATCH else None
        # What moved the order was seen when its money was, not when it was placed.
        by = watch.settled_by if watch.unplaced_since is not None and watch.settled_by else settled_by
        settled = replace(known, notice=notice, settled_by=by, started_at=watch.started_at)
        return end(settled, Status.SETTLED, at)
    if verdict.kind is Kind.CLOSED:
        return end(known, Status.CLOSED, at, reason=verdict.reason)
    return _follow_kept(known, order, at) if verdict.is_kept else known


def know(watch: Watch, order: Order, verdict: Verdict, at: Moment) -> Watch:
    """Copy an order's facts, and since when it is cancelled or has another payment source."""
    return _with_state(with_order_facts(watch, order, at), order, verdict, at)


def is_stale(order: Order, watch: Watch) -> bool:
    """Whether the watch has seen a newer state of this order already.

    States are ordered by ``updated_at``, then by ``payment_updated_at``; of two that agree in both, or where the
    order does not show the latter, money beats no money and an end beats pending.
    """
    if order.id != watch.order_id or order.updated_at is None or watch.order_updated_at is None:
        return False
    if order.updated_at != watch.order_updated_at:
        return order.updated_at < watch.order_updated_at
    paid_at, known = order.payment_updated_at, watch.order_payment_updated_at
    if paid_at is not None and paid_at != known:
        return known is not None and paid_at < known
    return judge(order, watch.key).rank < _rank(watch)


def end(watch: Watch, status: Status, at: Moment, *, reason: Reason | None = None) -> Watch:
    """End a watch; it is kept for ``retention`` seconds, or until a person acts on it."""
    expires_at = None if status is Status.DEAD_LETTERED else at.now + at.policy.retention
    return rest(
        replace(watch, status=status, ended_at=at.now, expires_at=expires_at, reason=reason, absent_twice=False)
    )


def rest(watch: Watch) -> Watch:
    """Take an ended watch from what is due; a stuck one stays in the index, where it is counted."""
    resting = replace(watch, due_at=None, claim=None, claims=0)
    return replace(resting, due_at=watch.ended_at) if watch.status in STUCK else resting


def enqueue_outcome_events(
    watch: Watch, before: Watch, verdict: Verdict | None, at: Moment, *, due_at: int, by_event: bool = False
) -> Watch:
    """Add the step's events to the outbox; keep the row due by `due_at` so that a crash cannot strand them."""
    kinds: list[OutboxItem] = []
    if verdict is not None and verdict.notice is Notice.AMOUNT_MISMATCH:
        kinds.append(OutboxItem.AMOUNT_MISMATCH)
    if watch.failed_attempt != before.failed_attempt:
        kinds.append(OutboxItem.ATTEMPT_FAILED)
    if not watch.is_open:
        outcome = outcome_of(watch)
        kinds += [outcome] if outcome else []
    if _is_placed_late(watch, before, at):
        kinds.append(OutboxItem.PLACED_LATE)
    watch = add_to_outbox(watch, kinds, by_event=by_event)
    return watch if watch.is_open and not by_event else due_until_relayed(watch, due_at)


def due_until_relayed(watch: Watch, due_at: int) -> Watch:
    """Keep a row that has an outbox due by ``due_at`` (epoch seconds UTC) at the latest."""
    if not (watch.relayable if watch.is_open else watch.outbox):
        return watch
    is_resting = watch.due_at is None or not watch.is_open
    return replace(watch, due_at=due_at if is_resting else min(watch.due_at or due_at, due_at))


def _with_state(watch: Watch, order: Order, verdict: Verdict, at: Moment) -> Watch:
    """Copy since when the order is cancelled or has another payment source, and what is held."""
    cancelled_at, replaced_at = None, watch.replaced_at
    if verdict.is_cancelled:
        known = at.now if watch.cancelled_at is None else watch.cancelled_at
        cancelled_at = known if order.cancelled_at is None else int(to_epoch(order.cancelled_at))
    if is_replaced(order, watch.key):
        replaced_at = at.now if watch.replaced_at is None else watch.replaced_at
    elif order.source_known:
        replaced_at = None
    second = verdict.second
    return replace(
        watch,
        cancelled_at=cancelled_at,
        replaced_at=replaced_at,
        final_look_at=None if cancelled_at is None and replaced_at is None else watch.final_look_at,
        held_cents=verdict.held_cents if verdict.held_cents is not None else watch.held_cents,
        other_payment_id=second.payment_id if second else watch.other_payment_id,
        other_held_cents=second.held_cents if second else watch.other_held_cents,
        evidence=second.evidence if second else watch.evidence,
    )


def _notice(watch: Watch, verdict: Verdict) -> Notice | None:
    """A failed attempt is a notice only once; every other notice replaces the one before."""
    is_known_failure = verdict.notice is Notice.ATTEMPT_FAILED and verdict.failed_attempt in (
        None,
        watch.failed_attempt,
    )
    return watch.notice if verdict.notice is None or is_known_failure else verdict.notice


def _follow_unplaced(watch: Watch, at: Moment, settled_by: SettledBy) -> Watch:
    """Look once more at money on an order that was not placed, then end the watch with a notice."""
    since = watch.unplaced_since if watch.unplaced_since is not None else at.now
    due_at = since + at.policy.unplaced_after
    if watch.unplaced_since is None:
        watch = replace(watch, settled_by=settled_by)
    if at.now < due_at:
        return replace(watch, unplaced_since=since, due_at=due_at)
    return end(replace(watch, notice=Notice.NOT_PLACED), Status.SETTLED, at)


def _follow_kept(watch: Watch, order: Order, at: Moment) -> Watch:
    """Look once more at money that came before the cancellation, in case it is voided; then end with a notice."""
    ages = at.policy.cancelled_ages
    due_at = int(to_epoch(order.cancelled_at or to_iso(at.now))) + ages[min(1, len(ages) - 1)]
    if at.now < due_at:
        return replace(watch, due_at=due_at)
    kept = replace(watch, notice=Notice.KEPT_AFTER_CANCELLATION)
    return end(kept, Status.CLOSED, at, reason=Reason.CANCELLED)


def _is_placed_late(watch: Watch, before: Watch, at: Moment) -> bool:
    """Whether our refresh placed a cart so late after its last change that the shopper may have ordered again."""
    was_cart = before.is_open and before.watch_class is WatchClass.CART
    is_placed_now = watch.status is Status.SETTLED and watch.watch_class is WatchClass.PLACED
    if not (was_cart and is_placed_now and watch.settled_by is SettledBy.REFRESH and watch.refresh_sent_at):
        return False
    return to_epoch(watch.refresh_sent_at) - before.started_at >= at.policy.late_placement


def _rank(watch: Watch) -> tuple[bool, bool]:
    """What the watch knows of its order, as `Verdict.rank` orders it; ends that are only ours do not count."""
    notices = (Notice.ON_CANCELLED_ORDER, Notice.KEPT_AFTER_CANCELLATION)
    has_money = watch.status is Status.SETTLED or watch.unplaced_since is not None or watch.notice in notices
    return has_money, watch.status in (Status.SETTLED, Status.CLOSED)
