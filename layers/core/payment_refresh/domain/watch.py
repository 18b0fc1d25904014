"""A watch: one row of the state table, which holds all that is known of one payment."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from payment_refresh.errors import Conflict

if TYPE_CHECKING:
    from payment_refresh.domain.payment import PaymentKey

CHECKS_KEPT = 20
"""How many of its last checks a watch remembers."""

NOT_FOUND = "not_found"
"""The verdict of a check to which Commerce Layer answered that there is no such payment."""


class Status(StrEnum):
    """Where a watch stands; every status but ``watching`` is an end."""

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
    """The source of a round: what started it."""

    EVENT = "event"
    DISCOVER = "discover"
    MANUAL = "manual"
    REDRIVE = "redrive"


class SettledBy(StrEnum):
    """What moved the order: the gateway's webhook, or our refresh."""

    WEBHOOK = "webhook"
    REFRESH = "refresh"


class Notice(StrEnum):
    """What a person should know of a payment beyond its verdict."""

    ATTEMPT_FAILED = "attempt_failed"
    AMOUNT_MISMATCH = "amount_mismatch"
    SUPERSEDED = "superseded"
    ON_CANCELLED_ORDER = "on_cancelled_order"
    NOT_PLACED = "not_placed"


class CheckSource(StrEnum):
    """Where the state of an order was seen."""

    EVENT = "event"
    LOOK = "look"
    REFRESH = "refresh"


class OutboxItem(StrEnum):
    """What can wait in a row's outbox: the dead letter, and the kinds of outcome events.

    Events are relayed in the order in which they stand here.
    """

    DEAD_LETTER = "dead_letter"
    NOT_PLACED = "OrderAuthorizedNotPlaced"
    ABANDONED = "PaymentAbandoned"
    AMOUNT_MISMATCH = "PaymentAmountMismatch"
    ATTEMPT_FAILED = "PaymentAttemptFailed"
    CLOSED = "PaymentClosed"
    MISSING = "PaymentMissing"
    ON_CANCELLED_ORDER = "PaymentOnCancelledOrder"
    SETTLED = "PaymentSettled"
    STILL_PENDING = "PaymentStillPending"
    SUPERSEDED = "PaymentSuperseded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One look or refresh that Commerce Layer answered.

    Attributes
    ----------
    at
        Epoch seconds UTC.
    verdict
        The verdict's kind, or `NOT_FOUND`.
    payment_status
        The order's payment status, where an order came with the answer.
    code
        Status and code of an answer that was no 200, such as ``422 VALIDATION_ERROR``; else the notice.
    """

    at: int
    by: CheckSource
    verdict: str
    payment_status: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """One row of the state table.

    Times are epoch seconds UTC. Those that Commerce Layer gave, and the ``refresh_*`` ones that are compared with
    them, are ISO 8601 with milliseconds. ``revision`` counts the writes; every write is conditional on it.

    Attributes
    ----------
    since
        When the payment began to be pending, as far as we know.
    started_at
        When this round began; the policy counts from here.
    due_at
        When to look next, or when the lease ends; None once the watch has ended and its outbox is empty.
    claim
        Token of the message that may act on this watch; None while there is no lease on it.
    claims
        Claims since the last outcome; a watch with three of them is a poison suspect.
    isolated_attempts
        Times a poison suspect was processed in isolation.
    event_during_lease
        Whether an order event came while a lease was on the watch.
    consecutive_failures
        Checks in a row to which Commerce Layer gave no answer.
    last_error
        What went wrong at the last of them.
    refreshes
        Refreshes that Commerce Layer answered, in this round.
    refreshed_at
        When the last of them was answered.
    refresh_sent_at, refresh_answered_at
        When the last refresh was sent, answered or not, and when we stopped waiting for it, by our clock.
    first_not_found_at
        Time of the first 404, while it may be transient.
    unplaced_since
        When money was first seen on an order that was not placed.
    failed_attempt
        The newest failed authorization known.
    order_at
        When the order was placed, or created while it is a cart.
    order_updated_at
        High-water mark: the newest ``updated_at`` seen of the order. States older than this are stale and ignored.
    outbox
        Entries not yet relayed: the dead letter, outcome events.
    announced
        The kinds of outcome events that were put into the outbox in this round; each is announced once.
    expires_at
        When DynamoDB may delete the row.
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
    notice: Notice | None = None
    reason: Reason | None = None
    outbox: frozenset[OutboxItem] = frozenset()
    announced: frozenset[OutboxItem] = frozenset()
    expires_at: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether the payment is still watched."""
        return self.status is Status.WATCHING

    @property
    def is_done(self) -> bool:
        """Whether nothing at all is left to do."""
        return not self.is_open and not self.outbox

    def with_check(self, check: Check) -> tuple[Check, ...]:
        """Give the last checks with one more."""
        return (*self.checks, check)[-CHECKS_KEPT:]


class Due(NamedTuple):
    """A row of the due index: all that a claim needs.

    Attributes
    ----------
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
