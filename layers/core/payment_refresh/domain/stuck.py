"""The daily digest: sums of the payments that stayed stuck, and the event that reports them. Pure."""

from __future__ import annotations

import json
from copy import replace
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from payment_refresh.domain.vocabulary import DueClass, Status
from payment_refresh.times import to_iso

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from payment_refresh.domain.deployment import Deployment
    from payment_refresh.domain.watch import Watch

KIND = "StuckOrdersReported"
VERSION = "1"
"""Of the detail's schema (``events/outcomes``); it changes when a reader of the old one would break."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Sums of the stuck payments of one status.

    Attributes
    ----------
    count
        Number of payments.
    oldest
        The one that has been pending longest.
    by_currency
        Totals of their orders in each currency's smallest unit; an order counts once, also where two of its
        payments are stuck, and not at all where its total is not known.
    """

    count: int = 0
    oldest: Watch | None = None
    by_currency: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stuck:
    """All stuck payments.

    Attributes
    ----------
    reported
        Those about which nothing is done unasked.
    dead_lettered
        Those whose dead letter a person has to redrive or acknowledge.
    new_dead_letters
        Those of them that ended since the last daily digest.
    complete
        Whether these are all of them.
    unreadable
        How many rows could not be read.
    """

    reported: Sums = field(default_factory=Sums)
    dead_lettered: Sums = field(default_factory=Sums)
    new_dead_letters: Sums = field(default_factory=Sums)
    complete: bool = True
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class SummaryEvent:
    """An event of the digest; ``detail`` is JSON."""

    detail: str
    kind: str = KIND


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """The digest's row: the last summary that was to be reported.

    Attributes
    ----------
    revision
        Incremented by every write; every write is conditional on it.
    number
        How many summaries there were.
    detail
        The event of the last of them; None before the first.
    unsent
        Whether the event bus has not taken it yet. As long as it has not, it is sent again under the same id.
    """

    revision: int = 0
    number: int = 0
    detail: str | None = None
    unsent: bool = False

    def updated(self, stuck: Stuck, now: int, deployment: Deployment) -> Digest:
        """Take a summary over where it differs from the last one in what is reported; it is then to be sent."""
        reported = write_sums(stuck.reported)
        last = write_sums(Sums()) if self.detail is None else json.loads(self.detail)
        if all(last.get(name) == value for name, value in reported.items()):
            return self
        number = self.number + 1
        detail = {
            "version": VERSION,
            "id": f"digest#{number}#{KIND}",
            "kind": KIND,
            "needs_a_person": False,
            **deployment.members,
            "at": to_iso(now),
            **reported,
            "dead_lettered": stuck.dead_lettered.count,
            "complete": stuck.complete,
        }
        return replace(self, number=number, detail=json.dumps(detail), unsent=True)

    @property
    def event(self) -> SummaryEvent | None:
        """The event that is to be sent, if there is one."""
        return SummaryEvent(self.detail) if self.unsent and self.detail is not None else None

    def sent(self) -> Digest:
        """Record that the bus has taken it."""
        return replace(self, unsent=False)


def summarize(watches: Iterable[Watch], *, since: int = 0, complete: bool) -> Stuck:
    """Sum up rows of the due index's class of stuck ones; those that have moved on since are left out.

    Those that ended in a way that only a later version knows are left out as well: these are not all then.

    Parameters
    ----------
    since
        When the last daily digest was made, in epoch seconds UTC; 0 before the first.
    complete
        Whether these are all rows of that class.
    """
    totals = {Status.REPORTED: _Totals(), Status.DEAD_LETTERED: _Totals()}
    new = _Totals()
    for watch in watches:
        if watch.is_unknown_end:
            complete = False
        elif watch.due_class is DueClass.STUCK:
            totals[watch.status].add(watch)
            if watch.status is Status.DEAD_LETTERED and (watch.ended_at or 0) > since:
                new.add(watch)
    return Stuck(
        reported=totals[Status.REPORTED].sums,
        dead_lettered=totals[Status.DEAD_LETTERED].sums,
        new_dead_letters=new.sums,
        complete=complete,
    )


@dataclass(slots=True)
class _Totals:
    """What is summed up so far."""

    count: int = 0
    oldest: Watch | None = None
    by_currency: dict[str, int] = field(default_factory=dict)
    orders: set[str] = field(default_factory=set)

    def add(self, watch: Watch) -> None:
        self.count += 1
        if self.oldest is None or watch.since < self.oldest.since:
            self.oldest = watch
        order = watch.order_id or str(watch.key)
        if order not in self.orders and watch.amount_cents is not None and watch.currency is not None:
            self.orders.add(order)
            self.by_currency[watch.currency] = self.by_currency.get(watch.currency, 0) + watch.amount_cents

    @property
    def sums(self) -> Sums:
        return Sums(count=self.count, oldest=self.oldest, by_currency=dict(sorted(self.by_currency.items())))


def write_sums(sums: Sums) -> dict[str, object]:
    """Write sums as members of an event: the count, the oldest one, and the totals by currency."""
    oldest = sums.oldest
    return {
        "count": sums.count,
        "oldest": oldest
        and {
            "payment": None if oldest.key.is_order else str(oldest.key),
            "order_id": oldest.order_id,
            "order_number": oldest.order_number,
            "since": to_iso(oldest.since),
            "amount_cents": oldest.amount_cents,
            "currency": oldest.currency,
        },
        "sums": dict(sums.by_currency),
    }
