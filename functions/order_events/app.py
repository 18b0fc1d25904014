"""Takes Commerce Layer's order webhooks at a Function URL."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.data_classes import LambdaFunctionUrlEvent

from payment_refresh import bootstrap
from payment_refresh.order_events import Result, take_order_event
from payment_refresh.webhook import Refusal, WebhookRequest, read_signed_order

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger()
metrics = Metrics()


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Answer one order webhook: 200 when it was taken or is none of ours, else an error object."""
    try:
        result = _take(event)
    except Refusal as refusal:
        metrics.add_metric(name=f"Refused{refusal.status}", unit=MetricUnit.Count, value=1)
        logger.warning("order_event_refused", extra={"status": refusal.status, "code": refusal.code})
        return _error(refusal.status, refusal.code, refusal.title, str(refusal))
    except Exception:  # the edge: whatever the fault, Commerce Layer must be told to send the event again
        metrics.add_metric(name="Faults", unit=MetricUnit.Count, value=1)
        logger.exception("order_event_failed")
        return _error(
            500, "INTERNAL_SERVER_ERROR", "Internal server error", "the event was not taken; send it again"
        )
    metrics.add_metric(name=f"Event{result.capitalize()}", unit=MetricUnit.Count, value=1)
    return _answer(200, {"meta": {"result": result}})


def _take(event: dict[str, Any]) -> Result:
    table, secrets, policy = bootstrap.order_events(logger)
    request = LambdaFunctionUrlEvent(event)
    order = read_signed_order(
        WebhookRequest(
            method=request.request_context.http.method,
            path=request.raw_path,
            headers={name.lower(): value for name, value in request.headers.items()},
            body=request.body or "",
            is_base64=bool(request.is_base64_encoded),
        ),
        secrets,
    )
    result = take_order_event(order, table=table, now=int(time.time()), policy=policy)
    logger.debug("order_event", extra={"order_id": order.id, "result": result})
    return result


def _error(status: int, code: str, title: str, detail: str) -> dict[str, Any]:
    return _answer(status, {"errors": [{"status": str(status), "code": code, "title": title, "detail": detail}]})


def _answer(status: int, body: dict[str, Any]) -> dict[str, Any]:
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/vnd.api+json"},
        "body": json.dumps(body),
    }
