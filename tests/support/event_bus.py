"""The outcome events' bus in memory; it may refuse single kinds."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.support.faults import Faults

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payment_refresh.domain.outcome_events import OutcomeEvent
    from payment_refresh.domain.stuck import SummaryEvent


@dataclass(slots=True, kw_only=True)
class FakeEventBus:
    """Implements the `EventBus` port in memory.

    Attributes
    ----------
    events
        What was taken.
    refused
        Kinds that the bus does not take.
    """

    events: list[OutcomeEvent | SummaryEvent] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    faults: Faults = field(default_factory=Faults)

    def send(self, events: Sequence[OutcomeEvent | SummaryEvent]) -> Sequence[bool]:
        """Take each event whose kind is not refused."""
        with self.faults.around("send"):
            taken = [event.kind not in self.refused for event in events]
            self.events += [event for event, was_taken in zip(events, taken, strict=True) if was_taken]
            return taken

    @property
    def details(self) -> list[dict[str, Any]]:
        """The events' details, read."""
        return [json.loads(event.detail) for event in self.events]

    @property
    def kinds(self) -> Counter[str]:
        """How many events of each kind were taken."""
        return Counter(event.kind for event in self.events)
