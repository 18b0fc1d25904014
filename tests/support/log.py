"""A log that remembers what was written."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

TAKEN = vars(logging.makeLogRecord({})).keys() | {"message", "asctime"}
"""Keys that no line may have: the real log refuses to write such a line."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line."""

    level: str
    message: str
    extra: Mapping[str, Any]

    def __post_init__(self) -> None:
        """Fail as the real log would."""
        assert not TAKEN & self.extra.keys(), f"{self.message} must not bring along {TAKEN & self.extra.keys()}"


@dataclass(eq=False, slots=True)
class FakeLog:
    """Implements the `EdgeLog` port in memory."""

    entries: list[Entry] = field(default_factory=list)

    def debug(self, msg: str, /, *, extra: Mapping[str, object]) -> None:
        """Remember a line."""
        self.entries.append(Entry("debug", msg, extra))

    def info(self, msg: str, /, *, extra: Mapping[str, object]) -> None:
        """Remember a line."""
        self.entries.append(Entry("info", msg, extra))

    def warning(self, msg: str, /, *, extra: Mapping[str, object]) -> None:
        """Remember a line."""
        self.entries.append(Entry("warning", msg, extra))

    def error(self, msg: str, /, *, extra: Mapping[str, object]) -> None:
        """Remember a line."""
        self.entries.append(Entry("error", msg, extra))

    def exception(self, msg: str, /, *, extra: Mapping[str, object]) -> None:
        """Remember a line."""
        self.entries.append(Entry("exception", msg, extra))

    def of(self, message: str) -> list[Mapping[str, Any]]:
        """What came with each line of this message."""
        return [entry.extra for entry in self.entries if entry.message == message]

    @property
    def text(self) -> str:
        """All that was written, to look for what must not be in it."""
        return repr(self.entries)
