"""Discover's progress in memory, with revisions as the real one has."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from threading import Lock

from payment_refresh.domain.cursor import Cursor, Pass
from payment_refresh.errors import Conflict
from tests.support.faults import Faults


@dataclass(slots=True, kw_only=True)
class FakeCursorTable:
    """Implements the `CursorTable` port in memory.

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
        """Read a progress."""
        with self.faults.around("read"):
            return self.rows.get(of, Cursor(of=of))

    def write(self, progress: Cursor) -> Cursor:
        """Write a progress that nobody wrote since it was read."""
        with self.faults.around("write"), self._lock:
            stored = self.rows.get(progress.of, Cursor(of=progress.of))
            if progress.revision != stored.revision:
                raise Conflict(progress.of)
            self.rows[progress.of] = replace(progress, revision=progress.revision + 1)
            return self.rows[progress.of]
