"""The future of a watch: when its payment is asked about next, and when it is given up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.domain.vocabulary import STUCK, Status, WatchClass
from payrefresh.overview.moments import ahead, moment, span
from payrefresh.overview.words import OUTBOX, said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payment_refresh.domain.watch import Watch
    from payrefresh.overview.settings import Settings

SWEEPS_EVERY = 60
"""Seconds between two sweeps, as the template's schedule says."""

LATE = 5 * SWEEPS_EVERY
"""Seconds after which what is due and not taken is worth a word."""

LETTERS_KEPT = 14 * 86_400
"""Seconds for which the dead-letter queue keeps a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """What comes next; times in epoch seconds UTC.

    Attributes
    ----------
    is_claimed
        Whether it is being checked right now, or waits in the queue for it.
    next_at
        When it is asked about next; None where it is not.
    gives_up_at
        When it is given up if it is still pending then; None where it is not watched any more.
    lines
        The same in sentences, and what else there is to say.
    """

    is_claimed: bool
    next_at: int | None
    gives_up_at: int | None
    lines: tuple[str, ...]


def coming(watch: Watch, settings: Settings, now: float) -> Coming:
    """Say what comes next for a watch."""
    is_claimed = watch.claim is not None and watch.due_at is not None and watch.due_at > now
    gives_up_at = settings.policy.ends_at(watch) if watch.is_open else None
    lines = _open(watch, settings, now) if watch.is_open else _ended(watch, now)
    return Coming(
        is_claimed=is_claimed,
        next_at=watch.due_at if watch.is_open and not is_claimed else None,
        gives_up_at=gives_up_at,
        lines=(*lines, *_outbox(watch)),
    )


def _open(watch: Watch, settings: Settings, now: float) -> Iterator[str]:
    yield _next_check(watch, settings, now)
    if watch.consecutive_failures:
        calls = "call" if watch.consecutive_failures == 1 else f"{watch.consecutive_failures} calls"
        yield f"The last {calls} got no answer ({watch.last_error}); such a call counts as no check."
    if watch.claims > 1:
        yield f"It was taken {watch.claims} times without a result; after three, it is processed by itself."
    if watch.asked_manually:
        yield "A person asked for this check."
    if watch.event_during_lease:
        yield "An order event came while it was being checked; it is checked again at once."
    yield from _special(watch)
    yield _giving_up(watch, settings, now)


def _next_check(watch: Watch, settings: Settings, now: float) -> str:
    if watch.due_at is None:
        return "It is not due; an order event may still end it."
    if watch.claim is not None and watch.due_at > now:
        return f"It is being checked right now; if nothing comes of it, it falls due {ahead(watch.due_at, now)}."
    if watch.due_at > now:
        return f"It will be asked about again {ahead(watch.due_at, now)}: {_how(watch, settings)}."
    waited = now - watch.due_at
    if waited < LATE:
        return f"It is due now: the next sweep, within a minute, sends it to be checked ({_how(watch, settings)})."
    return f"It has been due for {span(waited)} and waits for its turn; `payrefresh status` says why."


def _how(watch: Watch, settings: Settings) -> str:
    if watch.absent_twice:
        return "single calls then decide whether the payment is gone"
    if watch.key.is_order:
        return "a look at the order, to learn of its payment"
    if watch.look_only or (settings.observes(watch) and not watch.asked_manually):
        return "a look only"
    if watch.due_at is not None and not settings.policy.may_refresh(watch, watch.due_at):
        return "a look only"
    return "a look, and a refresh if it is still pending then"


def _special(watch: Watch) -> Iterator[str]:
    if watch.look_only:
        yield "It is only looked at: a refresh cannot help it, or must not be sent."
    if watch.unplaced_since is not None:
        yield "If the order is still not placed then, that is announced (OrderAuthorizedNotPlaced)."
    if watch.cancelled_at is not None:
        yield "Its order is cancelled: it is asked about a few times more, in case money still comes."
    elif watch.replaced_at is not None:
        yield "Its order has another payment source now: it is asked about a few times more."


def _giving_up(watch: Watch, settings: Settings, now: float) -> str:
    end = settings.policy.ends_at(watch)
    if watch.cancelled_at is not None or watch.replaced_at is not None:
        becomes = "it is closed quietly"
    elif watch.watch_class is WatchClass.CART:
        becomes = "the cart counts as abandoned, which calls nobody"
    elif settings.observes(watch):
        becomes = "it is reported in the daily digest, since nothing may be done about it unasked"
    else:
        becomes = "it becomes a dead letter, for a person"
    if end > now:
        return f"It is given up on {moment(end)}, in {span(end - now)}, if it is still pending then: {becomes}."
    return f"Its time was over on {moment(end)}: after one more check that is answered, {becomes}."


def _ended(watch: Watch, now: float) -> Iterator[str]:
    match watch.status:
        case Status.DEAD_LETTERED:
            yield "It waits for a person: redrive it to have it watched again, or acknowledge it."
            if watch.ended_at is not None and now - watch.ended_at > LETTERS_KEPT:
                yield "Its message in the dead-letter queue has expired; redrive takes it from the table."
        case Status.REPORTED:
            yield "Nothing is done about it unasked: check it once with `payrefresh check`, or acknowledge it."
        case Status.SETTLED | Status.CLOSED | Status.MISSING | Status.ABANDONED:
            yield "Nothing more is done about it."
        case _:
            yield "A later version ended it in its own way; this one leaves it as it is."
    if watch.status in STUCK | {Status.MISSING, Status.ABANDONED}:
        yield "An order event that shows money still settles it at any time."
    if watch.expires_at is not None:
        yield f"The row is kept until {moment(watch.expires_at)}."


def _outbox(watch: Watch) -> Iterator[str]:
    if not watch.outbox:
        return
    what = ", and ".join(said(OUTBOX, item) for item in sorted(watch.outbox))
    yield f"Still to be sent: {what}. It is sent again with every try, under the same id."
