"""Use case: check the webhooks from Commerce Layer to this stack, and from gateways to Commerce Layer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from payment_refresh.domain.listed import GATEWAYS, TOPICS
from payment_refresh.errors import NotFound, PermissionMissing, RequestRefused, ServerError, TimedOut
from payment_refresh.metrics import Metric
from payment_refresh.use_cases.api_failures import report_failure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from payment_refresh.domain.listed import WebhookState
    from payment_refresh.metrics import Counts
    from payment_refresh.ports import Log, OrderListing


MANY_FAILURES = 10
"""Deliveries in a row that failed, from which on they are no accident; the circuit opens at thirty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookHealth:
    """Counts broken and unregistered order webhooks, and gateways without a webhook.

    Attributes
    ----------
    url_id
        Unique part of the stack's webhook URL: a webhook whose callback URL contains it is ours. None where the
        stack takes no webhooks, and none is looked for.
    has_bus
        Whether order events come by a bus too, so that no webhook of ours need be registered.
    """

    api: OrderListing
    url_id: str | None
    has_bus: bool
    log: Log

    def check(self, has_time: Callable[[], bool], counts: Counts) -> None:
        """Check all of them; a list that cannot be read is skipped, and counted where the role lacks the right.

        Raises
        ------
        CommerceLayerError
            A failure after which no further call should be made. Failures of a single list are counted and logged.
        """
        looks: dict[str, Callable[[Counts], None]] = {kind: partial(self._gateways, kind) for kind in GATEWAYS}
        if self.url_id is not None:
            looks = {"webhooks": partial(self._webhooks, self.url_id)} | looks
        for what, look in looks.items():
            if not has_time():
                return
            counts[Metric.LIST_CALLS] += 1
            counts[Metric.HEALTH_UNKNOWN] += 0  # said also where all may be read
            try:
                look(counts)
            except (PermissionMissing, RequestRefused, NotFound) as error:
                self.log.info("webhook_health_unavailable", extra={"of": what, "detail": str(error)})
                counts[Metric.HEALTH_UNKNOWN] += isinstance(error, PermissionMissing)
            except (ServerError, TimedOut) as error:
                report_failure(error, counts, self.log)

    def _webhooks(self, url_id: str, counts: Counts) -> None:
        ours = [webhook for webhook in self.api.list_webhooks() if url_id in webhook.callback_url]
        broken = [webhook for webhook in ours if webhook.is_open]
        for webhook in broken:
            detail = "Commerce Layer no longer sends it: fix the cause, then reset its circuit"
            self.log.error(
                "webhook_broken", extra={"webhook_id": webhook.id, "topic": webhook.topic, "detail": detail}
            )
        for webhook in ours:
            if webhook.failures >= MANY_FAILURES and not webhook.is_open:
                extra = {"webhook_id": webhook.id, "topic": webhook.topic, "failures": webhook.failures}
                self.log.warning("webhook_failing", extra=extra)
        missing = self._missing(ours)
        if missing:
            self.log.warning("webhooks_unregistered", extra={"topics": missing})
        counts[Metric.WEBHOOK_CIRCUITS_OPEN] = len(broken)
        counts[Metric.WEBHOOK_FAILURES] = max((webhook.failures for webhook in ours), default=0)
        counts[Metric.WEBHOOKS_UNREGISTERED] = len(missing)

    def _missing(self, ours: Sequence[WebhookState]) -> list[str]:
        """Name the topics without a webhook that is enabled, where there ought to be one.

        Where order events come by a bus, there ought to be none, or all of them: then a missing one was forgotten.
        """
        if self.has_bus and not ours:
            detail = "order events come by the bus, and by no webhook"
            self.log.info("no_webhook_of_ours", extra={"detail": detail})
            return []
        return sorted(set(TOPICS) - {webhook.topic for webhook in ours if not webhook.is_disabled})

    def _gateways(self, kind: str, counts: Counts) -> None:
        without = [gateway for gateway in self.api.list_gateways(kind) if not gateway.has_webhook]
        for gateway in without:
            detail = (
                "no webhook is registered with this gateway, so Commerce Layer learns of payments only by refresh"
            )
            self.log.error(
                "gateway_without_webhook",
                extra={"gateway": f"{gateway.type}/{gateway.id}", "gateway_name": gateway.name, "detail": detail},
            )
        counts[Metric.GATEWAYS_WITHOUT_WEBHOOK] += len(without)
