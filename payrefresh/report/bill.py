"""AWS's bill for a work: quantities that have a price, and what they cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payrefresh.prices import PRICES

if TYPE_CHECKING:
    from collections.abc import Mapping

type Work = dict[str, float]
"""Quantities by the names of their prices."""

MONTH_DAYS = 365 / 12
"""Days of a month, in prices by the month."""

SERVICES = (
    "Lambda",
    "DynamoDB",
    "SQS",
    "EventBridge",
    "CloudWatch Logs",
    "CloudWatch metrics",
    "CloudWatch alarms",
    "Secrets Manager",
)
"""Prefixes of the prices' names."""


def dollars(work: Work, million: float = 1.0) -> dict[str, Any]:
    """Say what a work costs, so many times: in all, by service and by price."""
    by_price = {name: PRICES[name].of(quantity) * million for name, quantity in work.items() if quantity}
    by_service: dict[str, float] = {}
    for name, cost in by_price.items():
        service = next(one for one in SERVICES if name.startswith(one))
        by_service[service] = by_service.get(service, 0.0) + cost
    return {
        "dollars": round(sum(by_price.values()), 2),
        "by_service": _sorted(by_service),
        "by_price": _sorted(by_price),
    }


def _sorted(costs: Mapping[str, float]) -> dict[str, float]:
    """The dearest first."""
    return {name: round(cost, 4) for name, cost in sorted(costs.items(), key=lambda item: -item[1])}
