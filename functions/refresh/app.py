"""Lambda `refresh`: checks the payments named by messages of the pending queue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from payment_refresh.composition import bootstrap

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

RESERVE_MS = 75_000
"""Time reserved for the longest call to Commerce Layer (25 s until its slot; 40 s for a slow call, its retry and a
new token in between) and for writing outcomes; no call starts below it."""

SETTLEMENTS = {"SettledByWebhook": 0, "SettledByRefresh": 0, "FoundLateByRefresh": 0}
"""Emitted also when zero: an alarm compares them, and a metric that was never emitted has no value."""

logger = Logger()
metrics = Metrics()


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, list[dict[str, str]]]:
    """Process a batch; returns the messages that the queue should deliver again."""
    # One look covers the whole batch, so Powertools' record-by-record processor does not fit.
    bodies = {record["messageId"]: record["body"] for record in event["Records"]}
    metrics.add_metric(name="Messages", unit=MetricUnit.Count, value=len(bodies))
    refresh = bootstrap.refresh(logger)
    report = refresh.handle(bodies, lambda: context.get_remaining_time_in_millis() > RESERVE_MS)
    for name, value in (SETTLEMENTS | report.counts).items():
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in sorted(report.failed)]}
