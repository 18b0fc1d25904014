"""What an order makes of a watch: its facts, its end, and what that end owes."""

from __future__ import annotations

from copy import replace
from typing import TYPE_CHECKING

from payment_refresh.domain.attribution import attribute_settlement
from payment_refresh.domain.outcome_events import Outcome, add_to_outbox, outcome_of
from payment_refresh.domain.rounds import with_order_facts
from payment_refresh.domain.verdict import Kind, Notice, Verdict
from payment_refresh.domain.watch import DEAD_LETTER, Reason, Status, Watch

if TYPE_CHECKING:
    from payment_refresh.domain.order import Order
    from payment_refresh.domain.policy import Policy


def follow_order(watch: Watch, order: Order, verdict: Verdict, now: int, policy: Policy) -> Watch:
    """Take over an order's facts, and end the watch where the verdict ends it."""
    started_at = watch.started_at
    fresh_failure = verdict.failed_attempt not in (None, watch.failed_attempt)
    watch = replace(with_order_facts(watch, order, now), look_only=verdict.look_only)
    if verdict.notice is not None and (verdict.notice is not Notice.ATTEMPT_FAILED or fresh_failure):
        watch = replace(watch, notice=verdict.notice)
    if verdict.kind is Kind.SETTLED_UNPLACED:
        since = watch.unplaced_since if watch.unplaced_since is not None else now
        if now < since + policy.unplaced_after:
            return replace(watch, unplaced_since=since, due_at=since + policy.unplaced_after)
        return end(
            replace(watch, notice=Notice.NOT_PLACED, settled_by=attribute_settlement(watch, order, policy)),
            Status.SETTLED,
            now,
            policy,
        )
    watch = replace(watch, unplaced_since=None)
    if verdict.kind is Kind.SETTLED:
        # An order that its money placed was waited for before: how long, tells whether a refresh came late.
        settled = replace(
            watch, notice=None, settled_by=attribute_settlement(watch, order, policy), started_at=started_at
        )
        return end(settled, Status.SETTLED, now, policy)
    if verdict.kind is Kind.CLOSED:
        return end(watch, Status.CLOSED, now, policy)
    return watch


def is_stale(order: Order, watch: Watch) -> bool:
    """Tell whether this order state was overtaken by one the watch has seen already."""
    if order.id != watch.order_id or order.updated_at is None or watch.order_updated_at is None:
        return False
    return order.updated_at < watch.order_updated_at


def end(watch: Watch, status: Status, now: int, policy: Policy) -> Watch:
    """End a watch."""
    return replace(watch, status=status, due_at=None, ended_at=now, expires_at=now + policy.retention, reason=None)


def dead_letter(watch: Watch, reason: Reason, now: int, policy: Policy) -> Watch:
    """End a watch as one that a person must look at; it owes its letter."""
    watch = end(watch, Status.DEAD_LETTERED, now, policy)
    return replace(watch, reason=reason, outbox=watch.outbox | {DEAD_LETTER})


def enqueue_outcome_events(
    watch: Watch, before: Watch, verdict: Verdict | None, due_at: int, *, by_event: bool = False
) -> Watch:
    """Owe the outcome events of a step, and see that they are sent by ``due_at`` at the latest."""
    kinds: list[Outcome] = []
    if verdict is not None and verdict.notice is Notice.AMOUNT_MISMATCH:
        kinds.append(Outcome.AMOUNT_MISMATCH)
    if watch.failed_attempt != before.failed_attempt:
        kinds.append(Outcome.ATTEMPT_FAILED)
    if not watch.is_open:
        kinds.append(outcome_of(watch))
    watch = add_to_outbox(watch, kinds, by_event=by_event)
    return watch if watch.is_open and not by_event else due_until_relayed(watch, due_at)


def due_until_relayed(watch: Watch, due_at: int) -> Watch:
    """See that what is owed is sent by ``due_at`` at the latest."""
    if not watch.outbox:
        return watch
    return replace(watch, due_at=due_at if watch.due_at is None else min(watch.due_at, due_at))
