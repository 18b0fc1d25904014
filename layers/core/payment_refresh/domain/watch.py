"""A watch: one row of the state table, which holds all that is known of one payment."""

from __future__ import annotations

from copy import replace
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from payment_refresh.domain.vocabulary import (
    STUCK,
    CheckSource,
    DueClass,
    Evidence,
    FoundBy,
    Notice,
    OutboxItem,
    Reason,
    SettledBy,
    Status,
    WatchClass,
)
from payment_refresh.errors import Conflict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payment_refresh.domain.payment import PaymentKey

CHECKS_KEPT = 20
"""How many of its last checks a watch remembers."""

KNOWN_ITEMS = frozenset(OutboxItem)

NOT_FOUND = "not_found"
"""The verdict of a check to which Commerce Layer answered that there is no such payment."""


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
    unknown
        What a later version wrote here; as in `Watch`.
    """

    at: int
    by: CheckSource
    verdict: str
    payment_status: str | None = None
    code: str | None = None
    unknown: Mapping[str, Any] = field(default_factory=dict, hash=False)


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
        When this round began, or when the cart last changed other than by our refresh: the policy counts from it.
    due_at
        When to look next, or when the lease ends; of a stuck watch, when it ended; None once all is done.
    claim
        Token of the message that may act on this watch; None while there is no lease on it.
    claims
        Claims since the last outcome; a watch with three of them is a poison suspect.
    isolated_attempts
        Times a poison suspect was processed in isolation.
    event_during_lease
        Whether an order event came while a lease was on the watch.
    event_money_at
        ``updated_at`` of the order in the first such event that showed money.
    asked_manually
        Whether a person asked for the check that is due: an old order is refreshed then, too.
    consecutive_failures
        Checks in a row to which Commerce Layer gave no answer.
    last_error
        What went wrong at the last of them.
    refresh_failing_since
        Since when looks are answered and this payment's own refresh is not.
    refreshes
        Refreshes that Commerce Layer answered, in this round.
    refreshed_at
        When the last of them was answered.
    refresh_sent_at, refresh_answered_at
        When the last refresh was sent, answered or not, and when we stopped waiting for it, by our clock.
    first_absent_at
        When no list showed the payment for the first time, since it was last seen.
    absent_twice
        Whether lists left it out again ``missing_after`` later: single calls must confirm that it is gone.
    unplaced_since
        When money was first seen on an order that was not placed.
    cancelled_at
        When the placed order was cancelled, while it is and nobody paid it.
    replaced_at
        When we first saw that the order has another payment source, while it has.
    final_look_at
        When a payment that is to be closed quietly was first looked at after its last age.
    failed_attempt
        The newest failed authorization known.
    order_at
        When the order was placed, or created while it is a cart.
    order_updated_at, order_payment_updated_at
        High-water mark: the newest ``updated_at`` seen of the order, and its ``payment_updated_at`` then.
        Older states are stale and ignored.
    payment_gateway_type, payment_gateway_id
        Commerce Layer's gateway resource; ``gateway_id`` is the gateway's own id of the payment.
    auto_place, auto_capture
        What the payment method does by itself; None where that is not known.
    held_cents
        What the order's payments hold, where that could be read.
    other_payment_id, other_held_cents, evidence
        The payment that holds the order's money besides this one, how much, and how sure that is.
    outbox
        Entries not yet relayed: the dead letter, outcome events.
    announced
        The kinds of outcome events that were put into the outbox in this round; each is announced once.
    note
        What the person wrote who acknowledged a dead letter.
    expires_at
        When DynamoDB may delete the row.
    unknown
        Attributes that this version does not know, as they are stored: a later one wrote them. They are written
        back as they were, and only the table's adapter reads them.
    later_due_class
        The partition in which a later version put the row, where this one would not.
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
    event_money_at: str | None = None
    asked_manually: bool = False
    consecutive_failures: int = 0
    last_error: str | None = None
    refresh_failing_since: int | None = None
    checks: tuple[Check, ...] = ()
    refreshes: int = 0
    refreshed_at: int | None = None
    refresh_sent_at: str | None = None
    refresh_answered_at: str | None = None
    first_absent_at: int | None = None
    absent_twice: bool = False
    unplaced_since: int | None = None
    cancelled_at: int | None = None
    replaced_at: int | None = None
    final_look_at: int | None = None
    look_only: bool = False
    failed_attempt: str | None = None
    order_id: str | None = None
    order_number: str | None = None
    order_at: str | None = None
    order_updated_at: str | None = None
    order_payment_updated_at: str | None = None
    amount_cents: int | None = None
    currency: str | None = None
    gateway_id: str | None = None
    payment_gateway_type: str | None = None
    payment_gateway_id: str | None = None
    auto_place: bool | None = None
    auto_capture: bool | None = None
    held_cents: int | None = None
    other_payment_id: str | None = None
    other_held_cents: int | None = None
    evidence: Evidence | None = None
    ended_at: int | None = None
    settled_by: SettledBy | None = None
    notice: Notice | None = None
    reason: Reason | None = None
    outbox: frozenset[OutboxItem] = frozenset()
    announced: frozenset[OutboxItem] = frozenset()
    note: str | None = None
    expires_at: int | None = None
    unknown: Mapping[str, Any] = field(default_factory=dict, hash=False)
    later_due_class: DueClass | None = None

    @property
    def is_open(self) -> bool:
        """Whether the payment is still watched; in a status of a later version, it is unless it has an end."""
        return self.status is Status.WATCHING or (self.ended_at is None and not self.status.is_known)

    @property
    def is_unknown_end(self) -> bool:
        """Whether it ended in a way that only a later version knows: this one leaves the row as it is."""
        return self.ended_at is not None and not self.status.is_known

    @property
    def relayable(self) -> frozenset[OutboxItem]:
        """What this version can relay of the outbox; the rest is left there for the later one that knows it."""
        return self.outbox & KNOWN_ITEMS

    @property
    def is_done(self) -> bool:
        """Whether nothing at all is left to do."""
        return not self.is_open and not self.outbox

    @property
    def is_unchecked(self) -> bool:
        """Whether nobody asked for this payment yet, since its wait began."""
        return not self.consecutive_failures and (not self.checks or self.checks[-1].at < self.started_at)

    @property
    def due_class(self) -> DueClass:
        """The partition of the due index in which the watch stands while it has a ``due_at``."""
        if self.is_unknown_end and self.later_due_class is not None:
            return self.later_due_class
        if self.status in STUCK and self.is_done:
            return DueClass.STUCK
        if self.is_open and self.absent_twice:
            return DueClass.CONFIRM
        if self.watch_class is WatchClass.CART:
            return DueClass.CART
        return DueClass.FIRST if self.is_open and self.is_unchecked else DueClass.PLACED

    def written(self) -> Watch:
        """Count one more write; it puts the row where this version looks, but for an end that this one lacks."""
        due_class = self.later_due_class if self.is_unknown_end else None
        return replace(self, revision=self.revision + 1, later_due_class=due_class)

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
