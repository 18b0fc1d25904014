"""Watched payments with only what a sweep needs of them: claims, and a due index that is a heap."""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import inf
from typing import TYPE_CHECKING

from payment_refresh.domain.watch import Due, Watch, WatchClass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.benchmarks.population import Payment


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
    """The part of the state table that a sweep needs: a due index, as a heap, and claims.

    Claimed rows are not in the heap: whoever handles them puts them back, and does so before the lease ends.
    """

    rows: dict[str, Row] = field(default_factory=dict)
    _heap: list[tuple[int, int, str]] = field(default_factory=list)
    _listed: list[tuple[int, int, str]] = field(default_factory=list)
    _serial: int = 0

    def put(self, row: Row, due_at: int) -> None:
        """Let a row be due."""
        row.due_at = due_at
        self._serial += 1
        heappush(self._heap, (due_at, self._serial, row.watch.key.id))

    def drop(self, row: Row) -> None:
        """Let a row never be due again."""
        del self.rows[row.watch.key.id]

    def next_due(self) -> float:
        """Say when the first row is due that nobody has claimed."""
        self._put_back()
        return self._heap[0][0] if self._heap else inf

    def due(self, watch_class: WatchClass, now: int, limit: int) -> Sequence[Due]:
        """List what is due, oldest first; there are no carts."""
        if watch_class is WatchClass.CART:
            return []
        self._put_back()
        heap, listed = self._heap, self._listed
        while heap and len(listed) < limit and heap[0][0] <= now:
            entry = heappop(heap)
            row = self.rows[entry[2]]
            if row.reported_at <= now:
                self.drop(row)
            else:
                listed.append(entry)
        return [Due(self.rows[name].watch.key, due_at) for due_at, _, name in listed]

    def claim(self, due: Due, token: str, until: int) -> Watch | None:  # noqa: ARG002  there is no other claim
        """Claim a row for a lease."""
        row = self.rows[due.key.id]
        row.was_due_at, row.due_at = row.due_at, until
        return row.watch

    def _put_back(self) -> None:
        """Return to the heap what was listed and not claimed."""
        for entry in self._listed:
            row = self.rows.get(entry[2])
            if row is not None and row.due_at == entry[0]:
                heappush(self._heap, entry)
        self._listed.clear()
