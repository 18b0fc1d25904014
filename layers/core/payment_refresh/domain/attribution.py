"""Who moved an order: our refresh, or the gateway's webhook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.domain.watch import SettledBy
from payment_refresh.times import to_epoch

if TYPE_CHECKING:
    from payment_refresh.domain.order import Order
    from payment_refresh.domain.policy import Policy
    from payment_refresh.domain.watch import Watch

CLOCK_SKEW = 0.2
"""Seconds by which Commerce Layer's clock may be behind ours when a move is laid to our refresh."""


@dataclass(frozen=True, slots=True)
class SentRefresh:
    """When a refresh was sent, and when it was answered or given up on; epoch seconds UTC."""

    sent: float
    until: float


def attribute_settlement(watch: Watch, order: Order, policy: Policy) -> SettledBy:
    """Lay the settlement to our refresh only where the order moved at, or shortly after, the last one."""
    if watch.refresh_sent_at is None or watch.refresh_answered_at is None or order.payment_updated_at is None:
        return SettledBy.WEBHOOK
    moved = to_epoch(order.payment_updated_at)
    ours = (
        to_epoch(watch.refresh_sent_at) - CLOCK_SKEW
        <= moved
        <= to_epoch(watch.refresh_answered_at) + policy.shortly
    )
    return SettledBy.REFRESH if ours else SettledBy.WEBHOOK
