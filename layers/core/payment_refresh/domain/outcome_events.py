"""Outcome events: which of them a watch announces, and what they say."""

from __future__ import annotations

import json
from copy import replace
from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.domain.vocabulary import Evidence, Notice, OutboxItem, Reason, Status
from payment_refresh.times import to_iso

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from payment_refresh.domain.deployment import Deployment
    from payment_refresh.domain.watch import Watch

VERSION = "1"
"""Of the detail's schema (``events/outcomes``); it changes when a reader of the old one would break."""

KINDS = tuple(item for item in OutboxItem if item is not OutboxItem.DEAD_LETTER)
"""The kinds of outcome events, in the order in which those of one row are relayed."""

NEEDS_A_PERSON = frozenset(
    {
        OutboxItem.SUPERSEDED,
        OutboxItem.MISSING,
        OutboxItem.AMOUNT_MISMATCH,
        OutboxItem.ON_CANCELLED_ORDER,
        OutboxItem.STILL_PENDING,
        OutboxItem.NOT_PLACED,
        OutboxItem.PLACED_LATE,
    }
)
"""What somebody must look at, and so is announced also where an order event alone reported it."""

_OF_STATUS = {
    Status.SETTLED: OutboxItem.SETTLED,
    Status.CLOSED: OutboxItem.CLOSED,
    Status.MISSING: OutboxItem.MISSING,
    Status.ABANDONED: OutboxItem.ABANDONED,
    Status.DEAD_LETTERED: OutboxItem.STILL_PENDING,
}
_OF_NOTICE = {
    Notice.NOT_PLACED: OutboxItem.NOT_PLACED,
    Notice.SUPERSEDED: OutboxItem.SUPERSEDED,
    Notice.ON_CANCELLED_ORDER: OutboxItem.ON_CANCELLED_ORDER,
}
"""Notices that say how a watch ended better than its status does."""


def outcome_of(watch: Watch) -> OutboxItem | None:
    """Name the outcome of a watch that ended; None for what is only reported, once a day."""
    if watch.status is Status.SETTLED and OutboxItem.NOT_PLACED in watch.announced:
        return OutboxItem.PLACED_AFTER_ALL if watch.notice is not Notice.NOT_PLACED else None
    has_own_event = watch.status in (Status.SETTLED, Status.CLOSED) and watch.reason is not Reason.ACKNOWLEDGED
    if has_own_event and watch.notice in _OF_NOTICE:
        return _OF_NOTICE[watch.notice]
    return _OF_STATUS.get(watch.status)


def awaits_placement(watch: Watch) -> bool:
    """Whether a person was told that the order was not placed, and not yet that it was after all."""
    reported = {OutboxItem.NOT_PLACED, OutboxItem.PLACED_AFTER_ALL} & watch.announced
    return reported == {OutboxItem.NOT_PLACED}


def needs_a_person(watch: Watch, kind: OutboxItem) -> bool:
    """Whether somebody must look at what an event of this kind says of a watch."""
    is_certain = kind is not OutboxItem.SUPERSEDED or watch.evidence is Evidence.MONEY
    return kind in NEEDS_A_PERSON and is_certain


def is_urgent(watch: Watch, kind: OutboxItem) -> bool:
    """Whether somebody should look at once: money may be in the wrong place, or something is broken.

    What merely stayed unpaid to the end is in the daily summary.
    """
    if kind is OutboxItem.STILL_PENDING:
        return watch.reason in (Reason.REFRESH_FAILING, Reason.CANNOT_PROCESS)
    return kind in (OutboxItem.SUPERSEDED, OutboxItem.ON_CANCELLED_ORDER) and needs_a_person(watch, kind)


def add_to_outbox(watch: Watch, kinds: Iterable[OutboxItem], *, by_event: bool) -> Watch:
    """Put events of these kinds into the outbox, each once a round.

    Parameters
    ----------
    by_event
        Whether an order event alone reported it. Then only what needs a person is announced. But once a person
        was alerted in this round, the resolution is announced too.
    """
    was_alerted = not NEEDS_A_PERSON.isdisjoint(watch.announced)
    entries = {
        kind
        for kind in kinds
        if kind not in watch.announced and _is_announced(watch, kind, quiet=by_event and not was_alerted)
    }
    return replace(watch, outbox=watch.outbox | entries, announced=watch.announced | entries)


def _is_announced(watch: Watch, kind: OutboxItem, *, quiet: bool) -> bool:
    if watch.key.is_order:
        # Only the order is known: no payment was abandoned or is missing, but money may be in the wrong place.
        return kind is OutboxItem.PLACED_AFTER_ALL or (kind in NEEDS_A_PERSON and kind is not OutboxItem.MISSING)
    return not quiet or kind in NEEDS_A_PERSON


@dataclass(frozen=True, slots=True)
class OutcomeEvent:
    """One event for the bus; ``detail`` is JSON."""

    kind: OutboxItem
    detail: str


def write_events(watch: Watch, deployment: Deployment) -> list[OutcomeEvent]:
    """Write the events in a watch's outbox."""
    return [_event(watch, kind, deployment) for kind in KINDS if kind in watch.outbox]


def _event(watch: Watch, kind: OutboxItem, deployment: Deployment) -> OutcomeEvent:
    last = watch.checks[-1] if watch.checks else None
    at = watch.ended_at or (last.at if last else watch.started_at)
    payment = {"type": watch.key.type, "id": watch.key.id, "gateway_id": watch.gateway_id}
    detail: dict[str, object] = {
        "version": VERSION,
        "id": f"{watch.key}#{watch.round}#{kind}",
        "kind": kind,
        **deployment.members,
        "needs_a_person": needs_a_person(watch, kind),
        "at": to_iso(at),
        "since": to_iso(watch.since),
        "pending_for_s": max(0, at - watch.since),
        "round": watch.round,
        "found_by": watch.found_by,
        "reported_by": last.by if last else None,
        "payment": None if watch.key.is_order else payment,
        "order": {
            "id": watch.order_id,
            "number": watch.order_number,
            "amount_cents": watch.amount_cents,
            "currency": watch.currency,
            "class": watch.watch_class,
        },
    }
    if kind is OutboxItem.ATTEMPT_FAILED:
        detail["authorization_id"] = watch.failed_attempt
    detail |= {name: getattr(watch, name) for name in _MORE.get(kind, ())}
    return OutcomeEvent(kind=kind, detail=json.dumps(detail))


_MORE: Mapping[OutboxItem, tuple[str, ...]] = {
    OutboxItem.SETTLED: ("settled_by", "held_cents"),
    OutboxItem.NOT_PLACED: ("settled_by",),
    OutboxItem.PLACED_LATE: ("settled_by",),
    OutboxItem.AMOUNT_MISMATCH: ("held_cents",),
    OutboxItem.CLOSED: ("reason",),
    OutboxItem.STILL_PENDING: ("reason",),
    OutboxItem.SUPERSEDED: ("evidence", "held_cents", "other_payment_id", "other_held_cents"),
}
"""What else events of a kind say: attributes of the row."""
