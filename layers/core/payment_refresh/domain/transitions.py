"""The watch state machine: one pure transition for each thing that can happen to a watch."""

from __future__ import annotations

from copy import replace
from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.domain.attribution import attribute_check, attribute_event
from payment_refresh.domain.endings import (
    due_until_relayed,
    end,
    enqueue_outcome_events,
    follow_order,
    is_stale,
    know,
    rest,
)
from payment_refresh.domain.giving_up import end_gone, end_stuck, give_up, is_failing_too_long, may_give_up
from payment_refresh.domain.verdict import Kind, Verdict, judge
from payment_refresh.domain.vocabulary import CheckSource, OutboxItem, Reason, SettledBy, Status, WatchClass
from payment_refresh.domain.watch import NOT_FOUND, Check, Watch
from payment_refresh.times import to_iso

if TYPE_CHECKING:
    from payment_refresh.domain.attribution import SentRefresh
    from payment_refresh.domain.check_results import Absent, Answered, Failed, Gone
    from payment_refresh.domain.moment import Moment
    from payment_refresh.domain.order import Order


def apply_answer(watch: Watch, answer: Answered, at: Moment) -> Watch:
    """Apply what Commerce Layer answered at a check, and set what comes next."""
    before = _with_look(watch, answer.look, at)
    order = None if answer.order is None or is_stale(answer.order, watch) else answer.order
    verdict = Verdict(kind=Kind.PENDING) if order is None else judge(order, watch.key)
    refresh = answer.sent_refresh
    check = Check(
        at=at.now,
        by=CheckSource.LOOK if refresh is None else CheckSource.REFRESH,
        verdict=verdict.kind,
        payment_status=order.payment_status if order else None,
        code=answer.code or verdict.notice,
    )
    seen = before if refresh is None else _with_answered_refresh(before, refresh)
    settled_by = attribute_check(seen, at, refreshed=refresh is not None)
    after = replace(_checked(seen, check), first_absent_at=None, absent_twice=False)
    if order is not None and verdict.needs_look and not answer.is_whole:
        return replace(after, due_at=at.now)
    if order is not None:
        known = after
        after = follow_order(known, order, verdict, at, settled_by)
        if watch.event_during_lease and not after.is_open and _may_be_over(verdict):
            # What came meanwhile may end it otherwise: the order was placed, or its money given back.
            after = replace(know(known, order, verdict, at), due_at=at.now)
        after = replace(after, failed_attempt=verdict.failed_attempt or watch.failed_attempt)
    if after.is_open:
        after = _schedule(after, _Reading(before, answer, order, verdict), at)
    # The outbox is relayed at once; the watch stays due, a little later, in case that dies.
    return enqueue_outcome_events(after, before, verdict, at, due_at=at.now + at.policy.first)


def apply_absence(watch: Watch, absent: Absent, at: Moment) -> Watch:
    """Note that no list shows the payment: twice at least ``missing_after`` apart, then single calls decide."""
    watch = _with_look(watch, absent.look, at)
    after = _checked(watch, Check(at=at.now, by=CheckSource.LOOK, verdict=NOT_FOUND))
    first_at = at.now if watch.first_absent_at is None else watch.first_absent_at
    asked_at = first_at + at.policy.missing_after
    due_at = asked_at
    if watch.watch_class is not WatchClass.CART and at.now < at.policy.ends_at(watch):
        # A list may lag behind, and somebody waits for this order.
        due_at = min(asked_at, at.policy.next_due(after, at.now, jitter=at.jitter()))
    due_at = at.now if watch.event_during_lease else max(at.now, due_at)
    return replace(after, first_absent_at=first_at, absent_twice=at.now >= asked_at, due_at=due_at)


def apply_gone(watch: Watch, gone: Gone, at: Moment) -> Watch:
    """End a watch whose payment is gone for certain; where nothing confirms it, only at the policy's end."""
    after = _checked(watch, Check(at=at.now, by=CheckSource.LOOK, verdict=NOT_FOUND))
    if watch.event_during_lease:
        return replace(after, due_at=at.now)
    if gone.is_confirmed:
        after = end_gone(after, at)
    elif at.now < at.policy.ends_at(watch):
        interval = at.policy.cap
        return replace(after, due_at=at.policy.next_due(after, at.now, jitter=at.jitter(), interval=interval))
    elif watch.order_id is None:
        # Nobody knows whose it was, nor whether it ever was.
        after = end(after, Status.CLOSED, at, reason=Reason.DELETED)
    else:
        after = end_gone(after, at)
    return enqueue_outcome_events(after, watch, None, at, due_at=at.now + at.policy.first)


def apply_event(watch: Watch, order: Order, at: Moment, seen_by: CheckSource = CheckSource.EVENT) -> Watch:
    """Apply an order event while no lease stands in its way; it may end a watch in any status.

    A failed attempt is left for the next look to announce. What our refresh settled is announced as if a look had
    shown it: where the answer to that refresh got lost, this is the first report of it. Where the event does not
    show enough to decide, an open watch is due at once, and its look decides. What discover lists comes this way
    too.
    """
    verdict = judge(order, watch.key)
    due_at = at.now if watch.due_at is None else min(watch.due_at, at.now)
    if verdict.needs_look and watch.is_open:
        return replace(watch, due_at=due_at)
    # What an earlier end has in its outbox is overruled with it.
    left = watch.outbox - watch.relayable
    before = watch if watch.is_open else replace(watch, outbox=left, claim=None, claims=0)
    after = follow_order(before, order, verdict, at, attribute_event(watch, order, at.policy))
    if verdict.is_kept and before.is_open and not after.is_open and seen_by is CheckSource.EVENT:
        # The event may have come so late that the money was voided meanwhile, which only a look shows.
        return replace(know(before, order, verdict, at), look_only=verdict.look_only, due_at=due_at)
    if not after.is_open:
        check = Check(
            at=at.now,
            by=seen_by,
            verdict=verdict.kind,
            payment_status=order.payment_status,
            code=verdict.notice,
        )
        after = replace(after, checks=after.with_check(check))
    elif verdict.kind is Kind.PENDING and not verdict.is_kept:
        after = _rescheduled(after, watch, at)
    is_ours = after.status is Status.SETTLED and after.settled_by is SettledBy.REFRESH
    return enqueue_outcome_events(after, before, verdict, at, due_at=at.now, by_event=not is_ours)


def _rescheduled(watch: Watch, before: Watch, at: Moment) -> Watch:
    """Set when to ask next where other ages apply than before."""
    if watch.watch_class is not before.watch_class:
        return replace(watch, due_at=at.policy.first_due(watch, at.now))
    is_as_before = (watch.cancelled_at, watch.replaced_at) == (before.cancelled_at, before.replaced_at)
    if watch.due_at is None or (is_as_before and watch.started_at == before.started_at):
        return watch
    is_young_again = is_as_before and watch.watch_class is WatchClass.CART
    due_at = at.policy.next_due(watch, at.now, jitter=at.jitter())
    due_at = at.policy.first_due(watch, at.now) if is_young_again else due_at
    return replace(watch, due_at=min(watch.due_at, due_at))


def back_off(watch: Watch, failure: Failed, at: Moment) -> Watch:
    """Reschedule a watch after a call that got no answer: this is no check, and failures in a row back off.

    A refresh that was sent may have moved the order all the same. Where looks are answered and this payment's own
    refresh keeps failing, it is given up ``give_up_grace`` after the policy's end.
    """
    failures = watch.consecutive_failures + 1
    known = _with_look(watch, failure.look, at)
    after = replace(
        _end_lease(known),
        event_money_at=watch.event_money_at,
        consecutive_failures=failures,
        last_error=failure.reason,
    )
    if failure.sent_refresh is not None:
        after = _with_sent_refresh(after, failure.sent_refresh)
    if failure.is_own and watch.refresh_failing_since is None:
        after = replace(after, refresh_failing_since=at.now)
    if failure.is_own and is_failing_too_long(after, at) and not watch.event_during_lease:
        given_up = give_up(after, at, Reason.REFRESH_FAILING, is_observed=failure.is_observed)
        return enqueue_outcome_events(given_up, watch, None, at, due_at=at.now + at.policy.first)
    due_at = at.policy.retry_due(after, at.now, jitter=at.jitter())
    if watch.event_during_lease:
        due_at = min(due_at, at.now + at.policy.first)
    return replace(after, due_at=due_at)


def snooze(watch: Watch, now: int, after: int = 0, *, attempts: int = 0) -> Watch:
    """Reschedule an untried watch, due ``after`` seconds from now: there was no time or budget left for it.

    This is neither an attempt nor an outcome: the claim is not counted, nor an isolated attempt written in this
    batch; before it, there were ``attempts`` of them.
    """
    return replace(
        watch,
        claim=None,
        claims=max(0, watch.claims - 1),
        isolated_attempts=attempts,
        event_during_lease=False,
        event_money_at=None,
        due_at=now if watch.event_during_lease else now + after,
    )


def close_resolved(watch: Watch, at: Moment) -> Watch:
    """End the row of an order whose payment is known now (or cannot be refreshed): nothing is left to find."""
    return due_until_relayed(end(_end_lease(watch), Status.CLOSED, at), at.now + at.policy.first)


def acknowledge(watch: Watch, note: str, at: Moment) -> Watch:
    """Close a dead-lettered watch that a person has dealt with, with the note that they left."""
    closed = replace(end(watch, Status.CLOSED, at, reason=Reason.ACKNOWLEDGED), note=note)
    return enqueue_outcome_events(closed, watch, None, at, due_at=at.now)


def dead_letter_poison(watch: Watch, at: Moment, *, is_observed: bool) -> Watch:
    """Dead-letter a watch whose processing made its invocations die, again and again."""
    after = end_stuck(_end_lease(watch), at, Reason.CANNOT_PROCESS, is_observed=is_observed)
    return enqueue_outcome_events(after, watch, None, at, due_at=at.now + at.policy.first)


def take_outbox(watch: Watch, until: int) -> Watch:
    """Consume the lease, so that of duplicate deliveries only one relays the outbox.

    It has until ``until`` (epoch seconds UTC) for that: the lease may be about to expire where its message waited.
    """
    return replace(watch, claim=None, due_at=until)


def clear_outbox(watch: Watch, relayed: frozenset[OutboxItem]) -> Watch:
    """Take relayed entries out of the outbox; an ended watch whose outbox is empty is not due any more."""
    watch = replace(watch, outbox=watch.outbox - relayed)
    return rest(watch) if watch.is_done else watch


@dataclass(frozen=True, slots=True)
class _Reading:
    """What a check saw: the row before it, the answer, the order that counts (None: none), and its verdict."""

    before: Watch
    answer: Answered
    order: Order | None
    verdict: Verdict


def _schedule(watch: Watch, reading: _Reading, at: Moment) -> Watch:
    """Set when to ask an open watch again, or give it up."""
    answer, verdict = reading.answer, reading.verdict
    if reading.before.event_during_lease:
        return replace(watch, due_at=at.now)
    if verdict.kind is Kind.SETTLED_UNPLACED or verdict.is_kept:
        return watch
    if reading.order is None and at.now >= at.policy.ends_at(watch):
        return _end_without_order(watch, answer, at)
    if reading.order is not None and may_give_up(watch, answer, at):
        return give_up(watch, at, Reason.STAYED_PENDING, is_observed=answer.is_observed)
    interval: float | None = None
    if answer.is_old:
        interval = at.policy.cap_busy
    elif verdict.look_only or verdict.failed_attempt is not None:
        interval = at.policy.cap
    is_over = at.now >= at.policy.ends_at(watch)
    due_at = at.policy.next_due(watch, at.now, jitter=at.jitter(), interval=interval)
    final_look_at = at.now if is_over and watch.final_look_at is None else watch.final_look_at
    return replace(watch, due_at=due_at, final_look_at=final_look_at)


def _end_without_order(watch: Watch, answer: Answered, at: Moment) -> Watch:
    """End a watch whose payment has no order; one whose order is known to be newer than what is shown waits."""
    if answer.is_orphan:
        return end_gone(watch, at)
    if at.now < at.policy.ends_at(watch) + at.policy.give_up_grace:
        return replace(watch, due_at=at.now + int(at.policy.cap))
    return give_up(watch, at, Reason.STAYED_PENDING, is_observed=answer.is_observed)


def _may_be_over(verdict: Verdict) -> bool:
    """Whether it ends because something did not come: the placement of a paid order, a cancelled one's void."""
    return verdict.kind is Kind.SETTLED_UNPLACED or verdict.is_kept


def _with_look(watch: Watch, look: Order | None, at: Moment) -> Watch:
    """Copy what the look before a refresh showed, while the refresh before it is still the last one known.

    An order that names the payment refutes its absence, whatever becomes of the refresh.
    """
    if look is None or is_stale(look, watch):
        return watch
    known = know(watch, look, judge(look, watch.key), at)
    return replace(known, first_absent_at=None, absent_twice=False) if look.payment == watch.key else known


def _end_lease(watch: Watch) -> Watch:
    return replace(watch, claim=None, claims=0, isolated_attempts=0, event_during_lease=False, event_money_at=None)


def _checked(watch: Watch, check: Check) -> Watch:
    """End the lease of a watch whose check was answered."""
    return replace(
        _end_lease(watch),
        asked_manually=False,
        consecutive_failures=0,
        last_error=None,
        checks=watch.with_check(check),
    )


def _with_sent_refresh(watch: Watch, refresh: SentRefresh) -> Watch:
    sent_at, answered_at = to_iso(refresh.sent), to_iso(refresh.until)
    return replace(watch, refresh_sent_at=sent_at, refresh_answered_at=answered_at)


def _with_answered_refresh(watch: Watch, refresh: SentRefresh) -> Watch:
    after = _with_sent_refresh(watch, refresh)
    return replace(
        after, refreshes=watch.refreshes + 1, refreshed_at=int(refresh.until), refresh_failing_since=None
    )
