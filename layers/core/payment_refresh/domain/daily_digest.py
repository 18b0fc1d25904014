"""The daily digest: what waits for a person, in one event and one mail a day. Pure."""

from __future__ import annotations

import json
from copy import replace
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from payment_refresh.domain.outcome_events import NEEDS_A_PERSON
from payment_refresh.domain.stuck import VERSION, SummaryEvent, Sums, write_sums
from payment_refresh.domain.vocabulary import OutboxItem
from payment_refresh.times import to_iso

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payment_refresh.domain.deployment import Deployment
    from payment_refresh.domain.stuck import Stuck

KIND = "DailyDigest"

NOT_SENT = "not_sent"
"""The tally's name for outcome events and dead letters that could not be sent when they were to be."""

TALLIED = NEEDS_A_PERSON - {OutboxItem.STILL_PENDING}
"""Events that need a person and are tallied; those of dead letters are counted by their rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What waits for a person, as one run of the digest found it.

    Attributes
    ----------
    tally
        How many events that need a person were sent since the stack was first deployed, by kind; and `NOT_SENT`.
    dead_letters, failed_runs
        Messages in the dead-letter queue, and in the queue of failed runs.
    """

    stuck: Stuck
    tally: Mapping[str, int] = field(default_factory=dict)
    dead_letters: int = 0
    failed_runs: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyDigest:
    """The row of the daily digest: the last one made, and what of it is still to be sent.

    Attributes
    ----------
    revision
        Incremented by every write; every write is conditional on it.
    number
        How many there were.
    at
        When it was made, in epoch seconds UTC; None before the first.
    tally
        The tally as it was then, as JSON.
    detail
        The event's detail, as JSON.
    unsent, unmailed
        Whether the event bus, and the topic of the mail, have not taken it yet.
    """

    revision: int = 0
    number: int = 0
    at: int | None = None
    tally: str = "{}"
    detail: str | None = None
    unsent: bool = False
    unmailed: bool = False

    @property
    def is_unfinished(self) -> bool:
        """Whether it is still to be sent, or to be mailed, which comes last."""
        return self.unmailed

    @property
    def event(self) -> SummaryEvent:
        """Its event."""
        return SummaryEvent(json.dumps(self.content), KIND)

    @property
    def content(self) -> dict[str, Any]:
        """The event's detail; empty before the first digest."""
        content: dict[str, Any] = json.loads(self.detail or "{}")
        return content

    def next(self, found: Findings, now: int, deployment: Deployment) -> DailyDigest:
        """Make the next digest: what is new since the last one, and what still waits."""
        stuck, before, number = found.stuck, json.loads(self.tally), self.number + 1
        more = {name: found.tally.get(name, 0) - before.get(name, 0) for name in (*sorted(TALLIED), NOT_SENT)}
        content: dict[str, Any] = {
            "version": VERSION,
            "id": f"digest#{number}#{KIND}",
            "kind": KIND,
            "needs_a_person": False,
            **deployment.members,
            "at": to_iso(now),
            "since": None if self.at is None else to_iso(self.at),
            "new_dead_letters": write_sums(stuck.new_dead_letters),
            "dead_lettered": write_sums(stuck.dead_lettered),
            "reported": write_sums(stuck.reported),
            "complete": stuck.complete,
            "unreadable_rows": stuck.unreadable,
            "announced": {name: count for name, count in more.items() if count > 0 and name != NOT_SENT},
            "not_sent": max(0, more[NOT_SENT]),
            "dead_letter_queue": found.dead_letters,
            "failed_runs": found.failed_runs,
        }
        content["nothing_to_do"] = _is_quiet(content, self.content.get("reported", write_sums(Sums())))
        return replace(
            self,
            number=number,
            at=now,
            tally=json.dumps(dict(found.tally)),
            detail=json.dumps(content),
            unsent=True,
            unmailed=True,
        )


def _is_quiet(content: Mapping[str, Any], reported_before: object) -> bool:
    """Whether a digest says nothing that a person should act on; what is reported has to be new for that."""
    waiting = ("unreadable_rows", "not_sent", "dead_letter_queue", "failed_runs", "announced")
    has_waiting = content["dead_lettered"]["count"] > 0 or any(content[name] for name in waiting)
    return not has_waiting and content["reported"] == reported_before
