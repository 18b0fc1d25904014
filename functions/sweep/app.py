"""Lambda `sweep`, the dispatcher: every minute, claims due watches and sends them to the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from payment_refresh.composition import bootstrap

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger()
metrics = Metrics()


@logger.inject_lambda_context
@metrics.log_metrics
def handler(_event: dict[str, Any], _context: LambdaContext) -> dict[str, int]:
    """Do one sweep; the result is for manual invocations."""
    report = bootstrap.sweep(logger).run()
    metrics.add_metric(name="Claimed", unit=MetricUnit.Count, value=report.claimed)
    metrics.add_metric(name="SendFailures", unit=MetricUnit.Count, value=report.refused)
    metrics.add_metric(name="CartsUnserved", unit=MetricUnit.Count, value=report.carts_unserved)
    metrics.add_metric(name="OldestOverdueSeconds", unit=MetricUnit.Seconds, value=report.oldest_overdue)
    return {"claimed": report.claimed, "refused": report.refused, "backlog": report.backlog}
