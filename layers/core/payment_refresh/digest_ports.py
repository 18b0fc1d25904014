"""Ports of the digest: what it counts by, and how it reaches people. As `ports`, for adapters and test doubles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


class QueueDepth(Protocol):
    """The number of messages in a queue."""

    def depth(self) -> int:
        """Count its messages, those in flight included; approximate. Raises `SendFailed` without an answer."""
        ...


class Mail(Protocol):
    """The topic of the alarms, by which people are reached."""

    def send(self, subject: str, text: str) -> None:
        """Send one mail; raises `SendFailed` if the topic does not take it."""
        ...


class Tally(Protocol):
    """Counts by name that only ever grow; raises `StateUnavailable` if the table does not answer."""

    def add(self, counts: Mapping[str, int]) -> None:
        """Add to the counts of these names."""
        ...

    def read(self) -> Mapping[str, int]:
        """Read all counts."""
        ...
