"""The state table in memory: revisions and claims as the real one, and a due index that can be held back."""

from __future__ import annotations

from copy import replace
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from payment_refresh.domain import leases
from payment_refresh.domain.watch import Due, RowConflict
from payment_refresh.errors import UnreadableRow
from tests.support.faults import Faults
from tests.support.log import FakeLog

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from payment_refresh.domain.payment import PaymentKey
    from payment_refresh.domain.vocabulary import DueClass
    from payment_refresh.domain.watch import Watch
    from payment_refresh.ports import Log


@dataclass(slots=True, kw_only=True)
class FakeStateTable:
    """Implements the `StateTable` port in memory.

    Attributes
    ----------
    rows
        What is stored.
    unreadable
        Keys of rows that this version cannot read.
    faults
        Failures to come, by method name.
    writes
        Every row that was written, in order.
    """

    rows: dict[PaymentKey, Watch] = field(default_factory=dict)
    unreadable: set[PaymentKey] = field(default_factory=set)
    faults: Faults = field(default_factory=Faults)
    log: Log = field(default_factory=FakeLog)
    writes: list[Watch] = field(default_factory=list)
    first_at: int | None = None
    _index: dict[PaymentKey, Watch] | None = None

    def put(self, *watches: Watch) -> None:
        """Store rows as they are, whatever stood there."""
        self.rows |= {watch.key: watch for watch in watches}

    def freeze_index(self) -> None:
        """Let the due index show from now on what it shows now."""
        self._index = dict(self.rows)

    def thaw_index(self) -> None:
        """Let the due index show what is stored."""
        self._index = None

    def read(self, key: PaymentKey) -> Watch | None:
        """Read one row."""
        with self.faults.around("read"):
            return self._readable(key)

    def read_many(self, keys: Iterable[PaymentKey]) -> Mapping[PaymentKey, Watch]:
        """Read rows; leaves out what is not there or unreadable."""
        with self.faults.around("read_many"):
            wanted = set(keys)
            for key in wanted & self.unreadable:
                self.log.error("row_unreadable", extra={"detail": f"row {key} cannot be read"})
            return {key: self.rows[key] for key in wanted - self.unreadable if key in self.rows}

    def write(self, watch: Watch) -> Watch:
        """Write a row that nobody wrote since it was read."""
        with self.faults.around("write"):
            current = self._readable(watch.key)
            if watch.revision != (current.revision if current else 0):
                raise RowConflict(str(watch.key), current)
            return self._store(watch.written())

    def due(self, due_class: DueClass, now: int, limit: int, *, newest_first: bool = False) -> Sequence[Due]:
        """List what the index shows as due."""
        with self.faults.around("due"):
            rows = self.rows if self._index is None else self._index
            found = [
                Due(watch.key, watch.due_at)
                for watch in rows.values()
                if (watch.later_due_class or watch.due_class) is due_class
                and watch.due_at is not None
                and watch.due_at <= now
            ]
            return sorted(found, key=lambda due: due.due_at, reverse=newest_first)[:limit]

    def claim(self, due: Due, token: str, until: int) -> Watch | None:
        """Claim a row that is still due when it was."""
        with self.faults.around("claim"):
            current = self.rows.get(due.key)
            if current is None or current.due_at != due.due_at:
                return None
            claimed = leases.claim(replace(current, revision=current.revision + 1), token, until)
            self._store(claimed)
            return self._readable(due.key)

    def first_seen(self, now: int) -> int:
        """Say when this was asked first."""
        with self.faults.around("first_seen"):
            self.first_at = now if self.first_at is None else self.first_at
            return self.first_at

    def _readable(self, key: PaymentKey) -> Watch | None:
        if key in self.unreadable:
            raise UnreadableRow(f"row {key} cannot be read")
        return self.rows.get(key)

    def _store(self, watch: Watch) -> Watch:
        self.rows[watch.key] = watch
        self.writes.append(watch)
        return watch
