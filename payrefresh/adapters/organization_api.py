"""An organization as a setup sees it: its rights, each tried, its webhooks, and its paid orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from payment_refresh.adapters.commerce_layer.http import ApiRequest
from payment_refresh.adapters.commerce_layer.payments import records_of
from payment_refresh.domain.payment import is_id
from payrefresh.adapters.tried_rights import may_read, may_update
from payrefresh.adapters.webhooks import ApiWebhooks
from payrefresh.errors import OperatorError
from payrefresh.ports import May
from payrefresh.setup.rights import READ

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from payment_refresh.adapters.commerce_layer.http import Transport
    from payment_refresh.domain.deployment import ApiMode
    from payrefresh.adapters.commerce_layer import Organization
    from payrefresh.setup.rights import Right

LOOKED_AT = 10


@dataclass(frozen=True, slots=True)
class SetupApi:
    """Implements the `OrganizationApi` port of a setup."""

    organization: Organization

    @property
    def slug(self) -> str:
        return self.organization.slug

    @property
    def mode(self) -> ApiMode:
        return self.organization.mode

    @property
    def base_url(self) -> str:
        return self.organization.base_url

    @property
    def webhooks(self) -> ApiWebhooks:
        return ApiWebhooks(self.organization.transport)

    @property
    def paid_orders(self) -> ApiPaidOrders:
        return ApiPaidOrders(self.organization.transport)

    def may(self, right: Right) -> bool:
        transport = self.organization.transport
        if right.verb != READ:
            return may_update(transport, right.resource) is not May.NO
        answer = may_read(transport, right.resource)
        if answer is May.UNKNOWN_TYPE:
            raise OperatorError(
                f"{self.base_url} knows no {right.resource}: check that this is the organization's API host; "
                "where its API is of a later version, give the parameter CommerceLayerApiVersion = 2017-08 in an "
                "answers file (--answers)"
            )
        return answer is May.YES


@dataclass(frozen=True, slots=True)
class ApiPaidOrders:
    """Implements the `PaidOrders` port of a setup."""

    transport: Transport

    def newest(self) -> Sequence[str]:
        params = {
            "filter[q][status_in]": "placed,approved",
            "filter[q][payment_status_in]": "authorized,paid",
            "sort": "-placed_at",
            "page[size]": str(LOOKED_AT),
            "fields[orders]": "number",
        }
        records = records_of(self.transport.call(ApiRequest("/api/orders"), params), "/api/orders")
        return [record["id"] for record in records if is_id(record.get("id"))]

    def document(self, order_id: str, includes: Sequence[str]) -> Mapping[str, Any]:
        # As a webhook's body: all fields, since that is what the stack has to take.
        return self.transport.call(ApiRequest(f"/api/orders/{order_id}"), {"include": ",".join(includes)})
