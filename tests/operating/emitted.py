"""Metrics of a stack's functions, put to the local CloudWatch as if they had been emitted."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.operating.hollow import HollowStack


def emit(stack: HollowStack, ago: float = 0, *, dimensions: dict[str, str] | None = None, **values: float) -> None:
    """Put one number of each metric, emitted so many seconds ago."""
    every = {"service": "payment-refresh"} | (dimensions or {})
    stack.aws.clients.cloudwatch.put_metric_data(
        Namespace=f"PaymentRefresh/{stack.name}",
        MetricData=[
            {
                "MetricName": name,
                "Value": value,
                "Timestamp": time.time() - ago,
                "Dimensions": [{"Name": each, "Value": text} for each, text in every.items()],
            }
            for name, value in values.items()
        ],
    )
