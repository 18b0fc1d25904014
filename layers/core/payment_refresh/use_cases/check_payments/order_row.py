"""Resolves an order's own row, kept while its payment was not known, into a watch of the payment."""

from __future__ import annotations

from contextlib import suppress
from copy import replace
from typing import TYPE_CHECKING

from payment_refresh.domain.intake import mark_event
from payment_refresh.domain.outcome_events import awaits_placement
from payment_refresh.domain.rounds import start_next_round
from payment_refresh.domain.verdict import Kind, is_placed, judge
from payment_refresh.domain.vocabulary import Status
from payment_refresh.errors import Conflict
from payment_refresh.use_cases.apply_order import apply_order

if TYPE_CHECKING:
    from payment_refresh.domain.moment import Moment
    from payment_refresh.domain.order import Order
    from payment_refresh.domain.watch import Watch
    from payment_refresh.ports import StateTable


def resolve_order_row(watch: Watch, order: Order, *, table: StateTable, at: Moment) -> bool:
    """Give an order's payment a watch of its own, due at once; returns whether the order's row is done.

    Without a payment that can be refreshed, the row goes on where money sits on an order that was not placed,
    and where the shopper has not chosen how to pay yet.
    """
    if order.payment is None:
        kind = judge(order, watch.key).kind
        if kind is Kind.SETTLED and awaits_placement(watch):
            return False
        is_chosen = order.source_type is not None
        return kind is not Kind.SETTLED_UNPLACED and (is_chosen or kind is not Kind.PENDING)
    found = table.read(order.payment)
    if found is not None and not found.is_open and _begins_again(watch, found, order):
        found = start_next_round(found, order, at, due_at=at.now, found_by=watch.found_by)
    if found is None or not found.is_open:
        apply_order(order, table=table, at=at, found_by=watch.found_by)
        found = table.read(order.payment)
    if found is not None and found.is_open:
        # Learned from a read, not from an event: the payment's own check decides and announces.
        row = mark_event(found, order)
        if found.claim is None:
            is_manual = found.asked_manually or watch.asked_manually
            row = replace(found, due_at=at.now, asked_manually=is_manual)
        with suppress(Conflict):  # somebody else wrote it first, and knows more
            table.write(row)
    return True


def _begins_again(watch: Watch, ended: Watch, order: Order) -> bool:
    """Whether the payment's own check must decide once more: a person asked, or the abandoned cart was placed."""
    is_asked = watch.asked_manually and ended.status is not Status.SETTLED and not ended.is_unknown_end
    return is_asked or (ended.status is Status.ABANDONED and is_placed(order))
