"""How a watch goes on: pure steps from one row to the next, one for each thing that can happen to it."""

from __future__ import annotations

from copy import replace
from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.domain.endings import dead_lettered, ended, follow, is_older, telling, until_sent
from payment_refresh.domain.leases import released
from payment_refresh.domain.verdict import Kind, Verdict, judge
from payment_refresh.domain.watch import CHECKS_KEPT, Check, Reason, SettledBy, Status, Watch, WatchClass
from payment_refresh.times import to_iso

if TYPE_CHECKING:
    from payment_refresh.domain.attribution import Patched
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
    patched: Patched | None = None
    code: str | None = None
    not_found: bool = False


def answered(watch: Watch, answer: Answer, now: int, policy: Policy, *, jitter: float) -> Watch:
    """Write what Commerce Layer answered at a check, and what comes next.

    Parameters
    ----------
    now
        Epoch seconds UTC.
    jitter
        Anywhere from -1 to 1.
    """
    before, was_noted = watch, watch.noted
    watch = _unclaimed(watch)
    watch = replace(watch, unanswered=0, trouble=None)
    if answer.patched is not None:
        watch = replace(
            _patched(watch, answer.patched), patches=watch.patches + 1, refreshed_at=int(answer.patched.until)
        )
    if answer.not_found:
        return telling(_not_found(watch, now, policy, was_noted=was_noted), before, None, now + policy.first)
    watch = replace(watch, refused_at=None)
    order = None if answer.order is None or is_older(answer.order, watch) else answer.order
    verdict = Verdict(kind=Kind.PENDING) if order is None else judge(order, watch.key)
    watch = _checked(watch, answer, order, verdict, now)
    if order is not None:
        watch = follow(watch, order, verdict, now, policy)
        watch = replace(watch, failed_attempt=verdict.failed_attempt or watch.failed_attempt)
    watch = _next(watch, answer, order, verdict, now, policy, jitter=jitter, was_noted=was_noted)
    # What is owed is sent at once; the watch stays due, a little later, in case that dies.
    return telling(watch, before, verdict, now + policy.first)


def _next(
    watch: Watch,
    answer: Answer,
    order: Order | None,
    verdict: Verdict,
    now: int,
    policy: Policy,
    *,
    jitter: float,
    was_noted: bool,
) -> Watch:
    """Set when to ask again, or give up."""
    if not watch.is_open:
        return watch
    if was_noted:
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


def unanswered(
    watch: Watch, trouble: str, now: int, policy: Policy, *, jitter: float, patched: Patched | None = None
) -> Watch:
    """Put the watch back after a call that got no answer: no check was used, and it backs off.

    A refresh that was sent may have moved the order all the same; ``patched`` tells when.
    """
    watch = replace(_unclaimed(watch), unanswered=watch.unanswered + 1, trouble=trouble)
    watch = watch if patched is None else _patched(watch, patched)
    return replace(watch, due_at=policy.retry_due(watch, now, jitter=jitter))


def postponed(watch: Watch, now: int) -> Watch:
    """Put the watch back untried, due at once: there was no time or budget left for it.

    That was neither a try nor an outcome: the claim, and the try written down before, are taken back; what came of
    earlier ones still counts.
    """
    return replace(released(watch, now), trials=max(0, watch.trials - 1), noted=False)


def resolved(watch: Watch, now: int, policy: Policy) -> Watch:
    """End the row of an order whose payment is known now (or cannot be refreshed): nothing is left to find."""
    return until_sent(ended(_unclaimed(watch), Status.CLOSED, now, policy), now + policy.first)


def cannot_process(watch: Watch, now: int, policy: Policy) -> Watch:
    """Dead-letter a watch that made its invocations die, again and again."""
    ended = dead_lettered(_unclaimed(watch), Reason.CANNOT_PROCESS, now, policy)
    return telling(ended, watch, None, now + policy.first)


def sending(watch: Watch, until: int) -> Watch:
    """Use the claim up: of several copies of its message, only who writes this sends what the watch owes.

    It has until ``until`` for that. The claim's own lease may be all but over where the message waited for long.
    """
    return replace(watch, claim=None, due_at=until)


def sent(watch: Watch, taken: frozenset[str]) -> Watch:
    """Write that some of what the watch owed was sent; one that ended and owes no more has nothing left to do."""
    watch = replace(watch, owes=watch.owes - taken)
    return replace(watch, due_at=None, claim=None, claims=0) if watch.is_done else watch


def told(watch: Watch, order: Order, now: int, policy: Policy) -> Watch:
    """Apply an order event that no claim stands in the way of; it may end a watch, and ended ones too.

    A failed attempt is left for the next look to announce. What our refresh settled is announced, as if a look had
    told it: where the answer to that refresh got lost, this is the first news of it.
    """
    verdict = judge(order, watch.key)
    # What an earlier end still owed is overruled with it.
    before = watch if watch.is_open else replace(watch, owes=frozenset(), claim=None, claims=0)
    follows = follow(before, order, verdict, now, policy)
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
    return telling(follows, before, verdict, now, by_event=not ours)


def is_last_look(watch: Watch, now: int, policy: Policy) -> bool:
    """Tell whether the refresh that giving up takes was sent, so that only the last look is missing."""
    refreshed = watch.refreshed_at
    # Both times are rounded down, so the look comes a whole ``first`` later only where it is one second more.
    return refreshed is not None and refreshed >= policy.ends_at(watch) and now > refreshed + policy.first


def _not_found(watch: Watch, now: int, policy: Policy, *, was_noted: bool) -> Watch:
    """Believe a 404 only when a second one comes long enough after the first, and no order event meanwhile."""
    watch = replace(watch, checks=(*watch.checks, Check(at=now, by="refresh", verdict="not_found"))[-CHECKS_KEPT:])
    refused_at = now if watch.refused_at is None else watch.refused_at
    believed_at = refused_at + policy.missing_after
    if was_noted or now < believed_at:
        return replace(watch, refused_at=refused_at, due_at=now if was_noted else believed_at)
    return ended(watch, Status.MISSING, now, policy)


def _checked(watch: Watch, answer: Answer, order: Order | None, verdict: Verdict, now: int) -> Watch:
    check = Check(
        at=now,
        by="look" if answer.patched is None else "refresh",
        verdict=verdict.kind,
        payment_status=order.payment_status if order else None,
        code=answer.code or verdict.notice,
    )
    return replace(watch, checks=(*watch.checks, check)[-CHECKS_KEPT:])


def _may_give_up(watch: Watch, answer: Answer, now: int, policy: Policy) -> bool:
    """Giving up takes a refresh and then, at least one ``first`` later, a look, where a refresh may be sent."""
    if not answer.looked or answer.patched is not None or now < policy.ends_at(watch):
        return False
    return not answer.can_refresh or watch.look_only or is_last_look(watch, now, policy)


def _given_up(watch: Watch, now: int, policy: Policy) -> Watch:
    if watch.watch_class is WatchClass.CART:
        return ended(watch, Status.ABANDONED, now, policy)
    return dead_lettered(watch, Reason.STAYED_PENDING, now, policy)


def _patched(watch: Watch, patched: Patched) -> Watch:
    return replace(watch, patched_from=to_iso(patched.sent), patched_until=to_iso(patched.until))


def _unclaimed(watch: Watch) -> Watch:
    return replace(watch, claim=None, claims=0, trials=0, noted=False)
