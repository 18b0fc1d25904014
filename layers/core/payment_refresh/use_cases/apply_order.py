"""Use case: an order event came in; create, change or end the watch of its payment, in one conditional write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.domain.intake import Result, decide, key_of
from payment_refresh.domain.watch import FoundBy, RowConflict

if TYPE_CHECKING:
    from payment_refresh.domain.order import Order
    from payment_refresh.domain.policy import Policy
    from payment_refresh.domain.watch import Watch
    from payment_refresh.ports import StateTable

ATTEMPTS = 5
"""How often a lost write is tried again before Commerce Layer is asked to send the event once more."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What an order event led to, and the row as it was written; None where nothing was."""

    result: Result
    watch: Watch | None = None


def apply_order(
    order: Order, *, table: StateTable, now: int, policy: Policy, found_by: FoundBy = FoundBy.EVENT
) -> Applied:
    """Apply an order event, whatever its topic said.

    Parameters
    ----------
    order
        The order of the signed body.
    now
        Epoch seconds UTC.
    found_by
        What a round of watching that this begins is put down to.

    Raises
    ------
    StateUnavailable
        The table did not answer; the event must be sent again.
    Conflict
        Others kept writing the row; the event must be sent again.
    """
    key = key_of(order)
    if key is None:
        return Applied(Result.IGNORED)
    watch, left = table.read(key), ATTEMPTS
    while True:
        result, step = decide(key, watch, order, now, policy, found_by)
        if step is None:
            return Applied(result)
        try:
            written = table.write(step)
        except RowConflict as conflict:
            left -= 1
            if not left:
                raise
            watch = conflict.current
        else:
            return Applied(result, written)
