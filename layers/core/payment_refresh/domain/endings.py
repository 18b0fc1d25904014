"""Endings: an order's facts copied to a watch, the end it makes of it, and the events that announce it."""

from __future__ import annotations

from copy import replace
from typing import TYPE_CHECKING

from payment_refresh.domain.attribution import attribute_settlement
from payment_refresh.domain.outcome_events import add_to_outbox, outcome_of
from payment_refresh.domain.rounds import with_order_facts
from payment_refresh.domain.verdict import Kind, Verdict
from payment_refresh.domain.watch import Notice, OutboxItem, Reason, Status, Watch

if TYPE_CHECKING:
    from payment_refresh.domain.moment import Moment
    from payment_refresh.domain.order import Order


def follow_order(watch: Watch, order: Order, verdict: Verdict, at: Moment) -> Watch:
    """Copy an order's facts, and end the watch where the verdict ends it."""
    known = replace(
        with_order_facts(watch, order, at.now), look_only=verdict.look_only, notice=_notice(watch, verdict)
    )
    if verdict.kind is Kind.SETTLED_UNPLACED:
        return _follow_unplaced(known, order, at)
    known = replace(known, unplaced_since=None)
    if verdict.kind is Kind.SETTLED:
        settled_by = attribute_settlement(known, order, at.policy)
        # An order that its money placed was waited for before: how long, shows whether a refresh came late.
        settled = replace(known, notice=None, settled_by=settled_by, started_at=watch.started_at)
        return end(settled, Status.SETTLED, at)
    return end(known, Status.CLOSED, at) if verdict.kind is Kind.CLOSED else known


def is_stale(order: Order, watch: Watch) -> bool:
    """Whether the watch has seen a newer state of this order already."""
    if order.id != watch.order_id or order.updated_at is None or watch.order_updated_at is None:
        return False
    return order.updated_at < watch.order_updated_at


def end(watch: Watch, status: Status, at: Moment, *, reason: Reason | None = None) -> Watch:
    """End a watch; it is kept for ``retention`` seconds."""
    expires_at = at.now + at.policy.retention
    return replace(watch, status=status, due_at=None, ended_at=at.now, expires_at=expires_at, reason=reason)


def dead_letter(watch: Watch, reason: Reason, at: Moment) -> Watch:
    """End a watch as one that a person must look at, with its dead letter in the outbox."""
    ended = end(watch, Status.DEAD_LETTERED, at, reason=reason)
    return replace(ended, outbox=watch.outbox | {OutboxItem.DEAD_LETTER})


def enqueue_outcome_events(
    watch: Watch, before: Watch, verdict: Verdict | None, due_at: int, *, by_event: bool = False
) -> Watch:
    """Add the step's events to the outbox; keep the row due by `due_at` so that a crash cannot strand them."""
    kinds: list[OutboxItem] = []
    if verdict is not None and verdict.notice is Notice.AMOUNT_MISMATCH:
        kinds.append(OutboxItem.AMOUNT_MISMATCH)
    if watch.failed_attempt != before.failed_attempt:
        kinds.append(OutboxItem.ATTEMPT_FAILED)
    if not watch.is_open:
        kinds.append(outcome_of(watch))
    watch = add_to_outbox(watch, kinds, by_event=by_event)
    return watch if watch.is_open and not by_event else due_until_relayed(watch, due_at)


def due_until_relayed(watch: Watch, due_at: int) -> Watch:
    """Keep a row that has an outbox due by ``due_at`` (epoch seconds UTC) at the latest."""
    if not watch.outbox:
        return watch
    return replace(watch, due_at=due_at if watch.due_at is None else min(watch.due_at, due_at))


def _notice(watch: Watch, verdict: Verdict) -> Notice | None:
    """A failed attempt is a notice only once; every other notice replaces the one before."""
    is_known_failure = verdict.notice is Notice.ATTEMPT_FAILED and verdict.failed_attempt in (
        None,
        watch.failed_attempt,
    )
    return watch.notice if verdict.notice is None or is_known_failure else verdict.notice


def _follow_unplaced(watch: Watch, order: Order, at: Moment) -> Watch:
    """Look once more at money on an order that was not placed, then end the watch with a notice."""
    since = watch.unplaced_since if watch.unplaced_since is not None else at.now
    due_at = since + at.policy.unplaced_after
    if at.now < due_at:
        return replace(watch, unplaced_since=since, due_at=due_at)
    settled_by = attribute_settlement(watch, order, at.policy)
    return end(replace(watch, notice=Notice.NOT_PLACED, settled_by=settled_by), Status.SETTLED, at)
