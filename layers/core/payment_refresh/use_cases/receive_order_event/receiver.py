"""Receives order events from webhooks or from a bus: applies their orders and answers the sender."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from payment_refresh.domain.intake import Result
from payment_refresh.domain.measures import Measures, settlement_counts
from payment_refresh.domain.moment import Moment
from payment_refresh.domain.order_document import read_order
from payment_refresh.domain.payment import is_id
from payment_refresh.metrics import Metric
from payment_refresh.use_cases.apply_order import apply_order
from payment_refresh.use_cases.new_model import count_new_model
from payment_refresh.use_cases.receive_order_event.webhook import Refusal, read_request, read_signed_order

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from payment_refresh.domain.order import Order
    from payment_refresh.domain.policy import Policy
    from payment_refresh.ports import Clock, EdgeLog, StateTable
    from payment_refresh.use_cases.receive_order_event.signature import WebhookSecrets

METRICS = {
    Result.WATCHING: Metric.EVENT_WATCHING,
    Result.UPDATED: Metric.EVENT_UPDATED,
    Result.ENDED: Metric.EVENT_ENDED,
    Result.DEFERRED: Metric.EVENT_DEFERRED,
    Result.STALE: Metric.EVENT_STALE,
    Result.IGNORED: Metric.EVENT_IGNORED,
}
"""In which metric an event counts, by what it led to."""


class OrderEventParts(NamedTuple):
    """What order events are received with.

    Attributes
    ----------
    unreadable
        How many settings cannot be read, so that their defaults hold.
    """

    secrets: WebhookSecrets
    table: StateTable
    policy: Policy
    unreadable: int = 0


class Received(NamedTuple):
    """What an order event led to, the metrics it counts in, and what is measured where it ended a watch."""

    result: Result
    metrics: Sequence[Metric]
    measures: Measures


class WebhookAnswer(NamedTuple):
    """What a request to the webhook URL is answered, as a JSON:API document, and what to count and measure."""

    status: int
    document: Mapping[str, object]
    metrics: Sequence[Metric]
    measures: Measures


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveOrderEvent:
    """Receives order events.

    Attributes
    ----------
    parts
        Gives what to receive with; what it raises is our own fault.
    """

    parts: Callable[[], OrderEventParts]
    clock: Clock
    log: EdgeLog

    def from_webhook(self, event: Mapping[str, Any]) -> WebhookAnswer:
        """Answer one webhook: 200 when it was applied or is none of ours, else an error object; never raises.

        Parameters
        ----------
        event
            The request, as the Function URL hands it on.
        """
        try:
            received = self._apply(read_signed_order(read_request(event), self.parts().secrets))
        except Refusal as refusal:
            self.log.warning("order_event_refused", extra={"status": refusal.status, "code": refusal.code})
            return _error(refusal.status, refusal.code, refusal.title, str(refusal), refusal.metrics)
        except Exception:  # the edge: whatever the fault, Commerce Layer must be asked to send the event again
            self.log.exception("order_event_failed", extra={})
            detail = "the event was not taken; send it again"
            return _error(500, "INTERNAL_SERVER_ERROR", "Internal server error", detail, (Metric.FAULTS,))
        document = {"meta": {"result": received.result}}
        return WebhookAnswer(200, document, received.metrics, received.measures)

    def from_bus(self, event: Mapping[str, Any]) -> Received:
        """Take an event of the bus, where IAM stands in for the signature.

        Parameters
        ----------
        event
            As EventBridge hands it on; its detail is what a webhook's body would be.

        Raises
        ------
        Exception
            Whatever the fault, it is logged and raised: what fails is tried again, then kept.
        """
        try:
            return self._apply(read_order(event["detail"]))
        except Exception:
            event_id = event.get("id")
            self.log.exception("order_event_failed", extra={"event_id": event_id if is_id(event_id) else None})
            raise

    def _apply(self, order: Order) -> Received:
        parts, now = self.parts(), int(self.clock())
        applied = apply_order(order, table=parts.table, at=Moment(now=now, policy=parts.policy))
        metrics = [METRICS[applied.result], *[Metric.SETTINGS_UNREADABLE] * parts.unreadable]
        metrics += count_new_model([order], self.log)
        measures = Measures()
        if applied.watch is not None and not applied.watch.is_open:
            metrics += settlement_counts(applied.watch, now, parts.policy)
            measures.add(applied.watch, now)
        self.log.debug("order_event", extra={"order_id": order.id, "result": applied.result})
        return Received(applied.result, metrics, measures)


def _error(status: int, code: str, title: str, detail: str, metrics: Sequence[Metric]) -> WebhookAnswer:
    error = {"status": str(status), "code": code, "title": title, "detail": detail}
    return WebhookAnswer(status, {"errors": [error]}, metrics, Measures())
