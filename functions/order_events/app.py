"""Takes Commerce Layer's order events: webhooks at a Function URL, or events of an EventBridge bus."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from payment_refresh.composition import bootstrap
from payment_refresh.domain.intake import Result
from payment_refresh.domain.order_document import read_order
from payment_refresh.domain.outcome_events import settlement_counts
from payment_refresh.domain.payment import is_id
from payment_refresh.metrics import Metric
from payment_refresh.use_cases.apply_order import apply_order
from payment_refresh.use_cases.receive_order_event.webhook import Refusal, WebhookRequest, read_signed_order

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from payment_refresh.domain.order import Order

EVENTS = {
    Result.WATCHING: Metric.EVENT_WATCHING,
    Result.UPDATED: Metric.EVENT_UPDATED,
    Result.ENDED: Metric.EVENT_ENDED,
    Result.DEFERRED: Metric.EVENT_DEFERRED,
    Result.STALE: Metric.EVENT_STALE,
    Result.IGNORED: Metric.EVENT_IGNORED,
}

logger = Logger()
metrics = Metrics()


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Take one order event, in either way it may come.

    A Function URL's event always has ``requestContext``, made by AWS, and bears what its caller sent inside
    ``body`` only; so nobody at the URL can pass for the bus.
    """
    return _from_bus(event) if "requestContext" not in event and "detail" in event else _from_url(event)


def _from_bus(event: dict[str, Any]) -> dict[str, Any]:
    """Take an event of the bus, where IAM stands in for the signature; what fails is tried again, then kept."""
    try:
        result = _take(read_order(event["detail"]))
    except Exception:
        metrics.add_metric(name=Metric.FAULTS, unit=MetricUnit.Count, value=1)
        event_id = event.get("id")
        logger.exception("order_event_failed", extra={"event_id": event_id if is_id(event_id) else None})
        raise
    return {"result": result}


def _from_url(event: dict[str, Any]) -> dict[str, Any]:
    """Answer one webhook: 200 when it was taken or is none of ours, else an error object."""
    try:
        result = _take(_signed(event))
    except Refusal as refusal:
        metrics.add_metric(name=refusal.metric, unit=MetricUnit.Count, value=1)
        logger.warning("order_event_refused", extra={"status": refusal.status, "code": refusal.code})
        return _error(refusal.status, refusal.code, refusal.title, str(refusal))
    except Exception:  # the edge: whatever the fault, Commerce Layer must be told to send the event again
        metrics.add_metric(name=Metric.FAULTS, unit=MetricUnit.Count, value=1)
        logger.exception("order_event_failed")
        return _error(
            500, "INTERNAL_SERVER_ERROR", "Internal server error", "the event was not taken; send it again"
        )
    return _answer(200, {"meta": {"result": result}})


def _signed(event: dict[str, Any]) -> Order:
    # Not by Powertools' data classes: importing these costs a cold start more than our own modules do.
    return read_signed_order(
        WebhookRequest(
            method=event["requestContext"]["http"]["method"],
            path=event["rawPath"],
            headers={name.lower(): value for name, value in event["headers"].items()},
            body=event.get("body") or "",
            is_base64=bool(event.get("isBase64Encoded")),
        ),
        bootstrap.order_events(logger).secrets,
    )


def _take(order: Order) -> Result:
    parts, now = bootstrap.order_events(logger), int(time.time())
    taken = apply_order(order, table=parts.table, now=now, policy=parts.policy)
    names: list[str] = [EVENTS[taken.result]]
    if taken.watch is not None and not taken.watch.is_open:
        names += settlement_counts(taken.watch, now, parts.policy)
    for name in names:
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=1)
    logger.debug("order_event", extra={"order_id": order.id, "result": taken.result})
    return taken.result


def _error(status: int, code: str, title: str, detail: str) -> dict[str, Any]:
    return _answer(status, {"errors": [{"status": str(status), "code": code, "title": title, "detail": detail}]})


def _answer(status: int, body: dict[str, Any]) -> dict[str, Any]:
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/vnd.api+json"},
        "body": json.dumps(body),
    }
