"""What others are told of a payment: the kinds of outcome events, which of them an end owes, and their content."""

from __future__ import annotations

import json
from copy import replace
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from payment_refresh.domain.verdict import Notice
from payment_refresh.domain.watch import DEAD_LETTER, SettledBy, Status, Watch
from payment_refresh.times import to_iso

if TYPE_CHECKING:
    from collections.abc import Iterable

    from payment_refresh.domain.modes import Modes
    from payment_refresh.domain.policy import Policy

VERSION = "1"
"""Of the detail's schema (``events/outcomes``); it changes when a reader of the old one would break."""


class Outcome(StrEnum):
    """The kinds of outcome events."""

    SETTLED = "PaymentSettled"
    ATTEMPT_FAILED = "PaymentAttemptFailed"
    CLOSED = "PaymentClosed"
    SUPERSEDED = "PaymentSuperseded"
    ABANDONED = "PaymentAbandoned"
    MISSING = "PaymentMissing"
    AMOUNT_MISMATCH = "PaymentAmountMismatch"
    ON_CANCELLED_ORDER = "PaymentOnCancelledOrder"
    STILL_PENDING = "PaymentStillPending"
    NOT_PLACED = "OrderAuthorizedNotPlaced"


NEEDS_A_PERSON = frozenset(
    {
        Outcome.SUPERSEDED,
        Outcome.MISSING,
        Outcome.AMOUNT_MISMATCH,
        Outcome.ON_CANCELLED_ORDER,
        Outcome.STILL_PENDING,
        Outcome.NOT_PLACED,
    }
)
"""What somebody must look at, and so is announced also where an order event alone told it."""

_OF_STATUS = {
    Status.SETTLED: Outcome.SETTLED,
    Status.CLOSED: Outcome.CLOSED,
    Status.MISSING: Outcome.MISSING,
    Status.ABANDONED: Outcome.ABANDONED,
    Status.DEAD_LETTERED: Outcome.STILL_PENDING,
}
_OF_NOTICE = {
    Notice.NOT_PLACED: Outcome.NOT_PLACED,
    Notice.SUPERSEDED: Outcome.SUPERSEDED,
    Notice.ON_CANCELLED_ORDER: Outcome.ON_CANCELLED_ORDER,
}
"""Notices that say how a watch ended better than its status does."""


def outcome_of(watch: Watch) -> Outcome:
    """Name the outcome of a watch that ended."""
    if watch.status in (Status.SETTLED, Status.CLOSED) and watch.notice in _OF_NOTICE:
        return _OF_NOTICE[Notice(watch.notice)]
    return _OF_STATUS[watch.status]


def add_to_outbox(watch: Watch, kinds: Iterable[Outcome], *, by_event: bool) -> Watch:
    """Owe events of these kinds, each once a round.

    Parameters
    ----------
    by_event
        Whether an order event alone told it. Then only what needs a person is owed, unless a person was told of
        this round already: who heard that a payment is stuck shall hear that it settled.
    """
    alerted = not NEEDS_A_PERSON.isdisjoint(watch.announced)
    entries = {
        kind.value
        for kind in kinds
        if kind not in watch.announced and _is_worth_telling(watch, kind, quiet=by_event and not alerted)
    }
    return replace(watch, outbox=watch.outbox | entries, announced=watch.announced | entries)


def _is_worth_telling(watch: Watch, kind: Outcome, *, quiet: bool) -> bool:
    if watch.key.is_order:
        # Only the order is known: no payment was abandoned or is missing, but money may be in the wrong place.
        return kind in NEEDS_A_PERSON and kind is not Outcome.MISSING
    return not quiet or kind in NEEDS_A_PERSON


@dataclass(frozen=True, slots=True)
class OutcomeEvent:
    """One event for the bus; ``detail`` is JSON."""

    kind: str
    detail: str


def write_events(watch: Watch, modes: Modes) -> list[OutcomeEvent]:
    """Write the events a watch owes."""
    return [_event(watch, Outcome(kind), modes) for kind in sorted(watch.outbox - {DEAD_LETTER})]


def settlement_counts(watch: Watch, now: int, policy: Policy) -> list[str]:
    """Name the metrics a settled watch counts in; who moved the order is what tells a broken gateway webhook."""
    if watch.settled_by is None:
        return []
    if watch.settled_by is SettledBy.WEBHOOK:
        return ["SettledByWebhook"]
    late = now - watch.started_at >= policy.webhook_late_after
    return ["SettledByRefresh", *(["FoundLateByRefresh"] if late else [])]


def _event(watch: Watch, kind: Outcome, modes: Modes) -> OutcomeEvent:
    last = watch.checks[-1] if watch.checks else None
    at = watch.ended_at or (last.at if last else watch.started_at)
    payment = {"type": watch.key.type, "id": watch.key.id, "gateway_id": watch.gateway_id}
    detail: dict[str, object] = {
        "version": VERSION,
        "id": f"{watch.key}#{watch.round}#{kind}",
        "kind": kind,
        "run_mode": modes.run,
        "api_mode": modes.api,
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
    if kind in (Outcome.SETTLED, Outcome.NOT_PLACED):
        detail["settled_by"] = watch.settled_by
    elif kind is Outcome.ATTEMPT_FAILED:
        detail["authorization_id"] = watch.failed_attempt
    elif kind is Outcome.STILL_PENDING:
        detail["reason"] = watch.reason
    return OutcomeEvent(kind=kind, detail=json.dumps(detail))
