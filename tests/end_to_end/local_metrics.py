"""The metrics of a run, as the local CloudWatch has them and as the functions logged them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from devstack.function_logs import metric_sum
from devstack.stack import FUNCTIONS

if TYPE_CHECKING:
    from devstack.stack import LocalStack

STABLE = ("EventWatching", "SettledByRefresh", "SettledByWebhook", "DetectionDelaySeconds", "RefreshCalls")
"""Metrics that do not change any more once all is over."""


def sums_in_logs(stack: LocalStack) -> dict[str, float]:
    """Sums of metrics over the functions' logs."""
    logs = [stack.log(function) for function in FUNCTIONS]
    return {name: sum(metric_sum(log, name) for log in logs) for name in STABLE}


def sums_in_cloudwatch(stack: LocalStack) -> dict[str, float]:
    """The same, as they were put to CloudWatch."""
    stack.flush_metrics()
    now = time.time()
    return {
        name: sum(
            point["Sum"]
            for point in stack.aws.clients.cloudwatch.get_metric_statistics(
                Namespace=f"PaymentRefresh/{stack.name}",
                MetricName=name,
                Dimensions=[{"Name": "service", "Value": "payment-refresh"}],
                StartTime=now - 3600,
                EndTime=now + 60,
                Period=60,
                Statistics=["Sum"],
            )["Datapoints"]
        )
        for name in STABLE
    }
