"""The figures of the last day that `payrefresh status` shows. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.metrics import Metric
from payrefresh.overview.numbers import DAY, Numbers

if TYPE_CHECKING:
    from collections.abc import Iterable

EVENTS = (
    Metric.EVENT_WATCHING,
    Metric.EVENT_UPDATED,
    Metric.EVENT_ENDED,
    Metric.EVENT_DEFERRED,
    Metric.EVENT_STALE,
)
CHECKS = (
    Metric.PENDING,
    Metric.SETTLED,
    Metric.CLOSED,
    Metric.MISSING,
    Metric.ABANDONED,
    Metric.REPORTED,
    Metric.DEAD_LETTERED,
)
CALLS = (Metric.LIST_CALLS, Metric.RETRIEVE_CALLS, Metric.REFRESH_CALLS)

METRICS = frozenset(
    {
        *EVENTS,
        *CHECKS,
        *CALLS,
        Metric.DISCOVERED,
        Metric.SETTLED_BY_WEBHOOK,
        Metric.SETTLED_BY_REFRESH,
        Metric.RATE_LIMITED,
        Metric.NEW_MODEL_ORDERS,
        Metric.URGENT_OUTCOMES,
    }
)
"""What is read for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What happened within the last day; ``order_events`` leaves out those of orders with nothing to wait for."""

    order_events: int
    discovered: int
    checks: int
    settled_by_webhook: int
    settled_by_refresh: int
    dead_lettered: int
    calls: int
    refreshes: int
    rate_limited: int
    new_model_orders: int
    urgent: int


def last_day(numbers: Numbers) -> Day:
    """Sum up the last day."""

    def total(*metrics: Metric) -> int:
        return _whole(numbers.total(metric, DAY) for metric in metrics)

    return Day(
        order_events=total(*EVENTS),
        discovered=total(Metric.DISCOVERED),
        checks=total(*CHECKS),
        settled_by_webhook=total(Metric.SETTLED_BY_WEBHOOK),
        settled_by_refresh=total(Metric.SETTLED_BY_REFRESH),
        dead_lettered=total(Metric.DEAD_LETTERED),
        calls=total(*CALLS),
        refreshes=total(Metric.REFRESH_CALLS),
        rate_limited=total(Metric.RATE_LIMITED),
        new_model_orders=total(Metric.NEW_MODEL_ORDERS),
        urgent=total(Metric.URGENT_OUTCOMES),
    )


def _whole(values: Iterable[float]) -> int:
    return round(sum(values))
