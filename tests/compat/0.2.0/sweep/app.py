"""Lambda `sweep`, the dispatcher: every minute, claims due watches and sends them to the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from payment_refresh.composition.sweep import compose
from payment_refresh.metrics import Metric

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger()
metrics = Metrics()
sweeper = compose(logger)


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, int]:
    """Do one sweep; the result is for manual invocations, which do not wait for room in the queue."""
    sweep = sweeper.get()
    for name, value in sweep.heartbeat.gauges().items():
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
    report = sweep.dispatch.run(stays=event.get("source") == "aws.scheduler")
    metrics.add_metric(name=Metric.CLAIMED, unit=MetricUnit.Count, value=report.claimed)
    metrics.add_metric(name=Metric.SEND_FAILURES, unit=MetricUnit.Count, value=report.refused)
    metrics.add_metric(name=Metric.CARTS_UNSERVED, unit=MetricUnit.Count, value=report.carts_unserved)
    metrics.add_metric(name=Metric.OLDEST_OVERDUE_SECONDS, unit=MetricUnit.Seconds, value=report.oldest_overdue)
    return {"claimed": report.claimed, "refused": report.refused, "backlog": report.backlog}
