"""Adapters around the ports that record on a tape what passes through, and change nothing of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.golden.requests import request_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from payment_refresh.domain.outcome_events import OutcomeEvent
    from payment_refresh.domain.stuck import SummaryEvent
    from payment_refresh.domain.watch import Watch
    from tests.golden.tape import Tape

REQUESTS = (
    "look",
    "find_orders",
    "retrieve",
    "refresh",
    "list_orders",
    "list_webhooks",
    "list_gateways",
)
"""Methods of the ports that become requests to Commerce Layer."""


def row_facts(row: Watch) -> list[object]:
    """Give what is recorded of a row, by position: words that may be renamed are values here, never names."""
    return [
        str(row.key),
        row.revision,
        row.round,
        str(row.status),
        str(row.watch_class),
        str(row.due_class),
        str(row.found_by),
        row.due_at,
        row.claim is not None,
        [
            row.claims,
            row.isolated_attempts,
            row.consecutive_failures,
            row.refreshes,
            len(row.checks),
            int(row.event_during_lease),
        ],
        [row.since, row.started_at, row.refreshed_at, row.first_absent_at, row.unplaced_since, row.ended_at],
        [row.cancelled_at, row.replaced_at, row.final_look_at, row.refresh_failing_since, int(row.absent_twice)],
        [row.order_payment_updated_at, row.event_money_at, int(row.asked_manually), row.auto_capture, row.note],
        [row.held_cents, row.other_payment_id, row.other_held_cents, row.evidence and str(row.evidence)],
        [row.payment_gateway_type, row.payment_gateway_id],
        [row.refresh_sent_at, row.refresh_answered_at, row.order_at, row.order_updated_at, row.expires_at],
        [int(row.look_only), row.auto_place, row.last_error, row.failed_attempt],
        [row.settled_by and str(row.settled_by), row.notice and str(row.notice), row.reason and str(row.reason)],
        sorted(map(str, row.outbox)),
        sorted(map(str, row.announced)),
        [[each.at, str(each.by), str(each.verdict), each.payment_status, each.code] for each in row.checks[-1:]],
    ]


class _Around:
    """Passes on whatever is not recorded."""

    inner: Any

    def __getattr__(self, name: str) -> Any:
        """Give what the port itself has."""
        return getattr(self.inner, name)


@dataclass
class RecordedTable(_Around):
    """Records each row as it was written, and each claim."""

    inner: Any
    tape: Tape

    def write(self, watch: Watch) -> Watch:
        """Write a row and record it."""
        written: Watch = self.inner.write(watch)
        self.tape.note("row", *row_facts(written))
        return written

    def claim(self, due: Any, token: str, until: int) -> Watch | None:
        """Claim a row and record it, where it could be."""
        claimed: Watch | None = self.inner.claim(due, token, until)
        self.tape.note("claim", str(due.key), due.due_at, *([] if claimed is None else row_facts(claimed)))
        return claimed


@dataclass
class RecordedApi(_Around):
    """Records each request to Commerce Layer, when it was made and when it was answered."""

    inner: Any
    tape: Tape

    def __getattr__(self, name: str) -> Any:
        """Give a method that records its request, where it leads to one."""
        method = getattr(self.inner, name)
        return self._noting(name, method) if name in REQUESTS else method

    def _noting(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*values: Any) -> Any:
            self.tape.note("request", *request_of(name, *values))
            try:
                answer = method(*values)
            except Exception:
                self.tape.note("no answer", name == "refresh")
                raise
            self.tape.note("answer", name == "refresh")
            return answer

        return call


@dataclass
class RecordedQueue(_Around):
    """Records each message, and which of them the queue refused."""

    inner: Any
    tape: Tape

    def send(self, watches: Sequence[Watch]) -> Sequence[Watch]:
        """Send messages and record them."""
        refused: Sequence[Watch] = self.inner.send(watches)
        keys = {watch.key for watch in refused}
        for watch in watches:
            self.tape.note("message", str(watch.key), watch.round, watch.claim, watch.key in keys)
        return refused


@dataclass
class RecordedLetters(_Around):
    """Records each dead letter, and whether it was taken."""

    inner: Any
    tape: Tape

    def send(self, letters: Sequence[str]) -> Sequence[bool]:
        """Send letters and record them."""
        taken: Sequence[bool] = self.inner.send(letters)
        for letter, was_taken in zip(map(json.loads, letters), taken, strict=True):
            self.tape.note("letter", letter["type"], letter["id"], letter["round"], letter["reason"], was_taken)
        return taken


@dataclass
class RecordedBus(_Around):
    """Records each outcome event, and whether it was taken."""

    inner: Any
    tape: Tape

    def send(self, events: Sequence[OutcomeEvent | SummaryEvent]) -> Sequence[bool]:
        """Send events and record them."""
        taken: Sequence[bool] = self.inner.send(events)
        for event, was_taken in zip(events, taken, strict=True):
            detail = json.loads(event.detail)
            # The digest's event is of no one payment, so it has neither of the two.
            about = detail.get("round"), detail["at"], detail.get("since")
            self.tape.note("event", detail["id"], *about, was_taken)
        return taken
