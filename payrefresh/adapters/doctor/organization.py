"""A Commerce Layer organization, as the examination asks it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.adapters.commerce_layer.http import ApiRequest
from payment_refresh.adapters.commerce_layer.listings import CommerceLayerLists
from payment_refresh.adapters.commerce_layer.queries import refresh_body
from payment_refresh.adapters.commerce_layer.responses import NOT_FOUND, QUERY_REFUSED
from payment_refresh.domain.order_document import text
from payment_refresh.domain.payment import PaymentKey
from payment_refresh.errors import NotFound, PermissionMissing, RequestRefused, ServerError
from payrefresh.doctor.ports import May, RegisteredWebhook

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from payment_refresh.domain.deployment import ApiMode
    from payment_refresh.domain.listed import GatewayState
    from payrefresh.adapters import commerce_layer

NO_SUCH_PAYMENT = "payrefresh-doctor-tries-its-right"
"""An id that no payment can have: those of Commerce Layer have ten letters."""

FIELDS = "topic,callback_url,include_resources,disabled_at,circuit_state,circuit_failure_count"


@dataclass(frozen=True, slots=True)
class ExaminedOrganization:
    """Implements the `Organization` port."""

    opened: commerce_layer.Organization
    lists: CommerceLayerLists

    @classmethod
    def of(cls, opened: commerce_layer.Organization) -> ExaminedOrganization:
        """Examine an organization that a token was got for."""
        transport = opened.transport
        return cls(opened, CommerceLayerLists(transport=transport, log=transport.log))

    @property
    def slug(self) -> str:
        return self.opened.slug

    @property
    def mode(self) -> ApiMode:
        return self.opened.mode

    def may_read(self, resource: str) -> May:
        return self._try(
            ApiRequest(f"/api/{resource}"),
            {f"fields[{resource}]": "created_at", "page[size]": "1"},
            May.UNKNOWN_TYPE,
        )

    def may_update(self, resource: str) -> May:
        body = refresh_body(PaymentKey(resource, NO_SUCH_PAYMENT))
        return self._try(
            ApiRequest(f"/api/{resource}/{NO_SUCH_PAYMENT}", method="PATCH", body=body),
            {f"fields[{resource}]": "created_at"},
            May.YES,
        )

    def webhooks(self) -> Sequence[RegisteredWebhook]:
        try:
            records = list(self.lists.all_records("webhooks", f"{FIELDS},shared_secret"))
        except RequestRefused as error:
            if error.code not in QUERY_REFUSED:
                raise
            records = list(self.lists.all_records("webhooks", FIELDS))
        return [_webhook(text(record, "id") or "?", attributes) for record, attributes in records]

    def gateways(self, kind: str) -> Sequence[GatewayState]:
        return self.lists.list_gateways(kind)

    def _try(self, request: ApiRequest, params: Mapping[str, str], not_found: May) -> May:
        """Call; a 404 without a record's code is the edge's own, and says that there is no such type."""
        try:
            self.opened.transport.call(request, params)
        except PermissionMissing:
            return May.NO
        except NotFound:
            return not_found
        except ServerError as error:
            if error.status != NOT_FOUND:
                raise
            return May.UNKNOWN_TYPE
        return May.YES


def _webhook(webhook_id: str, attributes: Mapping[str, object]) -> RegisteredWebhook:
    includes, failures = attributes.get("include_resources"), attributes.get("circuit_failure_count")
    return RegisteredWebhook(
        id=webhook_id,
        topic=text(attributes, "topic") or "?",
        callback_url=text(attributes, "callback_url") or "?",
        includes=frozenset(str(each) for each in includes) if isinstance(includes, list) else frozenset(),
        is_enabled=attributes.get("disabled_at") is None,
        is_open=attributes.get("circuit_state") == "open",
        failures=failures if isinstance(failures, int) else 0,
        shared_secret=text(attributes, "shared_secret"),
    )
