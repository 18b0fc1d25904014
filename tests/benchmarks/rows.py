"""Watched payments with only what a sweep needs of them: claims, and a due index that is a heap and a list."""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import inf
from typing import TYPE_CHECKING

from payment_refresh.domain.vocabulary import DueClass
from payment_refresh.domain.watch import Due, Watch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.benchmarks.population import Payment


type Entry = tuple[int, int, str]
"""Time at which a row is due, a number that tells entries apart, and the row's name."""


@dataclass(slots=True, kw_only=True)
class Row:
    """A watched payment.

    Attributes
    ----------
    watch
        As it began; the policy reads its class and its beginning, which stay.
    reported_at
        When an order event ends the watch; infinity if never.
    was_due_at
        When the check was due that is under way.
    refreshed_at
        When the last refresh was answered.
    """

    payment: Payment
    watch: Watch
    due_at: int
    reported_at: float
    was_due_at: int = 0
    refreshed_at: int | None = None


@dataclass(slots=True)
class DueRows:
    """The part of the state table that a sweep needs: a due index, and claims.

    First checks are in a list, since there are few and the newest are asked for; all others are in a heap. Claimed
    rows are in neither: whoever handles them puts them back, and does so before the lease ends.
    """

    rows: dict[str, Row] = field(default_factory=dict)
    _first: list[Entry] = field(default_factory=list)
    _heap: list[Entry] = field(default_factory=list)
    _listed: list[Entry] = field(default_factory=list)
    _serial: int = 0

    def put(self, row: Row, due_at: int) -> None:
        """Let a row be due."""
        row.due_at = due_at
        self._serial += 1
        entry = (due_at, self._serial, row.watch.key.id)
        if row.refreshed_at is None:
            insort(self._first, entry)
        else:
            heappush(self._heap, entry)

    def drop(self, row: Row) -> None:
        """Let a row never be due again."""
        del self.rows[row.watch.key.id]

    def next_due(self) -> float:
        """Say when the first row is due that nobody has claimed."""
        self._put_back()
        self._first = [entry for entry in self._first if self._holds(entry)]
        return min((entries[0][0] for entries in (self._first, self._heap) if entries), default=inf)

    def due(self, due_class: DueClass, now: int, limit: int, *, newest_first: bool = False) -> Sequence[Due]:
        """List what is due; there are only placed orders."""
        if due_class is DueClass.FIRST:
            listed = [entry for entry in self._first if self._holds(entry) and not self._ends(entry, now)]
            self._first = listed
            shown = listed[: bisect_left(listed, (now + 1, 0, ""))]
            shown = shown[::-1][:limit] if newest_first else shown[:limit]
        elif due_class is DueClass.PLACED:
            shown = self._listed_from_heap(now, limit)
        else:
            shown = []
        return [Due(self.rows[name].watch.key, due_at) for due_at, _, name in shown]

    def claim(self, due: Due, token: str, until: int) -> Watch | None:  # noqa: ARG002  there is no other claim
        """Claim a row for a lease."""
        row = self.rows[due.key.id]
        row.was_due_at, row.due_at = row.due_at, until
        return row.watch

    def _listed_from_heap(self, now: int, limit: int) -> list[Entry]:
        self._put_back()
        heap, listed = self._heap, self._listed
        while heap and len(listed) < limit and heap[0][0] <= now:
            entry = heappop(heap)
            if not self._ends(entry, now):
                listed.append(entry)
        return listed

    def _put_back(self) -> None:
        """Return to the heap what was listed and not claimed."""
        for entry in self._listed:
            if self._holds(entry):
                heappush(self._heap, entry)
        self._listed.clear()

    def _holds(self, entry: Entry) -> bool:
        """Whether the row is due as the entry says."""
        row = self.rows.get(entry[2])
        return row is not None and row.due_at == entry[0]

    def _ends(self, entry: Entry, now: int) -> bool:
        """Let the order event that came meanwhile end the row that is due."""
        row = self.rows[entry[2]]
        if entry[0] > now or row.reported_at > now:
            return False
        self.drop(row)
        return True
