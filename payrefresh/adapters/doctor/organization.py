"""A Commerce Layer organization, as the examination asks it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.adapters.commerce_layer.listings import CommerceLayerLists
from payrefresh.adapters import tried_rights
from payrefresh.adapters.webhooks import ApiWebhooks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payment_refresh.domain.deployment import ApiMode
    from payment_refresh.domain.listed import GatewayState
    from payrefresh.adapters import commerce_layer
    from payrefresh.ports import May, Webhook


@dataclass(frozen=True, slots=True)
class ExaminedOrganization:
    """Implements the `Organization` port, of an organization that a token was got for."""

    opened: commerce_layer.Organization

    @property
    def slug(self) -> str:
        return self.opened.slug

    @property
    def mode(self) -> ApiMode:
        return self.opened.mode

    def may_read(self, resource: str) -> May:
        return tried_rights.may_read(self.opened.transport, resource)

    def may_update(self, resource: str) -> May:
        return tried_rights.may_update(self.opened.transport, resource)

    def webhooks(self) -> Sequence[Webhook]:
        return ApiWebhooks(self.opened.transport).list()

    def gateways(self, kind: str) -> Sequence[GatewayState]:
        transport = self.opened.transport
        return CommerceLayerLists(transport=transport, log=transport.log).list_gateways(kind)
