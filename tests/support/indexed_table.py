"""The state table in memory with a due index that is kept, not searched, so for many rows; it may lag behind."""

from __future__ import annotations

import heapq
from bisect import bisect_left, insort
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from payment_refresh.domain.vocabulary import DueClass
from payment_refresh.domain.watch import Due
from tests.support.state_table import FakeStateTable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from payment_refresh.domain.payment import PaymentKey
    from payment_refresh.domain.watch import Watch

type Entry = tuple[int, int, PaymentKey]
"""Time at which a row is due, a number that tells entries apart, and its key."""


@dataclass(slots=True, kw_only=True)
class IndexedStateTable(FakeStateTable):
    """A `FakeStateTable` whose `due` costs what is due, not what is stored.

    Attributes
    ----------
    clock, lag
        How many seconds the index is behind each write; it shows writes in their order.
    """

    clock: Callable[[], float] = lambda: 0.0
    lag: Callable[[], float] = lambda: 0.0
    _lists: dict[DueClass, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    _entries: dict[PaymentKey, tuple[DueClass, Entry]] = field(default_factory=dict)
    _late: deque[tuple[float, Watch]] = field(default_factory=deque)
    _soon: list[Entry] = field(default_factory=list)
    _serial: int = 0

    def put(self, *watches: Watch) -> None:
        """Store rows as they are, whatever stood there."""
        for watch in watches:
            self._store(watch)

    def due(self, due_class: DueClass, now: int, limit: int, *, newest_first: bool = False) -> Sequence[Due]:
        """List what the index shows as due."""
        with self.faults.around("due"):
            while self._late and self._late[0][0] <= self.clock():
                self._show(self._late.popleft()[1])
            entries = self._lists[due_class]
            end = bisect_left(entries, now + 1, key=lambda entry: entry[0])
            listed = entries[max(0, end - limit) : end][::-1] if newest_first else entries[: min(end, limit)]
            return [Due(key, due_at) for due_at, _, key in listed]

    def earliest(self) -> int | None:
        """Say when any row is due next for a sweep, whatever the index shows."""
        while self._soon:
            due_at, _, key = self._soon[0]
            row = self.rows.get(key)
            if row is not None and row.due_at == due_at and row.due_class is not DueClass.STUCK:
                return due_at
            heapq.heappop(self._soon)
        return None

    def _store(self, watch: Watch) -> Watch:
        self.rows[watch.key] = watch
        self._serial += 1
        if watch.due_at is not None:
            heapq.heappush(self._soon, (watch.due_at, self._serial, watch.key))
        shown_at = self.clock() + self.lag()
        if self._late or shown_at > self.clock():
            self._late.append((max(shown_at, self._late[-1][0] if self._late else shown_at), watch))
        else:
            self._show(watch)
        return watch

    def _show(self, watch: Watch) -> None:
        """Let the index show a row as it was written."""
        shown = self._entries.pop(watch.key, None)
        if shown is not None:
            entries = self._lists[shown[0]]
            del entries[bisect_left(entries, shown[1])]
        if watch.due_at is not None:
            self._serial += 1
            entry = (watch.due_at, self._serial, watch.key)
            due_class = watch.later_due_class or watch.due_class
            self._entries[watch.key] = (due_class, entry)
            insort(self._lists[due_class], entry)
