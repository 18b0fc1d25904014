"""How a watch goes on: pure steps from one row to the next, one for each thing that can happen to it."""

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
from payment_refresh.domain.leases import release
from payment_refresh.domain.verdict import Kind, Verdict, judge
from payment_refresh.domain.watch import CHECKS_KEPT, Check, Reason, SettledBy, Status, Watch, WatchClass
from payment_refresh.times import to_iso

if TYPE_CHECKING:
    from payment_refresh.domain.attribution import SentRefresh
    from payment_refresh.domain.order import Order
    from payment_refresh.domain.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What Commerce Layer answered at one check.

    Attributes
    ----------
    order
        The newest order that came with a look or a refresh, None where none came.
    looked
        Whether a look told of the order before any refresh.
    can_refresh
        Whether this deployment may refresh this payment at all (mode, age of the order).
    patched
        When our refresh was sent and answered; None where none was sent.
    code
        Status and code of an answer to the refresh that was no 200.
    not_found
        Whether the payment answered 404.
    """

    order: Order | None = None
    looked: bool = False
    can_refresh: bool = True
    sent_refresh: SentRefresh | None = None
    code: str | None = None
    not_found: bool = False


def apply_answer(watch: Watch, answer: Answer, now: int, policy: Policy, *, jitter: float) -> Watch:
    """Write what Commerce Layer answered at a check, and what comes next.

    Parameters
    ----------
    now
        Epoch seconds UTC.
    jitter
        Anywhere from -1 to 1.
    """
    before, event_came = watch, watch.event_during_lease
    watch = _unclaimed(watch)
    watch = replace(watch, consecutive_failures=0, last_error=None)
    if answer.sent_refresh is not None:
        watch = replace(
            _with_sent_refresh(watch, answer.sent_refresh),
            refreshes=watch.refreshes + 1,
            refreshed_at=int(answer.sent_refresh.until),
        )
    if answer.not_found:
        return enqueue_outcome_events(
            _not_found(watch, now, policy, event_came=event_came), before, None, now + policy.first
        )
    watch = replace(watch, first_not_found_at=None)
    order = None if answer.order is None or is_stale(answer.order, watch) else answer.order
    verdict = Verdict(kind=Kind.PENDING) if order is None else judge(order, watch.key)
    watch = _checked(watch, answer, order, verdict, now)
    if order is not None:
        watch = follow_order(watch, order, verdict, now, policy)
        watch = replace(watch, failed_attempt=verdict.failed_attempt or watch.failed_attempt)
    watch = _next(watch, answer, order, verdict, now, policy, jitter=jitter, event_came=event_came)
    # What is owed is sent at once; the watch stays due, a little later, in case that dies.
    return enqueue_outcome_events(watch, before, verdict, now + policy.first)


def _next(
    watch: Watch,
    answer: Answer,
    order: Order | None,
    verdict: Verdict,
    now: int,
    policy: Policy,
    *,
    jitter: float,
    event_came: bool,
) -> Watch:
    """Set when to ask again, or give up."""
    if not watch.is_open:
        return watch
    if event_came:
        return replace(watch, due_at=now)
    if verdict.kind is Kind.SETTLED_UNPLACED:
        return watch
    if order is None and now >= policy.ends_at(watch):
        # Giving up takes an order to look at. None came, and asking soon would bring none: ask rarely.
        return replace(watch, due_at=now + int(policy.cap))
    if order is not None and _may_give_up(watch, answer, now, policy):
        return _given_up(watch, now, policy)
    patient = verdict.look_only or verdict.failed_attempt is not None
    return replace(watch, due_at=policy.next_due(watch, now, jitter=jitter, patient=patient))


def back_off(
    watch: Watch,
    last_error: str,
    now: int,
    policy: Policy,
    *,
    jitter: float,
    sent_refresh: SentRefresh | None = None,
) -> Watch:
    """Put the watch back after a call that got no answer: no check was used, and it backs off.

    A refresh that was sent may have moved the order all the same; ``patched`` tells when.
    """
    watch = replace(_unclaimed(watch), consecutive_failures=watch.consecutive_failures + 1, last_error=last_error)
    watch = watch if sent_refresh is None else _with_sent_refresh(watch, sent_refresh)
    return replace(watch, due_at=policy.retry_due(watch, now, jitter=jitter))


def snooze(watch: Watch, now: int) -> Watch:
    """Put the watch back untried, due at once: there was no time or budget left for it.

    That was neither a try nor an outcome: the claim, and the try written down before, are taken back; what came of
    earlier ones still counts.
    """
    return replace(
        release(watch, now), isolated_attempts=max(0, watch.isolated_attempts - 1), event_during_lease=False
    )


def close_resolved(watch: Watch, now: int, policy: Policy) -> Watch:
    """End the row of an order whose payment is known now (or cannot be refreshed): nothing is left to find."""
    return due_until_relayed(end(_unclaimed(watch), Status.CLOSED, now, policy), now + policy.first)


def dead_letter_poison(watch: Watch, now: int, policy: Policy) -> Watch:
    """Dead-letter a watch that made its invocations die, again and again."""
    end = dead_letter(_unclaimed(watch), Reason.CANNOT_PROCESS, now, policy)
    return enqueue_outcome_events(end, watch, None, now + policy.first)


def take_outbox(watch: Watch, until: int) -> Watch:
    """Use the claim up: of several copies of its message, only who writes this sends what the watch owes.

    It has until ``until`` for that. The claim's own lease may be all but over where the message waited for long.
    """
    return replace(watch, claim=None, due_at=until)


def clear_outbox(watch: Watch, taken: frozenset[str]) -> Watch:
    """Write that some of what the watch owed was sent; one that ended and owes no more has nothing left to do."""
    watch = replace(watch, outbox=watch.outbox - taken)
    return replace(watch, due_at=None, claim=None, claims=0) if watch.is_done else watch


def apply_event(watch: Watch, order: Order, now: int, policy: Policy) -> Watch:
    """Apply an order event that no claim stands in the way of; it may end a watch, and ended ones too.

    A failed attempt is left for the next look to announce. What our refresh settled is announced, as if a look had
    told it: where the answer to that refresh got lost, this is the first news of it.
    """
    verdict = judge(order, watch.key)
    # What an earlier end still owed is overruled with it.
    before = watch if watch.is_open else replace(watch, outbox=frozenset(), claim=None, claims=0)
    follows = follow_order(before, order, verdict, now, policy)
    if not follows.is_open:
        check = Check(
            at=now,
            by="event",
            verdict=verdict.kind,
            payment_status=order.payment_status,
            code=verdict.notice,
        )
        follows = replace(follows, checks=(*follows.checks, check)[-CHECKS_KEPT:])
    elif verdict.kind is Kind.PENDING and follows.watch_class is not watch.watch_class:
        follows = replace(follows, due_at=policy.first_due(follows, now))
    ours = follows.status is Status.SETTLED and follows.settled_by is SettledBy.REFRESH
    return enqueue_outcome_events(follows, before, verdict, now, by_event=not ours)


def is_last_look(watch: Watch, now: int, policy: Policy) -> bool:
    """Tell whether the refresh that giving up takes was sent, so that only the last look is missing."""
    refreshed = watch.refreshed_at
    # Both times are rounded down, so the look comes a whole ``first`` later only where it is one second more.
    return refreshed is not None and refreshed >= policy.ends_at(watch) and now > refreshed + policy.first


def _not_found(watch: Watch, now: int, policy: Policy, *, event_came: bool) -> Watch:
    """Believe a 404 only when a second one comes long enough after the first, and no order event meanwhile."""
    watch = replace(watch, checks=(*watch.checks, Check(at=now, by="refresh", verdict="not_found"))[-CHECKS_KEPT:])
    first_not_found_at = now if watch.first_not_found_at is None else watch.first_not_found_at
    believed_at = first_not_found_at + policy.missing_after
    if event_came or now < believed_at:
        return replace(watch, first_not_found_at=first_not_found_at, due_at=now if event_came else believed_at)
    return end(watch, Status.MISSING, now, policy)


def _checked(watch: Watch, answer: Answer, order: Order | None, verdict: Verdict, now: int) -> Watch:
    check = Check(
        at=now,
        by="look" if answer.sent_refresh is None else "refresh",
        verdict=verdict.kind,
        payment_status=order.payment_status if order else None,
        code=answer.code or verdict.notice,
    )
    return replace(watch, checks=(*watch.checks, check)[-CHECKS_KEPT:])


def _may_give_up(watch: Watch, answer: Answer, now: int, policy: Policy) -> bool:
    """Giving up takes a refresh and then, at least one ``first`` later, a look, where a refresh may be sent."""
    if not answer.looked or answer.sent_refresh is not None or now < policy.ends_at(watch):
        return False
    return not answer.can_refresh or watch.look_only or is_last_look(watch, now, policy)


def _given_up(watch: Watch, now: int, policy: Policy) -> Watch:
    if watch.watch_class is WatchClass.CART:
        return end(watch, Status.ABANDONED, now, policy)
    return dead_letter(watch, Reason.STAYED_PENDING, now, policy)


def _with_sent_refresh(watch: Watch, sent_refresh: SentRefresh) -> Watch:
    return replace(
        watch, refresh_sent_at=to_iso(sent_refresh.sent), refresh_answered_at=to_iso(sent_refresh.until)
    )


def _unclaimed(watch: Watch) -> Watch:
    return replace(watch, claim=None, claims=0, isolated_attempts=0, event_during_lease=False)
