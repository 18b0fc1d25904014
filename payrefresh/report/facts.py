"""Facts that a report takes from one row: what happened, and when. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from payment_refresh.domain.verdict import Kind as VerdictKind
from payment_refresh.domain.vocabulary import CheckSource, Notice, OutboxItem, Reason, SettledBy, Status
from payment_refresh.times import to_epoch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payment_refresh.domain.watch import Check, Watch


class Fact(StrEnum):
    """What a report counts."""

    FOUND = "found_by_refresh"
    BY_WEBHOOK = "settled_by_webhook"
    LATE_WEBHOOK = "settled_by_late_webhook"
    NOT_PLACED = "paid_not_placed"
    SECOND_CHARGE = "second_charge"
    AMOUNT_DIFFERS = "amount_differs"
    ON_CANCELLED = "money_on_cancelled_order"
    PLACED_LATE = "placed_late"
    GONE = "payment_gone"
    STAYED_PENDING = "stayed_pending"
    ABANDONED = "abandoned_cart"


_ANNOUNCED = {
    OutboxItem.NOT_PLACED: Fact.NOT_PLACED,
    OutboxItem.SUPERSEDED: Fact.SECOND_CHARGE,
    OutboxItem.AMOUNT_MISMATCH: Fact.AMOUNT_DIFFERS,
    OutboxItem.ON_CANCELLED_ORDER: Fact.ON_CANCELLED,
    OutboxItem.PLACED_LATE: Fact.PLACED_LATE,
    OutboxItem.MISSING: Fact.GONE,
}
"""Facts that an outcome event announced."""


def facts_of(watch: Watch) -> Iterator[tuple[Fact, int]]:
    """Name what happened to a payment, each with when (epoch seconds UTC)."""
    if watch.status is Status.SETTLED and watch.amount_cents != 0:  # a free order has no money to find
        yield from _settled(watch)
    for item, fact in _ANNOUNCED.items():
        if item in watch.announced:
            yield fact, _noticed_at(watch, fact)
    if stayed_pending(watch):
        yield Fact.STAYED_PENDING, _ended_at(watch)
    if watch.status is Status.ABANDONED:
        yield Fact.ABANDONED, _ended_at(watch)


def stayed_pending(watch: Watch) -> bool:
    """Whether it is given up: dead-lettered, reported, or acknowledged since."""
    return watch.status in (Status.DEAD_LETTERED, Status.REPORTED) or watch.reason is Reason.ACKNOWLEDGED


def pending_for(watch: Watch, at: int) -> int:
    """Seconds for which it had been pending at a moment, the time included that the shopper took to pay."""
    return max(0, at - watch.since)


def _settled(watch: Watch) -> Iterator[tuple[Fact, int]]:
    seen_at = _money_seen_at(watch)
    if watch.settled_by is SettledBy.REFRESH:
        # No refresh is sent once money was seen: the last one is the one that found it.
        refreshed = watch.refresh_answered_at
        yield Fact.FOUND, seen_at if refreshed is None else min(seen_at, int(to_epoch(refreshed)))
    elif watch.settled_by is SettledBy.WEBHOOK:
        yield Fact.BY_WEBHOOK, seen_at
        if any(_was_pending(check) for check in watch.checks if check.at <= seen_at):
            yield Fact.LATE_WEBHOOK, seen_at


def _money_seen_at(watch: Watch) -> int:
    """When money was first seen: before the end, where the order was not placed then."""
    seen = [check.at for check in watch.checks if check.verdict == VerdictKind.SETTLED_UNPLACED]
    if watch.unplaced_since is not None:
        seen.append(watch.unplaced_since)
    return min([*seen, _ended_at(watch)])


def _noticed_at(watch: Watch, fact: Fact) -> int:
    if fact is Fact.NOT_PLACED:
        return _ended_at(watch) if watch.notice is Notice.NOT_PLACED else _money_seen_at(watch)
    if fact is Fact.AMOUNT_DIFFERS:
        noticed = [check.at for check in watch.checks if check.code == Notice.AMOUNT_MISMATCH]
        return min([*noticed, _ended_at(watch)])
    return _ended_at(watch)


def _ended_at(watch: Watch) -> int:
    """When it ended; of one that is watched still, when it was last checked."""
    last = watch.checks[-1].at if watch.checks else watch.started_at
    return last if watch.ended_at is None else watch.ended_at


def _was_pending(check: Check) -> bool:
    return check.by is CheckSource.LOOK and check.verdict == VerdictKind.PENDING
