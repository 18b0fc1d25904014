"""The watch state machine: one pure transition for each thing that can happen to a watch."""

from __future__ import annotations

from copy import replace
from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.domain.endings import (
    dead_letter,
    due_until_relayed,
    end,
    enqueue_outcome_events,
    follow_order,
    is_stale,
)
from payment_refresh.domain.verdict import Kind, Verdict, judge
from payment_refresh.domain.watch import (
    NOT_FOUND,
    Check,
    CheckSource,
    OutboxItem,
    Reason,
    SettledBy,
    Status,
    Watch,
    WatchClass,
)
from payment_refresh.times import to_iso

if TYPE_CHECKING:
    from payment_refresh.domain.attribution import SentRefresh
    from payment_refresh.domain.check_results import Answered, Failed
    from payment_refresh.domain.moment import Moment
    from payment_refresh.domain.order import Order
    from payment_refresh.domain.policy import Policy


def apply_answer(watch: Watch, answer: Answered, at: Moment) -> Watch:
    """Apply what Commerce Layer answered at a check, and set what comes next."""
    order = None if answer.order is None or is_stale(answer.order, watch) else answer.order
    verdict = Verdict(kind=Kind.PENDING) if order is None else judge(order, watch.key)
    check = Check(
        at=at.now,
        by=CheckSource.LOOK if answer.sent_refresh is None else CheckSource.REFRESH,
        verdict=verdict.kind,
        payment_status=order.payment_status if order else None,
        code=answer.code or verdict.notice,
    )
    after = replace(_checked(watch, check), first_not_found_at=None)
    if answer.sent_refresh is not None:
        after = _with_answered_refresh(after, answer.sent_refresh)
    if order is not None:
        after = follow_order(after, order, verdict, at)
        after = replace(after, failed_attempt=verdict.failed_attempt or watch.failed_attempt)
    if after.is_open:
        after = _schedule(after, _Reading(watch, answer, order, verdict), at)
    # The outbox is relayed at once; the watch stays due, a little later, in case that dies.
    return enqueue_outcome_events(after, watch, verdict, at.now + at.policy.first)


def apply_not_found(watch: Watch, at: Moment) -> Watch:
    """Treat a payment as missing after two 404s at least ``missing_after`` apart, with no event in between."""
    check = Check(at=at.now, by=CheckSource.REFRESH, verdict=NOT_FOUND)
    after = _checked(watch, check)
    first_at = at.now if watch.first_not_found_at is None else watch.first_not_found_at
    believed_at = first_at + at.policy.missing_after
    if watch.event_during_lease:
        after = replace(after, first_not_found_at=first_at, due_at=at.now)
    elif at.now < believed_at:
        after = replace(after, first_not_found_at=first_at, due_at=believed_at)
    else:
        after = end(after, Status.MISSING, at)
    return enqueue_outcome_events(after, watch, None, at.now + at.policy.first)


def apply_event(watch: Watch, order: Order, at: Moment) -> Watch:
    """Apply an order event while no lease stands in its way; it may end a watch in any status.

    A failed attempt is left for the next look to announce. What our refresh settled is announced as if a look had
    shown it: where the answer to that refresh got lost, this is the first report of it.
    """
    verdict = judge(order, watch.key)
    # What an earlier end has in its outbox is overruled with it.
    before = watch if watch.is_open else replace(watch, outbox=frozenset(), claim=None, claims=0)
    after = follow_order(before, order, verdict, at)
    if not after.is_open:
        check = Check(
            at=at.now,
            by=CheckSource.EVENT,
            verdict=verdict.kind,
            payment_status=order.payment_status,
            code=verdict.notice,
        )
        after = replace(after, checks=after.with_check(check))
    elif verdict.kind is Kind.PENDING and after.watch_class is not watch.watch_class:
        after = replace(after, due_at=at.policy.first_due(after, at.now))
    is_ours = after.status is Status.SETTLED and after.settled_by is SettledBy.REFRESH
    return enqueue_outcome_events(after, before, verdict, at.now, by_event=not is_ours)


def back_off(watch: Watch, failure: Failed, at: Moment) -> Watch:
    """Reschedule a watch after a call that got no answer: this is no check, and failures in a row back off.

    A refresh that was sent may have moved the order all the same.
    """
    failures = watch.consecutive_failures + 1
    after = replace(_end_lease(watch), consecutive_failures=failures, last_error=failure.reason)
    if failure.sent_refresh is not None:
        after = _with_sent_refresh(after, failure.sent_refresh)
    return replace(after, due_at=at.policy.retry_due(after, at.now, jitter=at.jitter()))


def snooze(watch: Watch, now: int) -> Watch:
    """Reschedule an untried watch, due at once: there was no time or budget left for it.

    This is neither an attempt nor an outcome: the claim, and the isolated attempt written before, are not counted.
    """
    return replace(
        watch,
        claim=None,
        claims=max(0, watch.claims - 1),
        isolated_attempts=max(0, watch.isolated_attempts - 1),
        event_during_lease=False,
        due_at=now,
    )


def close_resolved(watch: Watch, at: Moment) -> Watch:
    """End the row of an order whose payment is known now (or cannot be refreshed): nothing is left to find."""
    return due_until_relayed(end(_end_lease(watch), Status.CLOSED, at), at.now + at.policy.first)


def dead_letter_poison(watch: Watch, at: Moment) -> Watch:
    """Dead-letter a watch whose processing made its invocations die, again and again."""
    after = dead_letter(_end_lease(watch), Reason.CANNOT_PROCESS, at)
    return enqueue_outcome_events(after, watch, None, at.now + at.policy.first)


def take_outbox(watch: Watch, until: int) -> Watch:
    """Consume the lease, so that of duplicate deliveries only one relays the outbox.

    It has until ``until`` (epoch seconds UTC) for that: the lease may be about to expire where its message waited.
    """
    return replace(watch, claim=None, due_at=until)


def clear_outbox(watch: Watch, relayed: frozenset[OutboxItem]) -> Watch:
    """Take relayed entries out of the outbox; an ended watch whose outbox is empty is not due any more."""
    watch = replace(watch, outbox=watch.outbox - relayed)
    return replace(watch, due_at=None, claim=None, claims=0) if watch.is_done else watch


def is_last_look(watch: Watch, now: int, policy: Policy) -> bool:
    """Whether the refresh that giving up takes was sent, so that only the last look is missing."""
    refreshed = watch.refreshed_at
    # Both times are rounded down, so the look comes a whole ``first`` later only where it is one second more.
    return refreshed is not None and refreshed >= policy.ends_at(watch) and now > refreshed + policy.first


@dataclass(frozen=True, slots=True)
class _Reading:
    """What a check saw: the row before it, the answer, the order that counts (None: none), and its verdict."""

    before: Watch
    answer: Answered
    order: Order | None
    verdict: Verdict


def _schedule(watch: Watch, reading: _Reading, at: Moment) -> Watch:
    """Set when to ask an open watch again, or give it up."""
    if reading.before.event_during_lease:
        return replace(watch, due_at=at.now)
    if reading.verdict.kind is Kind.SETTLED_UNPLACED:
        return watch
    if reading.order is None and at.now >= at.policy.ends_at(watch):
        # Giving up takes an order to look at. None came, and asking soon would bring none: ask rarely.
        return replace(watch, due_at=at.now + int(at.policy.cap))
    if reading.order is not None and _may_give_up(watch, reading.answer, at):
        return _give_up(watch, at)
    patient = reading.verdict.look_only or reading.verdict.failed_attempt is not None
    return replace(watch, due_at=at.policy.next_due(watch, at.now, jitter=at.jitter(), patient=patient))


def _may_give_up(watch: Watch, answer: Answered, at: Moment) -> bool:
    """Giving up takes a refresh and then, at least one ``first`` later, a look, where a refresh may be sent."""
    if not answer.looked or answer.sent_refresh is not None or at.now < at.policy.ends_at(watch):
        return False
    return not answer.can_refresh or watch.look_only or is_last_look(watch, at.now, at.policy)


def _give_up(watch: Watch, at: Moment) -> Watch:
    if watch.watch_class is WatchClass.CART:
        return end(watch, Status.ABANDONED, at)
    return dead_letter(watch, Reason.STAYED_PENDING, at)


def _end_lease(watch: Watch) -> Watch:
    return replace(watch, claim=None, claims=0, isolated_attempts=0, event_during_lease=False)


def _checked(watch: Watch, check: Check) -> Watch:
    """End the lease of a watch whose check was answered."""
    return replace(_end_lease(watch), consecutive_failures=0, last_error=None, checks=watch.with_check(check))


def _with_sent_refresh(watch: Watch, refresh: SentRefresh) -> Watch:
    sent_at, answered_at = to_iso(refresh.sent), to_iso(refresh.until)
    return replace(watch, refresh_sent_at=sent_at, refresh_answered_at=answered_at)


def _with_answered_refresh(watch: Watch, refresh: SentRefresh) -> Watch:
    after = _with_sent_refresh(watch, refresh)
    return replace(after, refreshes=watch.refreshes + 1, refreshed_at=int(refresh.until))
