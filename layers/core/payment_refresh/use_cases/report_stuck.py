"""Use case: sum up the payments that stayed stuck, and report the sums where they changed."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING

from payment_refresh.domain.stuck import summarize
from payment_refresh.domain.vocabulary import DueClass
from payment_refresh.errors import Conflict, SendFailed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from payment_refresh.domain.deployment import Deployment
    from payment_refresh.domain.stuck import Digest, Stuck
    from payment_refresh.domain.watch import Due, Watch
    from payment_refresh.ports import Clock, EventBus, Log, MarkTable, StateTable

MOST_ROWS = 10_000
"""How many rows one digest reads, which bounds its time; beyond them, those that ended last are not counted."""

PAGE = 1_000
"""How many of them are held in memory at a time; each page is logged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestReport:
    """Result of one digest.

    Attributes
    ----------
    sent
        Whether there was something new to report.
    """

    stuck: Stuck
    sent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportStuck:
    """The daily digest of what only a person moves on.

    Attributes
    ----------
    deployment
        Whose event it is.
    """

    table: StateTable
    digests: MarkTable[Digest]
    events: EventBus
    deployment: Deployment
    clock: Clock
    log: Log

    def run(self) -> DigestReport:
        """Sum up, and report what changed; what is to be reported is written before it is sent.

        Raises
        ------
        SendFailed
            The bus did not take the event; the next run sends it again.
        StateUnavailable
            The table did not answer.
        """
        now = int(self.clock())
        stuck = self._count(now)
        digest = self.digests.read()
        updated = digest.updated(stuck, now, self.deployment)
        try:
            if updated is not digest:
                updated = self.digests.write(updated)
            is_sent = self._send(updated)
        except Conflict:
            self.log.warning("digest_conflict", extra={"detail": "another run reports this"})
            is_sent = False
        return DigestReport(stuck=stuck, sent=is_sent)

    def _count(self, now: int) -> Stuck:
        due = self.table.due(DueClass.STUCK, now, MOST_ROWS + 1)
        complete = len(due) <= MOST_ROWS
        stuck = summarize(self._rows(due[:MOST_ROWS]), complete=complete)
        counted = {"reported": stuck.reported.count, "dead_lettered": stuck.dead_lettered.count}
        if complete:
            self.log.info("stuck_counted", extra=counted)
        else:
            self.log.warning("stuck_not_all_counted", extra=counted)
        return stuck

    def _rows(self, due: Sequence[Due]) -> Iterator[Watch]:
        """Read the rows page by page, in the order of the index."""
        for number, page in enumerate(batched(due, PAGE, strict=False)):
            rows = self.table.read_many([each.key for each in page])
            yield from (rows[each.key] for each in page if each.key in rows)
            if len(due) > PAGE:
                self.log.info("stuck_read", extra={"rows": number * PAGE + len(page), "of": len(due)})

    def _send(self, digest: Digest) -> bool:
        event = digest.event
        if event is None:
            return False
        (is_taken,) = self.events.send([event])
        if not is_taken:
            raise SendFailed(f"the event bus did not take {event.kind}; it is kept, and the next run sends it")
        self.digests.write(digest.sent())
        return True
