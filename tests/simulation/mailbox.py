"""The two SQS queues as SQS delivers: at least once, in no order, sometimes late, a limited number of times."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from random import Random

    from tests.simulation.kernel import Kernel
    from tests.simulation.trace import Trace
    from tests.simulation.weather import Weather
    from tests.support.queues import FakeDeadLetterQueue, FakePendingQueue

VISIBILITY = 540
"""Seconds until a message that was received and not deleted is seen again."""

MOST_RECEIVES = 5
"""Receives after which SQS moves a message to the dead-letter queue."""

BATCH = 25
LONGEST_DELAY = 1500
"""Seconds a message may be held up: longer than two leases."""

ABOUT_A_LEASE = (586, 602)
"""A message that comes so late is handled while its claim runs out."""


@dataclass(slots=True, kw_only=True)
class Mailbox:
    """Holds what was sent until it is seen, handled and deleted.

    Attributes
    ----------
    on_message, on_letter
        Called with when a message can be received; with each letter that came to lie in the dead-letter queue.
    """

    kernel: Kernel
    weather: Weather
    trace: Trace
    dice: Random
    pending: FakePendingQueue
    letters: FakeDeadLetterQueue
    on_message: Callable[[float], None] = lambda _at: None
    on_letter: Callable[[str], None] = lambda _body: None
    _visible_at: dict[str, float] = field(default_factory=dict)

    def put(self, body: str) -> None:
        """Take a message that was sent by hand."""
        before = set(self.pending.waiting)
        self.pending.put(body)
        self.sent(before)

    def sent(self, before: Collection[str]) -> None:
        """Let what was sent since arrive: late, or twice."""
        for message_id in [each for each in self.pending.waiting if each not in before]:
            self._arrive(message_id, 0.05)
            if self.weather.doubles("mail"):
                self._arrive(self.pending.put(self.pending.waiting[message_id]), self.dice.uniform(0, 5))

    def lie(self, since: int) -> None:
        """Report the letters that came to the dead-letter queue since there were so many."""
        for body in self.letters.letters[since:]:
            self.on_letter(body)

    def receive(self) -> dict[str, str]:
        """Hand out a batch of what can be seen now, in any order."""
        now = self.kernel.now
        seen = [each for each in self.pending.waiting if self._visible_at[each] <= now]
        self.dice.shuffle(seen)
        for message_id in seen:
            if self.pending.received.get(message_id, 0) >= MOST_RECEIVES:
                self._give_up(message_id)
        seen = [each for each in seen if each in self.pending.waiting][:BATCH]
        chosen = {each: self.pending.waiting.pop(each) for each in seen}
        self.pending.waiting = chosen | self.pending.waiting
        return self.pending.receive(len(chosen))

    def has_more(self) -> bool:
        """Say whether any message can be seen now."""
        return any(self._visible_at[each] <= self.kernel.now for each in self.pending.waiting)

    def settle(self, batch: Collection[str], failed: Collection[str]) -> None:
        """Delete the messages of a batch but for those that failed: these are seen again, later."""
        received_at = self.kernel.now
        self.pending.settle(batch, failed)
        for message_id in batch:
            if message_id in failed:
                self._show(message_id, received_at + VISIBILITY)
            else:
                del self._visible_at[message_id]

    def _arrive(self, message_id: str, late: float) -> None:
        if self.weather.happens("mail"):
            late = self.dice.choice((self.dice.uniform(0, LONGEST_DELAY), self.dice.uniform(*ABOUT_A_LEASE)))
        self._show(message_id, self.kernel.now + late)

    def _show(self, message_id: str, at: float) -> None:
        self._visible_at[message_id] = at
        self.on_message(at)

    def _give_up(self, message_id: str) -> None:
        body = self.pending.waiting.pop(message_id)
        del self._visible_at[message_id]
        self.letters.letters.append(body)
        self.trace.note("sqs", "dead-letters", detail=body)
        self.on_letter(body)
