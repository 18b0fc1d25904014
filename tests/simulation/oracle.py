"""A second reading of what an order says of a payment: the rules must not believe the code they check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payment_refresh.times import to_epoch

if TYPE_CHECKING:
    from payment_refresh.domain.order import Order
    from payment_refresh.domain.payment import PaymentKey

HELD = ("authorized", "paid")
GIVEN_BACK = ("voided", "partially_voided", "refunded", "partially_refunded")
IN_PART = ("partially_authorized", "partially_paid")
NOT_YET_PLACED = ("draft", "pending", "placing")
PLACED = ("placing", "placed", "editing", "approved")


def was_placed(order: Order) -> bool:
    """Say whether somebody placed the order, whatever became of it."""
    return order.placed_at is not None or order.status in PLACED


def stands(order: Order, key: PaymentKey) -> str:
    """Say how a payment stands.

    ``settled``, ``unplaced`` and ``closed`` are ends, and so is ``on_cancelled``: money on a cancelled order. The
    others are open: ``pending``, ``look_only``, ``cancelled`` (unpaid) and ``replaced`` (unpaid, too).
    """
    if order.payment_status in GIVEN_BACK:
        return "closed"
    if order.payment_status == "free":
        return "closed" if order.status in ("cancelled", *NOT_YET_PLACED) else "settled"
    has_own = any(each.succeeded and each.payment_id in (key.id, None) for each in order.authorizations)
    holds = order.payment_status in HELD or (order.payment_status == "partially_paid" and has_own)
    if order.status == "cancelled":
        return "on_cancelled" if holds else ("cancelled" if was_placed(order) else "closed")
    if order.source_id not in (None, key.id) and not key.is_order:
        return "closed" if holds else "replaced"
    if holds:
        return "unplaced" if order.status in NOT_YET_PLACED else "settled"
    is_short = order.mismatched or order.payment_status == "partially_authorized"
    return "look_only" if is_short and has_own else "pending"


def is_pending(order: Order, key: PaymentKey) -> bool:
    """Say whether the payment is still open."""
    return ends_as(order, key) is None


def ends_as(order: Order, key: PaymentKey) -> str | None:
    """Name the status that an order gives a watch, if any; money that is not placed counts as settled."""
    ends = {"settled": "settled", "unplaced": "settled", "closed": "closed", "on_cancelled": "closed"}
    return ends.get(stands(order, key))


def came_late(order: Order) -> bool:
    """Say whether a cancelled order's money came after the cancellation."""
    paid_at, cancelled_at = order.payment_updated_at, order.cancelled_at
    return paid_at is None or cancelled_at is None or to_epoch(paid_at) >= to_epoch(cancelled_at)


def is_charged_twice(order: Order, key: PaymentKey) -> bool:
    """Say whether this payment holds money, and others under other ids all that the order costs."""
    given_back = {each.transaction_id for each in order.reversals}
    held = [each for each in order.authorizations if each.succeeded and each.transaction_id not in given_back]
    own = {each.transaction_id for each in held if each.payment_id == key.id}
    others = sum(each.amount_cents or 0 for each in held if each.transaction_id not in own)
    return bool(own) and others >= (order.amount_cents or 0)
