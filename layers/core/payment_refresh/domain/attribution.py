"""Attribution: whether the gateway's webhook or our refresh moved an order."""

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
"""Seconds by which Commerce Layer's clock may be behind ours where a change is attributed to our refresh."""


@dataclass(frozen=True, slots=True)
class SentRefresh:
    """A refresh that was sent: when, and when it was answered or given up on; epoch seconds UTC."""

    sent: float
    until: float


def attribute_settlement(watch: Watch, order: Order, policy: Policy) -> SettledBy:
    """Attribute the settlement to our refresh only if the order changed during the last one or shortly after."""
    if watch.refresh_sent_at is None or watch.refresh_answered_at is None or order.payment_updated_at is None:
        return SettledBy.WEBHOOK
    changed = to_epoch(order.payment_updated_at)
    first, last = (
        to_epoch(watch.refresh_sent_at) - CLOCK_SKEW,
        to_epoch(watch.refresh_answered_at) + policy.shortly,
    )
    return SettledBy.REFRESH if first <= changed <= last else SettledBy.WEBHOOK
