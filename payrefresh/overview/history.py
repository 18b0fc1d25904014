"""The history of a watch: what is known to have happened, in order, each in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from payment_refresh.domain.vocabulary import Status, WatchClass
from payment_refresh.domain.watch import CHECKS_KEPT
from payment_refresh.times import to_epoch
from payrefresh.overview.words import (
    CHECKS,
    FOUND_BY,
    NOTICES,
    REASONS,
    SETTLED_BY,
    STATUSES,
    VERDICTS,
    advised,
    said,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payment_refresh.domain.watch import Check, Watch


class Happened(NamedTuple):
    """One thing that happened; ``at`` in epoch seconds UTC."""

    at: float
    what: str


def history(watch: Watch) -> tuple[Happened, ...]:
    """All that a row says of its past, oldest first."""
    return tuple(
        sorted(_all(watch), key=lambda each: int(each.at))
    )  # what is of the same time stays in this order


def check_in_words(check: Check) -> str:
    """What a check was, and what it showed."""
    verdict = said(VERDICTS, check.verdict)
    shown = f" (order {check.payment_status.replace('_', ' ')})" if check.payment_status else ""
    text = f"{said(CHECKS, check.by)}: {verdict}{shown}"
    if check.code is None:
        return text
    if check.code in NOTICES:
        return f"{text}; {NOTICES[check.code].meaning}"
    return f"{text}; Commerce Layer answered {check.code}"


def _all(watch: Watch) -> Iterator[Happened]:
    yield from _beginning(watch)
    if len(watch.checks) == CHECKS_KEPT:
        yield Happened(watch.checks[0].at, f"(Only the last {CHECKS_KEPT} checks are kept.)")
    for check in watch.checks:
        yield Happened(check.at, f"{check_in_words(check)}.")
    yield from _turns(watch)
    yield from _refresh_without_answer(watch)
    if watch.ended_at is not None:
        yield Happened(watch.ended_at, _end(watch))


def _beginning(watch: Watch) -> Iterator[Happened]:
    is_cart = watch.watch_class is WatchClass.CART
    if watch.order_at is not None:
        created = "The cart was created." if is_cart else "The order was placed."
        yield Happened(to_epoch(watch.order_at), created)
    found = said(FOUND_BY, watch.found_by)
    if watch.round == 1:
        yield Happened(watch.since, f"The payment began to be pending; {found}.")
        is_placement = watch.order_at is not None and int(to_epoch(watch.order_at)) == watch.started_at
        if watch.started_at > watch.since and not is_placement:
            changed = "The cart changed, and its wait began anew." if is_cart else "The wait began anew."
            yield Happened(watch.started_at, changed)
    else:
        yield Happened(watch.since, "The payment began to be pending.")
        yield Happened(watch.started_at, f"Round {watch.round} of watching it began: {found}.")


def _turns(watch: Watch) -> Iterator[Happened]:
    """What changed how the payment is asked about."""
    if watch.replaced_at is not None:
        yield Happened(watch.replaced_at, "The order was first seen with another payment source.")
    if watch.cancelled_at is not None:
        yield Happened(watch.cancelled_at, "The order was cancelled, unpaid.")
    if watch.unplaced_since is not None:
        yield Happened(watch.unplaced_since, "Money was first seen on the order, which was not placed.")
    if watch.first_absent_at is not None:
        again = " It was absent again later." if watch.absent_twice else ""
        yield Happened(watch.first_absent_at, f"No list of Commerce Layer showed the payment any more.{again}")
    if watch.refresh_failing_since is not None:
        failing = "Refreshing this payment began to fail, while Commerce Layer answered when it was looked at."
        yield Happened(watch.refresh_failing_since, failing)


def _refresh_without_answer(watch: Watch) -> Iterator[Happened]:
    """The last refresh, where no check says what came of it."""
    if watch.refresh_sent_at is None:
        return
    sent_at = to_epoch(watch.refresh_sent_at)
    is_answered = watch.refreshed_at is not None and watch.refreshed_at >= int(sent_at)
    if sent_at >= watch.started_at and not is_answered:
        yield Happened(sent_at, "Asked Commerce Layer to refresh the payment, and got no answer.")


def _end(watch: Watch) -> str:
    """How it ended, and why."""
    parts = [f"Ended as {watch.status}: {said(STATUSES, watch.status)}"]
    if watch.status is Status.SETTLED and watch.settled_by is not None:
        parts.append(f"the order was moved {said(SETTLED_BY, watch.settled_by)}")
    if watch.reason is not None:
        parts.append(advised(REASONS, watch.reason).meaning)
    if watch.note is not None:
        parts.append(f"their note says: {watch.note}")
    return f"{'; '.join(parts)}."
