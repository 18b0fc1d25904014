"""Use case: see whether the webhooks that should tell us, and Commerce Layer, are still in place."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from payment_refresh.domain.listed import GATEWAYS, TOPICS
from payment_refresh.errors import NotFound, PermissionMissing, RequestRefused, ServerError, TimedOut
from payment_refresh.metrics import Metric
from payment_refresh.use_cases.api_failures import report_failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from payment_refresh.metrics import Counts
    from payment_refresh.ports import Log, OrderListing


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookHealth:
    """Counts order webhooks that Commerce Layer stopped sending, and gateways without a webhook.

    Attributes
    ----------
    url_id
        What is only in our webhook URL: an order webhook whose callback URL holds it is ours.
    """

    api: OrderListing
    url_id: str
    log: Log

    def check(self, has_time: Callable[[], bool], counts: Counts) -> None:
        """Look at all; what the role may not read is left out and said in the log, since it is no fault.

        Raises
        ------
        CommerceLayerError
            Commerce Layer had better not be called now. What concerns one list alone is only counted and logged.
        """
        looks = {"webhooks": self._webhooks} | {kind: partial(self._gateways, kind) for kind in GATEWAYS}
        for what, look in looks.items():
            if not has_time():
                return
            counts[Metric.LIST_CALLS] += 1
            try:
                look(counts)
            except (PermissionMissing, RequestRefused, NotFound) as error:
                self.log.info("webhook_health_unavailable", extra={"of": what, "detail": str(error)})
            except (ServerError, TimedOut) as error:
                report_failure(error, counts, self.log)

    def _webhooks(self, counts: Counts) -> None:
        ours = [webhook for webhook in self.api.list_webhooks() if self.url_id in webhook.callback_url]
        broken = [webhook for webhook in ours if webhook.broken]
        for webhook in broken:
            detail = "Commerce Layer sends it no more: mend the cause, then reset its circuit or enable it"
            self.log.error(
                "webhook_broken", extra={"webhook_id": webhook.id, "topic": webhook.topic, "detail": detail}
            )
        if not ours:
            detail = "payments are known from the bus of order events, if there is one, and from discover alone"
            self.log.info("no_webhook_of_ours", extra={"detail": detail})
        # With some of ours, one that is missing was forgotten.
        missing = sorted(set(TOPICS) - {webhook.topic for webhook in ours}) if ours else []
        if missing:
            self.log.warning("webhooks_unregistered", extra={"topics": missing})
        counts[Metric.WEBHOOK_CIRCUITS_OPEN] = len(broken)
        counts[Metric.WEBHOOKS_UNREGISTERED] = len(missing)

    def _gateways(self, kind: str, counts: Counts) -> None:
        without = [gateway for gateway in self.api.list_gateways(kind) if not gateway.has_webhook]
        for gateway in without:
            detail = (
                "no webhook is registered with this gateway, so Commerce Layer hears of payments only by refresh"
            )
            self.log.error(
                "gateway_without_webhook",
                extra={"gateway": f"{gateway.type}/{gateway.id}", "gateway_name": gateway.name, "detail": detail},
            )
        counts[Metric.GATEWAYS_WITHOUT_WEBHOOK] += len(without)
