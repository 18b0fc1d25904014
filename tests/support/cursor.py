"""Discover's cursor in memory, with revisions as the real one has."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from threading import Lock

from payment_refresh.domain.cursor import Cursor, Pass
from payment_refresh.errors import Conflict
from tests.support.faults import Faults


@dataclass(slots=True, kw_only=True)
class FakeCursorTable:
    """Keeps `payment_refresh.ports.ProgressTable`.

    Attributes
    ----------
    rows
        What is stored.
    faults
        Failures to come, by method name.
    """

    rows: dict[Pass, Cursor] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    _lock: Lock = field(default_factory=Lock)

    def read(self, of: Pass) -> Cursor:
        """Read a cursor."""
        with self.faults.around("read"):
            return self.rows.get(of, Cursor(of=of))

    def write(self, cursor: Cursor) -> Cursor:
        """Write a cursor that nobody wrote since it was read."""
        with self.faults.around("write"), self._lock:
            stored = self.rows.get(cursor.of, Cursor(of=cursor.of))
            if cursor.revision != stored.revision:
                raise Conflict(cursor.of)
            self.rows[cursor.of] = replace(cursor, revision=cursor.revision + 1)
            return self.rows[cursor.of]
