"""Counts the payments that stayed stuck, which have a class of their own in the due index."""

from __future__ import annotations

from copy import replace
from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING

from payment_refresh.domain.stuck import summarize
from payment_refresh.domain.vocabulary import DueClass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from payment_refresh.domain.stuck import Stuck
    from payment_refresh.domain.watch import Due, Watch
    from payment_refresh.ports import Log, StateTable

MOST_ROWS = 10_000
"""How many rows one count reads, which bounds its time; beyond them, those that ended last are not counted."""

PAGE = 1_000
"""How many of them are held in memory at a time; each page is logged."""


@dataclass(slots=True, kw_only=True)
class StuckCount:
    """Reads the rows of that class, page by page, and sums them up.

    Attributes
    ----------
    read
        How many rows were read so far.
    """

    table: StateTable
    log: Log
    read: int = 0

    def make(self, now: int, since: int) -> Stuck:
        """Count at ``now``, and apart what ended after ``since``, both in epoch seconds UTC.

        Raises
        ------
        StateUnavailable
            The table did not answer.
        """
        due = self.table.due(DueClass.STUCK, now, MOST_ROWS + 1)
        complete = len(due) <= MOST_ROWS
        due = due[:MOST_ROWS]
        stuck = summarize(self._rows(due), since=since, complete=complete)
        counted = {"reported": stuck.reported.count, "dead_lettered": stuck.dead_lettered.count}
        if stuck.complete:
            self.log.info("stuck_counted", extra=counted)
        else:
            self.log.warning("stuck_not_all_counted", extra=counted)
        return replace(stuck, unreadable=len(due) - self.read)

    def _rows(self, due: Sequence[Due]) -> Iterator[Watch]:
        """Read the rows in the order of the index."""
        for number, page in enumerate(batched(due, PAGE, strict=False)):
            rows = self.table.read_many([each.key for each in page])
            self.read += len(rows)
            yield from (rows[each.key] for each in page if each.key in rows)
            if len(due) > PAGE:
                self.log.info("stuck_read", extra={"rows": number * PAGE + len(page), "of": len(due)})
