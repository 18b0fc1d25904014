"""The truth about a case: how its payment may end, and for what a person may, or must, be called."""

from __future__ import annotations

from dataclasses import dataclass

STILL_PENDING = "PaymentStillPending"
MISSING = "PaymentMissing"
MISMATCH = "PaymentAmountMismatch"
NOT_PLACED = "OrderAuthorizedNotPlaced"
PLACED_LATE = "OrderPlacedLate"
ON_CANCELLED = "PaymentOnCancelledOrder"
SUPERSEDED = "PaymentSuperseded"
ATTEMPT_FAILED = "PaymentAttemptFailed"

CALLS = frozenset({STILL_PENDING, MISSING, MISMATCH, NOT_PLACED, PLACED_LATE, ON_CANCELLED, SUPERSEDED})
"""The kinds of events that call a person."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What must become of a case, whatever fails meanwhile.

    Attributes
    ----------
    ends
        How the row of its first payment may end.
    calls
        For what a person may be called, about any of its rows.
    must
        What must have been announced in the end, where the payment was watched and may be refreshed.
    closes
        The reasons for which it may be closed.
    """

    ends: frozenset[str] = frozenset()
    calls: frozenset[str] = frozenset()
    must: frozenset[str] = frozenset()
    closes: frozenset[str] = frozenset()


def truth(*ends: str, calls: str = "", must: str = "", closes: str = "") -> Truth:
    """Make a truth of words; for what a person must be called, one may be."""
    required = frozenset(must.split())
    return Truth(frozenset(ends), frozenset(calls.split()) | required, required, frozenset(closes.split()))


SETTLED = truth("settled")
GIVEN_UP = truth("dead_lettered", must=STILL_PENDING)
EITHER = truth("settled", "dead_lettered", calls=STILL_PENDING)
ABANDONED = truth("abandoned")
