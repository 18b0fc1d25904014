"""Checks the payments that messages of the pending queue name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from payment_refresh.adapters.emf import emit_measures
from payment_refresh.composition.refresh import compose
from payment_refresh.metrics import Metric

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

SETTLEMENTS: dict[str, int] = dict.fromkeys(
    (Metric.SETTLED_BY_WEBHOOK, Metric.SETTLED_BY_REFRESH, Metric.FOUND_LATE_BY_REFRESH), 0
)
"""Emitted also where there was none: an alarm compares them, and what was never emitted has no number."""

logger = Logger()
metrics = Metrics()
checker = compose(logger)


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, list[dict[str, str]]]:
    """Handle a batch; tells the queue which messages to deliver again."""
    # A batch is looked at as one, so Powertools' record-by-record processor has no place here.
    bodies = {record["messageId"]: record["body"] for record in event["Records"]}
    metrics.add_metric(name=Metric.MESSAGES, unit=MetricUnit.Count, value=len(bodies))
    report = checker.get().handle(bodies, checker.has_time(context.get_remaining_time_in_millis))
    for name, value in (SETTLEMENTS | report.counts).items():
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
    emit_measures(metrics, report.measures)
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in sorted(report.failed)]}
