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
    from collections.abc import Callable

    from payment_refresh.metrics import Counts
    from payment_refresh.ports import Log, OrderListing


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookHealth:
    """Counts broken and unregistered order webhooks, and gateways without a webhook.

    Attributes
    ----------
    url_id
        Unique part of the stack's webhook URL: a webhook whose callback URL contains it is ours. None where the
        stack takes no webhooks, and none is looked for.
    """

    api: OrderListing
    url_id: str | None
    log: Log

    def check(self, has_time: Callable[[], bool], counts: Counts) -> None:
        """Check all of them; those the role may not read are skipped and logged at INFO, as that is not a failure.

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
            try:
                look(counts)
            except (PermissionMissing, RequestRefused, NotFound) as error:
                self.log.info("webhook_health_unavailable", extra={"of": what, "detail": str(error)})
            except (ServerError, TimedOut) as error:
                report_failure(error, counts, self.log)

    def _webhooks(self, url_id: str, counts: Counts) -> None:
        ours = [webhook for webhook in self.api.list_webhooks() if url_id in webhook.callback_url]
        broken = [webhook for webhook in ours if webhook.broken]
        for webhook in broken:
            detail = "Commerce Layer no longer sends it: fix the cause, then reset its circuit or enable it"
            self.log.error(
                "webhook_broken", extra={"webhook_id": webhook.id, "topic": webhook.topic, "detail": detail}
            )
        if not ours:
            detail = "payments are found only by discover, and by events of the order events bus if one is set"
            self.log.info("no_webhook_of_ours", extra={"detail": detail})
        # If some topics are registered, a missing one was forgotten.
        missing = sorted(set(TOPICS) - {webhook.topic for webhook in ours}) if ours else []
        if missing:
            self.log.warning("webhooks_unregistered", extra={"topics": missing})
        counts[Metric.WEBHOOK_CIRCUITS_OPEN] = len(broken)
        counts[Metric.WEBHOOKS_UNREGISTERED] = len(missing)

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
