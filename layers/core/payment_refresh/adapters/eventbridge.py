"""Publishes outcome events on an EventBridge bus."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING

from payment_refresh.adapters.aws import AWS_ERRORS, client, error_code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payment_refresh.domain.outcome_events import OutcomeEvent
    from payment_refresh.domain.stuck import SummaryEvent
    from payment_refresh.ports import Log

SOURCE = "payment-refresh"
"""Source of the events, for the patterns of rules."""

PUT_BATCH = 10
"""``PutEvents`` takes at most ten entries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventBridgeBus:
    """Implements the `EventBus` port on one bus."""

    name: str
    log: Log

    def send(self, events: Sequence[OutcomeEvent | SummaryEvent]) -> Sequence[bool]:
        taken: list[bool] = []
        for chunk in batched(events, PUT_BATCH, strict=False):
            entries = [
                {"EventBusName": self.name, "Source": SOURCE, "DetailType": event.kind, "Detail": event.detail}
                for event in chunk
            ]
            try:
                answer = client("events").put_events(Entries=entries)
            except AWS_ERRORS as error:
                self.log.warning("events_not_sent", extra={"bus": self.name, "reason": error_code(error)})
                taken += [False] * len(chunk)
                continue
            results = answer["Entries"]
            for result in results:
                if "ErrorCode" in result:
                    self.log.warning("event_refused", extra={"bus": self.name, "reason": result["ErrorCode"]})
            taken += ["ErrorCode" not in result for result in results]
        return taken
