"""Finds orders that look stuck and that no order event told of, every 15 minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from payment_refresh.composition.discover import compose
from payment_refresh.metrics import Metric

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

AGES = {"orders": Metric.DISCOVER_AGE_SECONDS, "carts": Metric.DISCOVER_CARTS_AGE_SECONDS}
"""The alarm is on placed orders: with many carts, a whole pass over those takes hours, and that is no fault."""

logger = Logger()
metrics = Metrics()
discoverer = compose(logger)


@logger.inject_lambda_context
@metrics.log_metrics
def handler(_event: dict[str, Any], context: LambdaContext) -> dict[str, int | bool]:
    """Run once; the answer is for a person who invokes it by hand."""
    report = discoverer.get().run(discoverer.has_time(context.get_remaining_time_in_millis))
    for name, value in report.counts.items():
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
    for of, age in report.ages.items():
        metrics.add_metric(name=AGES[of], unit=MetricUnit.Seconds, value=age)
    return {
        "listed": report.counts[Metric.LISTED],
        "created": report.counts[Metric.DISCOVERED],
        "calls": report.counts[Metric.LIST_CALLS],
        "complete": report.complete,
    }
