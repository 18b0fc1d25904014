"""Lambda `digest`: every hour, counts what only a person moves on, and once a day reports it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from payment_refresh.composition.digest import compose
from payment_refresh.metrics import Metric

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger()
metrics = Metrics()
digester = compose(logger)


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, int | bool]:
    """Make one digest, or only count where the event says so; the result is for manual invocations."""
    report = digester.get().run(counts_only=event.get("counts_only") is True)
    reported, dead_lettered = report.stuck.reported.count, report.stuck.dead_lettered.count
    metrics.add_metric(name=Metric.REPORTED_WAITING, unit=MetricUnit.Count, value=reported)
    metrics.add_metric(name=Metric.DEAD_LETTERED_WAITING, unit=MetricUnit.Count, value=dead_lettered)
    return {
        "reported": reported,
        "dead_lettered": dead_lettered,
        "changes_sent": report.reported,
        "sent": report.sent,
    }
