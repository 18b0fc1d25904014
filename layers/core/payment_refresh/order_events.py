"""Use case: an order event came in; create, change or end the watch of its payment, in one conditional write."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from payment_refresh import lifecycle, rounds
from payment_refresh.ending import is_older
from payment_refresh.errors import Conflict
from payment_refresh.payment import ORDERS, PaymentKey
from payment_refresh.verdict import Kind, Notice, judge
from payment_refresh.watch import FoundBy, Status

if TYPE_CHECKING:
    from payment_refresh.order import Order
    from payment_refresh.policy import Policy
    from payment_refresh.ports import StateTable
    from payment_refresh.watch import Watch

ATTEMPTS = 5
"""How often a lost write is tried again before Commerce Layer is asked to send the event once more."""


class Result(StrEnum):
    """What an order event led to."""

    WATCHING = "watching"
    UPDATED = "updated"
    ENDED = "ended"
    NOTED = "noted"
    STALE = "stale"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Taken:
    """What an order event led to, and the row as it was written; None where nothing was."""

    result: Result
    watch: Watch | None = None


def take_order_event(
    order: Order, *, table: StateTable, now: int, policy: Policy, found_by: FoundBy = FoundBy.EVENT
) -> Taken:
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
        return Taken(Result.IGNORED)
    watch, left = table.read(key), ATTEMPTS
    while True:
        result, step = decide(key, watch, order, now, policy, found_by)
        if step is None:
            return Taken(result)
        try:
            written = table.write(step)
        except Conflict as conflict:
            left -= 1
            if not left:
                raise
            watch = conflict.current
        else:
            return Taken(result, written)


def key_of(order: Order) -> PaymentKey | None:
    """Name the row an order event is about; None where the payment is of a type that cannot be refreshed."""
    if order.payment is not None:
        return order.payment
    return None if order.source_type is not None else PaymentKey(ORDERS, order.id)


def decide(
    key: PaymentKey,
    watch: Watch | None,
    order: Order,
    now: int,
    policy: Policy,
    found_by: FoundBy = FoundBy.EVENT,
) -> tuple[Result, Watch | None]:
    """Say what an order event means for a row as it stands, and the row to write, if any."""
    if watch is None:
        return first_news(key, order, now, policy, found_by)
    same_order = watch.order_id in (None, order.id)
    if same_order and is_older(order, watch):
        return Result.STALE, None
    if watch.is_open and watch.claim is not None:
        # The echo of our own refresh comes while the watch is claimed: it must not pass for a webhook.
        return Result.NOTED, None if watch.noted else lifecycle.noted(watch)
    if watch.is_open and same_order:
        step = lifecycle.told(watch, order, now, policy)
        if step == watch:
            return Result.STALE, None
        return (Result.UPDATED if step.is_open else Result.ENDED), step
    return news_of_ended(watch, order, now, policy, found_by)


def first_news(
    key: PaymentKey, order: Order, now: int, policy: Policy, found_by: FoundBy
) -> tuple[Result, Watch | None]:
    """Begin a watch, if the order has something to wait for."""
    kind = judge(order, key).kind
    if kind not in (Kind.PENDING, Kind.SETTLED_UNPLACED) or order.status == "draft":
        return Result.IGNORED, None
    return Result.WATCHING, lifecycle.told(
        rounds.begin(key, order, now, policy, found_by=found_by), order, now, policy
    )


def news_of_ended(
    watch: Watch, order: Order, now: int, policy: Policy, found_by: FoundBy
) -> tuple[Result, Watch | None]:
    """End an ended watch otherwise, or begin its next round; most of the time neither."""
    verdict = judge(order, watch.key)
    kind, same_order = verdict.kind, watch.order_id in (None, order.id)
    if order.status == "draft":
        return Result.IGNORED, None
    if kind in (Kind.SETTLED, Kind.CLOSED):
        # Money on an order that was closed because it was cancelled must be told; what had settled, was told.
        told = watch.notice == Notice.ON_CANCELLED_ORDER
        late_money = watch.status is Status.CLOSED and verdict.notice is Notice.ON_CANCELLED_ORDER and not told
        if watch.status in (Status.SETTLED, Status.CLOSED) and not late_money:
            return Result.IGNORED, None
        return Result.ENDED, lifecycle.told(watch, order, now, policy)
    if watch.status is Status.DEAD_LETTERED and same_order and kind is Kind.PENDING:
        return Result.IGNORED, None  # a person has it; moving the letter back starts the next round
    if watch.status is Status.SETTLED and same_order and kind is Kind.SETTLED_UNPLACED:
        return Result.IGNORED, None  # the same money on an order that was never placed was told already
    due_at = policy.first_due(rounds.begin(watch.key, order, now, policy), now)
    begun = rounds.again(watch, order, now, due_at=due_at, found_by=found_by)
    return Result.WATCHING, lifecycle.told(begun, order, now, policy)
