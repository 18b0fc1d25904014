"""Takes Commerce Layer's order events: webhooks at a Function URL, or events of an EventBridge bus."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from payment_refresh.adapters.emf import emit_measures
from payment_refresh.composition.order_events import compose
from payment_refresh.metrics import Metric

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from payment_refresh.use_cases.receive_order_event.receiver import Received, WebhookAnswer

logger = Logger()
metrics = Metrics()
receiver = compose(logger)


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Take one order event, in either way it may come.

    A Function URL's event always has ``requestContext``, made by AWS, and bears what its caller sent inside
    ``body`` only; so nobody at the URL can pass for the bus.
    """
    return _from_bus(event) if "requestContext" not in event and "detail" in event else _from_webhook(event)


def _from_bus(event: dict[str, Any]) -> dict[str, Any]:
    try:
        received = receiver.from_bus(event)
    except Exception:
        metrics.add_metric(name=Metric.FAULTS, unit=MetricUnit.Count, value=1)
        raise
    _emit(received)
    return {"result": received.result}


def _from_webhook(event: dict[str, Any]) -> dict[str, Any]:
    answer = receiver.from_webhook(event)
    _emit(answer)
    return {
        "statusCode": answer.status,
        "headers": {"Content-Type": "application/vnd.api+json"},
        "body": json.dumps(answer.document),
    }


def _emit(what: Received | WebhookAnswer) -> None:
    for name in what.metrics:
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=1)
    emit_measures(metrics, what.measures)
