"""The vocabulary of watches: every word that a row, a dead letter or an outcome event can bear."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class _Word(StrEnum):
    """A word of a row, of which a later version may write others.

    Such a word is read as a value too: it equals none of ours, and is written back as it is.
    """

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        word = str.__new__(cls, value)
        word._name_, word._value_ = "UNKNOWN", value
        return word

    @property
    def is_known(self) -> bool:
        """Whether this version has the word."""
        return self.name in type(self).__members__


class Status(_Word):
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


class WatchClass(_Word):
    """What the order is: only a placed one has a shopper waiting for it."""

    PLACED = "placed"
    CART = "cart"


class DueClass(_Word):
    """The partitions of the due index; a sweep reads all but the last, in this order."""

    FIRST = "first"
    PLACED = "placed"
    CONFIRM = "confirm"
    CART = "cart"
    STUCK = "stuck"


class Reason(_Word):
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


class FoundBy(_Word):
    """The source of a round: what started it."""

    EVENT = "event"
    DISCOVER = "discover"
    MANUAL = "manual"
    REDRIVE = "redrive"


class SettledBy(_Word):
    """What moved the order: the gateway's webhook, or our refresh."""

    WEBHOOK = "webhook"
    REFRESH = "refresh"


class Notice(_Word):
    """What a person should know of a payment beyond its verdict."""

    ATTEMPT_FAILED = "attempt_failed"
    AMOUNT_MISMATCH = "amount_mismatch"
    SUPERSEDED = "superseded"
    ON_CANCELLED_ORDER = "on_cancelled_order"
    KEPT_AFTER_CANCELLATION = "kept_after_cancellation"
    NOT_PLACED = "not_placed"


class Evidence(_Word):
    """How sure it is that two payments hold the order's money."""

    MONEY = "money"
    AUTHORIZATION_ONLY = "authorization_only"


class CheckSource(_Word):
    """Where the state of an order was seen."""

    EVENT = "event"
    LOOK = "look"
    REFRESH = "refresh"


class OutboxItem(_Word):
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
