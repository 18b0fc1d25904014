"""Checks the payments that messages of the pending queue name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from payment_refresh.composition import bootstrap
from payment_refresh.metrics import Metric

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

RESERVE_MS = 75_000
"""Time kept for the longest call to Commerce Layer (25 s until its slot; a slow one, its repeat and a new token
between them: 40 s) and for writing outcomes; no call starts below it."""

SETTLEMENTS: dict[str, int] = dict.fromkeys(
    (Metric.SETTLED_BY_WEBHOOK, Metric.SETTLED_BY_REFRESH, Metric.FOUND_LATE_BY_REFRESH), 0
)
"""Emitted also where there was none: an alarm compares them, and what was never emitted has no number."""

logger = Logger()
metrics = Metrics()


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, list[dict[str, str]]]:
    """Handle a batch; tells the queue which messages to deliver again."""
    # A batch is looked at as one, so Powertools' record-by-record processor has no place here.
    bodies = {record["messageId"]: record["body"] for record in event["Records"]}
    metrics.add_metric(name=Metric.MESSAGES, unit=MetricUnit.Count, value=len(bodies))
    refresh = bootstrap.refresh(logger)
    report = refresh.handle(bodies, lambda: context.get_remaining_time_in_millis() > RESERVE_MS)
    for name, value in (SETTLEMENTS | report.counts).items():
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in sorted(report.failed)]}
