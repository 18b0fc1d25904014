"""Applies an order event to the row of its payment: one conditional write creates, changes or ends the watch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.domain.intake import Result, decide, key_of
from payment_refresh.domain.outcome_events import awaits_placement
from payment_refresh.domain.payment import ORDERS, PaymentKey
from payment_refresh.domain.vocabulary import FoundBy
from payment_refresh.domain.watch import RowConflict

if TYPE_CHECKING:
    from payment_refresh.domain.moment import Moment
    from payment_refresh.domain.order import Order
    from payment_refresh.domain.watch import Watch
    from payment_refresh.ports import StateTable

ATTEMPTS = 5
"""How often a lost write is tried again before Commerce Layer is asked to send the event once more."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What an order event led to, and the row as it was written; None where nothing was."""

    result: Result
    watch: Watch | None = None


def apply_order(order: Order, *, table: StateTable, at: Moment, found_by: FoundBy = FoundBy.EVENT) -> Applied:
    """Apply an order event, whatever its topic said.

    Parameters
    ----------
    order
        The order of the signed body.
    found_by
        Source recorded for a round that this event starts.

    Raises
    ------
    StateUnavailable
        The table did not answer; the event must be sent again.
    RowConflict
        Others kept writing the row; the event must be sent again.
    """
    key = key_of(order) or PaymentKey(ORDERS, order.id)
    watch, left = table.read(key), ATTEMPTS
    if key_of(order) is None and (watch is None or not awaits_placement(watch)):
        return Applied(Result.IGNORED)
    while True:
        decision = decide(key, watch, order, at, found_by)
        if decision.row is None:
            return Applied(decision.result)
        try:
            written = table.write(decision.row)
        except RowConflict as conflict:
            left -= 1
            if not left:
                raise
            watch = conflict.current
        else:
            return Applied(decision.result, written)
