"""What passes through the ports and is no word of the domain of its own.

Apart from the protocols, and named tuples: these are needed when functions run, and a cold start makes them all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from payment_refresh.payment import PaymentKey

READS = "reads"
"""The circuit of all calls that only read; each payment type's refreshes have one of their own."""


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


class PaceReading(NamedTuple):
    """How the pace stands: both averages from 0 to 1, and in how many seconds the next slot is free."""

    utilisation: float
    unsettled_share: float
    free_in: float
