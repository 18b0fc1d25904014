"""The vocabulary of watches: every word that a row, a dead letter or an outcome event can bear."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """Where a watch stands; every status but ``watching`` is an end."""

    WATCHING = "watching"
    SETTLED = "settled"
    CLOSED = "closed"
    MISSING = "missing"
    REPORTED = "reported"
    ABANDONED = "abandoned"
    DEAD_LETTERED = "dead_lettered"


STUCK = frozenset({Status.REPORTED, Status.DEAD_LETTERED})
"""Ends in which the payment is as stuck as before: counted each day until somebody acts."""


class WatchClass(StrEnum):
    """What the order is: only a placed one has a shopper waiting for it."""

    PLACED = "placed"
    CART = "cart"


class DueClass(StrEnum):
    """The partitions of the due index; a sweep reads all but the last, in this order."""

    FIRST = "first"
    PLACED = "placed"
    CONFIRM = "confirm"
    CART = "cart"
    STUCK = "stuck"


class Reason(StrEnum):
    """Why a watch was dead-lettered, reported, or closed."""

    STAYED_PENDING = "stayed_pending"
    REFRESH_FAILING = "refresh_failing"
    CANNOT_PROCESS = "cannot_process"
    CANCELLED = "cancelled"
    REPLACED = "replaced"
    DELETED = "deleted"
    REVERSED = "reversed"
    FREE = "free"
    ACKNOWLEDGED = "acknowledged"


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
    KEPT_AFTER_CANCELLATION = "kept_after_cancellation"
    NOT_PLACED = "not_placed"


class Evidence(StrEnum):
    """How sure it is that two payments hold the order's money."""

    MONEY = "money"
    AUTHORIZATION_ONLY = "authorization_only"


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
    PLACED_AFTER_ALL = "OrderPlacedAfterAll"
    PLACED_LATE = "OrderPlacedLate"
    ABANDONED = "PaymentAbandoned"
    AMOUNT_MISMATCH = "PaymentAmountMismatch"
    ATTEMPT_FAILED = "PaymentAttemptFailed"
    CLOSED = "PaymentClosed"
    MISSING = "PaymentMissing"
    ON_CANCELLED_ORDER = "PaymentOnCancelledOrder"
    SETTLED = "PaymentSettled"
    STILL_PENDING = "PaymentStillPending"
    SUPERSEDED = "PaymentSuperseded"
