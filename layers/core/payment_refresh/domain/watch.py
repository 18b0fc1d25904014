"""A watch: everything the state table knows of one payment."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, Self

from payment_refresh.errors import Conflict

if TYPE_CHECKING:
    from payment_refresh.domain.payment import PaymentKey

CHECKS_KEPT = 20
"""How many of its last checks a watch remembers."""


class Status(StrEnum):
    """Where a watch stands; all but ``watching`` are ends."""

    WATCHING = "watching"
    SETTLED = "settled"
    CLOSED = "closed"
    MISSING = "missing"
    ABANDONED = "abandoned"
    DEAD_LETTERED = "dead_lettered"


class WatchClass(StrEnum):
    """What the order is: only a placed one has a shopper waiting for it."""

    PLACED = "placed"
    CART = "cart"


class Reason(StrEnum):
    """Why a watch was dead-lettered."""

    STAYED_PENDING = "stayed_pending"
    CANNOT_PROCESS = "cannot_process"


class FoundBy(StrEnum):
    """What made a round of watching begin."""

    EVENT = "event"
    DISCOVER = "discover"
    MANUAL = "manual"
    REDRIVE = "redrive"


class SettledBy(StrEnum):
    """What moved the order: the gateway's webhook, or our refresh."""

    WEBHOOK = "webhook"
    REFRESH = "refresh"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One look or refresh that Commerce Layer answered.

    Attributes
    ----------
    at
        Epoch seconds UTC.
    by
        ``event``, ``look`` or ``refresh``.
    verdict
        The verdict's kind, or ``not_found``.
    payment_status
        The order's payment status, where an order came with the answer.
    code
        Status and code of an answer that was no 200, such as ``422 VALIDATION_ERROR``; else the notice.
    """

    at: int
    by: str
    verdict: str
    payment_status: str | None = None
    code: str | None = None


@dataclass(frozen=True, kw_only=True)  # no slots: see __replace__
class Watch:
    """One row of the state table.

    Times are epoch seconds UTC, but for those Commerce Layer gave (and ``patched_*``, compared with them):
    ISO 8601 with milliseconds. ``revision`` counts the writes; every write is conditional on it.

    Attributes
    ----------
    since
        When the payment began to be pending, as far as we know.
    started_at
        When this round began; the policy counts from here.
    due_at
        When to look next; None once the watch has ended and owes nothing.
    claim
        Token of the message that may act on this watch, None between claims.
    claims
        Claims since the last outcome; three without one are suspicious.
    trials
        Times a suspicious watch was tried alone.
    noted
        Whether an order event came while the watch was claimed.
    unanswered
        Checks in a row that Commerce Layer did not answer.
    trouble
        What went wrong at the last of them.
    patches
        Refreshes that Commerce Layer answered, in this round.
    refreshed_at
        When the last of them was answered.
    patched_from, patched_until
        When the last refresh was sent, answered or not, and when we stopped waiting for it, by our clock.
    refused_at
        When the payment first answered 404, while it still may be a passing fault.
    unplaced_since
        When money was first seen on an order that was not placed.
    failed_attempt
        The newest failed authorization known.
    order_at
        When the order was placed, or created while it is a cart.
    order_updated_at
        The order's ``updated_at`` at the newest news; older news never overrules it.
    owes
        What was written and is still to be sent: ``dead_letter``, and kinds of outcome events.
    announced
        The kinds of outcome events owed so far in this round, sent or not; each is told once.
    """

    key: PaymentKey
    status: Status = Status.WATCHING
    watch_class: WatchClass
    round: int = 1
    found_by: FoundBy = FoundBy.EVENT
    revision: int = 0
    since: int
    started_at: int
    due_at: int | None
    claim: str | None = None
    claims: int = 0
    isolated_attempts: int = 0
    event_during_lease: bool = False
    consecutive_failures: int = 0
    last_error: str | None = None
    checks: tuple[Check, ...] = ()
    refreshes: int = 0
    refreshed_at: int | None = None
    refresh_sent_at: str | None = None
    refresh_answered_at: str | None = None
    first_not_found_at: int | None = None
    unplaced_since: int | None = None
    look_only: bool = False
    failed_attempt: str | None = None
    order_id: str | None = None
    order_number: str | None = None
    order_at: str | None = None
    order_updated_at: str | None = None
    amount_cents: int | None = None
    currency: str | None = None
    gateway_id: str | None = None
    auto_place: bool = False
    ended_at: int | None = None
    settled_by: SettledBy | None = None
    notice: str | None = None
    reason: Reason | None = None
    outbox: frozenset[str] = frozenset()
    announced: frozenset[str] = frozenset()
    expires_at: int | None = None

    def __replace__(self, /, **changes: object) -> Self:
        """Make the next value, for `copy.replace`: much faster than the one dataclasses have.

        A check takes some twenty small steps from one value to the next, so this is most of what it costs.
        """
        if not changes.keys() <= vars(self).keys():
            raise TypeError(f"a watch has no {', '.join(sorted(changes.keys() - vars(self).keys()))}")
        made = object.__new__(type(self))
        vars(made).update(vars(self) | changes)
        return made

    @property
    def is_open(self) -> bool:
        """Whether the payment is still watched."""
        return self.status is Status.WATCHING

    @property
    def is_done(self) -> bool:
        """Whether nothing at all is left to do."""
        return not self.is_open and not self.outbox


DEAD_LETTER = "dead_letter"
"""What a dead-lettered watch owes until its letter is in the dead-letter queue."""


class Due(NamedTuple):
    """A row of the due index: all that a claim needs.

    Attributes
    ----------
    key
        The row's key.
    due_at
        Epoch seconds UTC; the claim is conditional on it.
    """

    key: PaymentKey
    due_at: int


class RowConflict(Conflict):
    """A conditional write of a watch lost against another one.

    Parameters
    ----------
    key
        The row's key.
    current
        The row as it stands now, or None where it is gone.
    """

    def __init__(self, key: str, current: Watch | None) -> None:
        super().__init__(key)
        self.current = current
