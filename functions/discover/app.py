"""Lambda `discover`, the reconciler: every 15 minutes, finds stuck orders for which no event arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from payment_refresh.composition import bootstrap
from payment_refresh.domain.cursor import Pass

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

RESERVE_MS = 75_000
"""Time reserved for the longest call to Commerce Layer and for writing its results; no call starts below it."""

AGES = {Pass.ORDERS: "DiscoverAgeSeconds", Pass.CARTS: "DiscoverCartsAgeSeconds"}
"""The alarm is on placed orders only: a whole pass over many carts may take hours, which is normal."""

logger = Logger()
metrics = Metrics()


@logger.inject_lambda_context
@metrics.log_metrics
def handler(_event: dict[str, Any], context: LambdaContext) -> dict[str, int | bool]:
    """Do one run; the result is for manual invocations."""
    report = bootstrap.discover(logger).run(lambda: context.get_remaining_time_in_millis() > RESERVE_MS)
    for name, value in report.counts.items():
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
    for of, age in report.ages.items():
        metrics.add_metric(name=AGES[of], unit=MetricUnit.Seconds, value=age)
    return {
        "listed": report.counts["Listed"],
        "created": report.counts["Discovered"],
        "calls": report.counts["ListCalls"],
        "complete": report.complete,
    }
