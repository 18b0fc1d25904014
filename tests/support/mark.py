"""A mark in memory: a row of its own, with revisions as the real one has."""

from __future__ import annotations

from copy import replace
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from payment_refresh.errors import Conflict
from tests.support.faults import Faults

if TYPE_CHECKING:
    from payment_refresh.domain.daily_digest import DailyDigest
    from payment_refresh.domain.mode_mark import ModeMark
    from payment_refresh.domain.stuck import Digest


@dataclass(slots=True)
class FakeMark[M: (DailyDigest, Digest, ModeMark)]:
    """Implements the `MarkTable` port in memory.

    Attributes
    ----------
    stored
        What is stored.
    faults
        Failures to come, by method name.
    """

    stored: M
    faults: Faults = field(default_factory=Faults, kw_only=True)
    _lock: Lock = field(default_factory=Lock, kw_only=True)

    def read(self) -> M:
        """Read it."""
        with self.faults.around("read"):
            return self.stored

    def write(self, mark: M) -> M:
        """Write it, if nobody wrote it since it was read."""
        with self.faults.around("write"), self._lock:
            if mark.revision != self.stored.revision:
                raise Conflict("mark")
            self.stored = replace(mark, revision=mark.revision + 1)
            return self.stored
