"""How a watch goes on: pure steps from one row to the next, one for each thing that can happen to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from payment_refresh.order import to_epoch, to_iso
from payment_refresh.rounds import with_facts
from payment_refresh.verdict import Kind, Notice, Verdict, judge
from payment_refresh.watch import (
    CHECKS_KEPT,
    DEAD_LETTER,
    Check,
    Reason,
    SettledBy,
    Status,
    Watch,
    WatchClass,
)

if TYPE_CHECKING:
    from payment_refresh.order import Order
    from payment_refresh.policy import Policy

CLOCK_SKEW = 0.2
"""Seconds by which Commerce Layer's clock may be behind ours when a move is laid to our refresh."""

NOT_PLACED = "not_placed"
"""Notice on a watch that settled though its order was never placed."""


@dataclass(frozen=True, slots=True)
class Patched:
    """When a refresh was sent, and when it was answered or given up on; epoch seconds UTC."""

    sent: float
    until: float


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


def claimed(watch: Watch, token: str, until: int) -> Watch:
    """Hand the watch to the message that bears the token, for one lease."""
    return replace(watch, claim=token, due_at=until, claims=watch.claims + 1)


def released(watch: Watch, now: int) -> Watch:
    """Take a claim back whose message was never sent: it was no try, so it does not count as one."""
    return replace(watch, claim=None, due_at=now, claims=max(0, watch.claims - 1))


def noted(watch: Watch) -> Watch:
    """Remember that an order event came while the watch was claimed."""
    return replace(watch, noted=True)


def answered(watch: Watch, answer: Answer, now: int, policy: Policy, *, jitter: float) -> Watch:
    """Write what Commerce Layer answered at a check, and what comes next.

    Parameters
    ----------
    now
        Epoch seconds UTC.
    jitter
        Anywhere from -1 to 1.
    """
    was_noted = watch.noted
    watch = _unclaimed(watch)
    watch = replace(watch, unanswered=0, trouble=None)
    if answer.patched is not None:
        watch = replace(
            _patched(watch, answer.patched), patches=watch.patches + 1, refreshed_at=int(answer.patched.until)
        )
    if answer.not_found:
        return _not_found(watch, now, policy, was_noted=was_noted)
    watch = replace(watch, refused_at=None)
    order = None if answer.order is None or is_older(answer.order, watch) else answer.order
    verdict = Verdict(kind=Kind.PENDING) if order is None else judge(order, watch.key)
    watch = _checked(watch, answer, order, verdict, now)
    if order is not None:
        watch = _follow(watch, order, verdict, now, policy)
    if not watch.is_open:
        return watch
    if was_noted:
        return replace(watch, due_at=now)
    if verdict.kind is Kind.SETTLED_UNPLACED:
        return watch
    if order is None and now >= policy.ends_at(watch):
        # Giving up takes an order to look at. None came, and asking soon would bring none: ask rarely.
        return replace(watch, due_at=now + int(policy.cap()))
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
    """Put the watch back untried, due at once: there was no time or budget left for it."""
    return replace(_unclaimed(watch), due_at=now)


def resolved(watch: Watch, now: int, policy: Policy) -> Watch:
    """End the row of an order whose payment is known now (or cannot be refreshed): nothing is left to find."""
    return _ended(_unclaimed(watch), Status.CLOSED, now, policy)


def cannot_process(watch: Watch, now: int, policy: Policy) -> Watch:
    """Dead-letter a watch that made its invocations die, again and again."""
    watch = _ended(_unclaimed(watch), Status.DEAD_LETTERED, now, policy)
    return _owing(replace(watch, reason=Reason.CANNOT_PROCESS), now, policy)


def sent(watch: Watch) -> Watch:
    """Write that all the watch owed was sent."""
    return replace(watch, owes=frozenset(), due_at=None, claim=None, claims=0)


def told(watch: Watch, order: Order, now: int, policy: Policy) -> Watch:
    """Apply an order event that no claim stands in the way of; it may end a watch, and ended ones too."""
    verdict = judge(order, watch.key)
    follows = _follow(watch, order, verdict, now, policy)
    if not follows.is_open:
        check = Check(
            at=now,
            by="event",
            verdict=verdict.kind,
            payment_status=order.payment_status,
            code=verdict.notice,
        )
        return replace(follows, checks=(*follows.checks, check)[-CHECKS_KEPT:])
    if verdict.kind is Kind.PENDING and follows.watch_class is not watch.watch_class:
        return replace(follows, due_at=policy.first_due(follows, now))
    return follows


def is_older(order: Order, watch: Watch) -> bool:
    """Tell whether this order state was overtaken by one the watch has seen already."""
    if order.id != watch.order_id or order.updated_at is None or watch.order_updated_at is None:
        return False
    return order.updated_at < watch.order_updated_at


def is_last_look(watch: Watch, now: int, policy: Policy) -> bool:
    """Tell whether the refresh that giving up takes was sent, so that only the last look is missing."""
    refreshed = watch.refreshed_at
    # Both times are rounded down, so the look comes a whole ``first`` later only where it is one second more.
    return refreshed is not None and refreshed >= policy.ends_at(watch) and now > refreshed + policy.first


def _follow(watch: Watch, order: Order, verdict: Verdict, now: int, policy: Policy) -> Watch:
    """Take over an order's facts, and end the watch where the verdict ends it."""
    fresh_failure = verdict.failed_attempt not in (None, watch.failed_attempt)
    watch = replace(with_facts(watch, order, now), look_only=verdict.look_only)
    if verdict.notice is not None and (verdict.notice is not Notice.ATTEMPT_FAILED or fresh_failure):
        watch = replace(watch, notice=verdict.notice)
    watch = replace(watch, failed_attempt=verdict.failed_attempt or watch.failed_attempt)
    if verdict.kind is Kind.SETTLED_UNPLACED:
        since = watch.unplaced_since if watch.unplaced_since is not None else now
        if now < since + policy.unplaced_after:
            return replace(watch, unplaced_since=since, due_at=since + policy.unplaced_after)
        return _ended(
            replace(watch, notice=NOT_PLACED, settled_by=_mover(watch, order, policy)),
            Status.SETTLED,
            now,
            policy,
        )
    watch = replace(watch, unplaced_since=None)
    if verdict.kind is Kind.SETTLED:
        settled = replace(watch, notice=None, settled_by=_mover(watch, order, policy))
        return _ended(settled, Status.SETTLED, now, policy)
    if verdict.kind is Kind.CLOSED:
        return _ended(watch, Status.CLOSED, now, policy)
    return watch


def _mover(watch: Watch, order: Order, policy: Policy) -> SettledBy:
    """Lay the settlement to our refresh only where the order moved at, or shortly after, the last one."""
    if watch.patched_from is None or watch.patched_until is None or order.payment_updated_at is None:
        return SettledBy.WEBHOOK
    moved = to_epoch(order.payment_updated_at)
    ours = to_epoch(watch.patched_from) - CLOCK_SKEW <= moved <= to_epoch(watch.patched_until) + policy.shortly
    return SettledBy.REFRESH if ours else SettledBy.WEBHOOK


def _not_found(watch: Watch, now: int, policy: Policy, *, was_noted: bool) -> Watch:
    """Believe a 404 only when a second one comes long enough after the first, and no order event meanwhile."""
    watch = replace(watch, checks=(*watch.checks, Check(at=now, by="refresh", verdict="not_found"))[-CHECKS_KEPT:])
    refused_at = now if watch.refused_at is None else watch.refused_at
    believed_at = refused_at + policy.missing_after
    if was_noted or now < believed_at:
        return replace(watch, refused_at=refused_at, due_at=now if was_noted else believed_at)
    return _ended(watch, Status.MISSING, now, policy)


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
        return _ended(watch, Status.ABANDONED, now, policy)
    watch = _ended(watch, Status.DEAD_LETTERED, now, policy)
    return _owing(replace(watch, reason=Reason.STAYED_PENDING), now, policy)


def _owing(watch: Watch, now: int, policy: Policy) -> Watch:
    """Owe a dead letter. It is sent at once; the watch stays due, a little later, in case that dies."""
    return replace(watch, owes=frozenset({DEAD_LETTER}), due_at=now + policy.first)


def _patched(watch: Watch, patched: Patched) -> Watch:
    return replace(watch, patched_from=to_iso(patched.sent), patched_until=to_iso(patched.until))


def _unclaimed(watch: Watch) -> Watch:
    return replace(watch, claim=None, claims=0, trials=0, noted=False)


def _ended(watch: Watch, status: Status, now: int, policy: Policy) -> Watch:
    return replace(watch, status=status, due_at=None, ended_at=now, expires_at=now + policy.retention, reason=None)
