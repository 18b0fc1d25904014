"""The two queues in memory; each may refuse single entries."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from payment_refresh.domain.messages import write_request
from tests.support.faults import Faults

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from payment_refresh.domain.watch import Watch


@dataclass(slots=True, kw_only=True)
class FakePendingQueue:
    """Implements the `PendingQueue` port in memory.

    Attributes
    ----------
    waiting, in_flight
        Message bodies by message id.
    received
        How often each message was received.
    refused
        Ids of payments whose messages the queue does not take.
    sends
        How many messages each send had.
    """

    waiting: dict[str, str] = field(default_factory=dict)
    in_flight: dict[str, str] = field(default_factory=dict)
    received: dict[str, int] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    sends: list[int] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)
    _ids: int = 0

    def backlog(self) -> int:
        """Count the messages."""
        with self.faults.around("backlog"):
            return len(self.waiting) + len(self.in_flight)

    def send(self, watches: Sequence[Watch]) -> Sequence[Watch]:
        """Take a message for each watch that is not refused."""
        with self.faults.around("send"):
            self.sends.append(len(watches))
            for watch in watches:
                if watch.key.id not in self.refused:
                    self.put(write_request(watch))
            return [watch for watch in watches if watch.key.id in self.refused]

    def put(self, body: str) -> str:
        """Add a message by hand; returns its id."""
        self._ids += 1
        message_id = f"message-{self._ids}"
        self.waiting[message_id] = body
        return message_id

    def receive(self, most: int = 25) -> dict[str, str]:
        """Hand messages out; they are in flight until they are settled."""
        batch = dict(list(self.waiting.items())[:most])
        for message_id in batch:
            self.in_flight[message_id] = self.waiting.pop(message_id)
            self.received[message_id] = self.received.get(message_id, 0) + 1
        return batch

    def settle(self, batch: Collection[str], failed: Collection[str]) -> None:
        """Delete the messages of a batch but for those that failed, which wait again."""
        for message_id in batch:
            body = self.in_flight.pop(message_id)
            if message_id in failed:
                self.waiting[message_id] = body


@dataclass(slots=True, kw_only=True)
class FakeDeadLetterQueue:
    """Implements the `DeadLetterQueue` port in memory.

    Attributes
    ----------
    letters
        Bodies that were taken.
    refused
        Ids of payments whose letters the queue does not take.
    """

    letters: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    faults: Faults = field(default_factory=Faults)

    def send(self, letters: Sequence[str]) -> Sequence[bool]:
        """Take each letter that is not refused."""
        with self.faults.around("send"):
            taken = [json.loads(letter)["id"] not in self.refused for letter in letters]
            self.letters += [letter for letter, was_taken in zip(letters, taken, strict=True) if was_taken]
            return taken

    @property
    def contents(self) -> list[dict[str, Any]]:
        """The letters, read."""
        return [json.loads(letter) for letter in self.letters]
