"""A second reading of what an order says of a payment: the rules must not believe the code they check."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from payment_refresh.domain.order import Order
    from payment_refresh.domain.payment import PaymentKey

HELD = ("authorized", "paid", "partially_paid")
GIVEN_BACK = ("voided", "partially_voided", "refunded", "partially_refunded")
NOT_YET_PLACED = ("draft", "pending", "placing")


def stands(order: Order, key: PaymentKey) -> str:
    """Say how a payment stands: ``settled``, ``unplaced``, ``closed``, ``look_only`` or ``pending``."""
    if order.payment_status in GIVEN_BACK:
        return "closed"
    if order.payment_status == "free":
        return "closed" if order.status in ("cancelled", *NOT_YET_PLACED) else "settled"
    if order.payment_status in HELD:
        others = order.source_id is not None and order.source_id != key.id and key.type != "orders"
        if others or order.status == "cancelled":
            return "closed"
        return "unplaced" if order.status in NOT_YET_PLACED else "settled"
    if order.status == "cancelled":
        never_placed = order.placed_at is None and order.payment_status == "unpaid"
        return "closed" if never_placed else "look_only"
    covered = any(attempt.succeeded and attempt.payment_id in (key.id, None) for attempt in order.authorizations)
    short = order.mismatched and order.source_id == key.id and covered
    return "look_only" if short or order.payment_status == "partially_authorized" else "pending"


def is_pending(order: Order, key: PaymentKey) -> bool:
    """Say whether the payment is still open."""
    return stands(order, key) in ("pending", "look_only")


def ends_as(order: Order, key: PaymentKey) -> str | None:
    """Name the status that an order gives a watch, if any; money that is not placed counts as settled."""
    return {"settled": "settled", "unplaced": "settled", "closed": "closed"}.get(stands(order, key))
