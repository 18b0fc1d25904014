"""The organization's webhooks, with their shared secrets: listed, created, changed, deleted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from payment_refresh.adapters.commerce_layer.http import ApiRequest
from payment_refresh.adapters.commerce_layer.payments import records_of
from payment_refresh.adapters.commerce_layer.responses import CREATED, NO_CONTENT
from payment_refresh.domain.payment import is_id
from payment_refresh.errors import ServerError
from payment_refresh.rate_limit.budget import PAGE_SIZE
from payrefresh.ports import Webhook

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from payment_refresh.adapters.commerce_layer.http import Transport

PATH = "/api/webhooks"


@dataclass(frozen=True, slots=True)
class ApiWebhooks:
    """Implements the `Webhooks` port of a setup."""

    transport: Transport

    def list(self) -> Sequence[Webhook]:
        found: list[Webhook] = []
        behind: dict[str, str] = {}
        while True:
            params = {"sort": "id", "page[size]": str(PAGE_SIZE)} | behind
            records = records_of(self.transport.call(ApiRequest(PATH), params), PATH)
            found += [read_webhook(record) for record in records]
            if len(records) < PAGE_SIZE:
                return found
            behind = {"filter[q][id_gt]": found[-1].id}

    def create(self, *, name: str, topic: str, callback_url: str, includes: Sequence[str]) -> Webhook:
        attributes = {
            "name": name,
            "topic": topic,
            "callback_url": callback_url,
            "include_resources": [*includes],
            "_disable": True,
        }
        body = {"data": {"type": "webhooks", "attributes": attributes}}
        request = ApiRequest(PATH, method="POST", body=body, success=CREATED)
        return self._read(request)

    def change(self, webhook_id: str, attributes: Mapping[str, object]) -> Webhook:
        body = {"data": {"type": "webhooks", "id": webhook_id, "attributes": dict(attributes)}}
        return self._read(ApiRequest(f"{PATH}/{webhook_id}", method="PATCH", body=body))

    def delete(self, webhook_id: str) -> None:
        self.transport.call(ApiRequest(f"{PATH}/{webhook_id}", method="DELETE", success=NO_CONTENT), {})

    def _read(self, request: ApiRequest) -> Webhook:
        record = self.transport.call(request, {}).get("data")
        if not isinstance(record, dict):
            raise ServerError(f"{request} answered without a webhook")
        return read_webhook(record)


def read_webhook(record: Mapping[str, Any]) -> Webhook:
    """Read a webhook of a document; raises `ServerError` where it has no id."""
    given = record.get("attributes")
    attributes: Mapping[str, Any] = given if isinstance(given, dict) else {}
    webhook_id, includes = record.get("id"), attributes.get("include_resources")
    if not is_id(webhook_id):
        raise ServerError("a webhook without an id was listed")
    failures, secret = attributes.get("circuit_failure_count"), attributes.get("shared_secret")
    return Webhook(
        id=str(webhook_id),
        name=_text(attributes, "name"),
        topic=_text(attributes, "topic"),
        callback_url=_text(attributes, "callback_url"),
        includes=tuple(map(str, includes)) if isinstance(includes, list) else (),
        secret=secret if isinstance(secret, str) and secret else None,
        is_disabled=attributes.get("disabled_at") is not None,
        is_open=attributes.get("circuit_state") == "open",
        failures=failures if isinstance(failures, int) else 0,
    )


def _text(attributes: Mapping[str, Any], name: str) -> str:
    value = attributes.get(name)
    return value if isinstance(value, str) else ""
