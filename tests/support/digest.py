"""The digest's ports in memory: the tally, a queue's depth, and the mail."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from tests.support.faults import Faults

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(slots=True)
class FakeTally:
    """Implements the `Tally` port in memory."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: Faults = field(default_factory=Faults)
    _lock: Lock = field(default_factory=Lock)

    def add(self, counts: Mapping[str, int]) -> None:
        """Add to the counts of these names."""
        with self.faults.around("add"), self._lock:
            self.counts.update(counts)

    def read(self) -> Mapping[str, int]:
        """Read all counts."""
        with self.faults.around("read"):
            return dict(self.counts)


@dataclass(slots=True)
class FakeQueueDepth:
    """Implements the `QueueDepth` port: a number."""

    messages: int = 0
    faults: Faults = field(default_factory=Faults)

    def depth(self) -> int:
        """Give it."""
        with self.faults.around("depth"):
            return self.messages


@dataclass(slots=True)
class FakeMail:
    """Implements the `Mail` port in memory.

    Attributes
    ----------
    sent
        Subjects and texts.
    """

    sent: list[tuple[str, str]] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)

    def send(self, subject: str, text: str) -> None:
        """Take a mail."""
        with self.faults.around("send"):
            self.sent.append((subject, text))
