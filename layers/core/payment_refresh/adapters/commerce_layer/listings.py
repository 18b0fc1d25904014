"""Paged lists of Commerce Layer: orders that may be stuck, webhooks, gateways."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from payment_refresh.adapters.commerce_layer.http import ApiRequest, Transport
from payment_refresh.adapters.commerce_layer.payments import records_of
from payment_refresh.adapters.commerce_layer.queries import (
    listing_filters,
    order_includes,
    order_params,
    page_params,
)
from payment_refresh.adapters.commerce_layer.responses import QUERY_REFUSED
from payment_refresh.domain.listed import GatewayState, OrderPage, WebhookState
from payment_refresh.domain.order_document import index_included, order_from, text
from payment_refresh.domain.payment import is_id
from payment_refresh.errors import UnreadableOrder
from payment_refresh.rate_limit.budget import PAGE_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from payment_refresh.adapters.commerce_layer.queries import QueryFallback
    from payment_refresh.adapters.commerce_layer.responses import Document
    from payment_refresh.domain.discovery import Listing
    from payment_refresh.domain.order import Order
    from payment_refresh.ports import Log

FILTER_REFUSED = "FILTER_NOT_ALLOWED"
UNTOLD = "?"
MOST_PAGES = 20
"""Maximum pages of webhooks or gateways; an organization has a handful of each."""


@dataclass(slots=True, kw_only=True)
class CommerceLayerLists:
    """Implements the `OrderListing` port.

    Pages by id (``sort=id`` and ``id_gt``), as Commerce Layer's own SDK does: with page numbers, a record created
    or changed between two requests would shift others across page boundaries.
    """

    transport: Transport
    log: Log
    _includes: QueryFallback = field(default_factory=order_includes, init=False)
    _filters: QueryFallback = field(default_factory=listing_filters, init=False)

    def list_orders(self, listing: Listing, after: str | None) -> OrderPage:
        document = self.transport.ask(
            ApiRequest("/api/orders"),
            lambda: page_params(listing, self._filters.current, after) | order_params(self._includes.current),
            dict.fromkeys(QUERY_REFUSED, self._includes) | {FILTER_REFUSED: self._filters},
        )
        records = records_of(document, "/api/orders")
        orders = tuple(orders_in(document, records, self.log))
        return OrderPage(orders=orders, after=next_after(records, after))

    def list_webhooks(self) -> Sequence[WebhookState]:
        fields = "topic,callback_url,circuit_state,circuit_failure_count,disabled_at"
        return [
            WebhookState(
                id=text(record, "id") or UNTOLD,
                topic=text(attributes, "topic") or UNTOLD,
                callback_url=url if isinstance(url := attributes.get("callback_url"), str) else UNTOLD,
                is_open=attributes.get("circuit_state") == "open",
                is_disabled=attributes.get("disabled_at") is not None,
                failures=failures if isinstance(failures := attributes.get("circuit_failure_count"), int) else 0,
            )
            for record, attributes in self.all_records("webhooks", fields)
        ]

    def list_gateways(self, gateway_type: str) -> Sequence[GatewayState]:
        return [
            GatewayState(
                type=gateway_type,
                id=text(record, "id") or UNTOLD,
                name=text(attributes, "name") or UNTOLD,
                has_webhook=bool(attributes.get("webhook_endpoint_id")),
            )
            for record, attributes in self.all_records(gateway_type, "name,disabled_at,webhook_endpoint_id")
            if attributes.get("disabled_at") is None
        ]

    def all_records(self, resource: str, fields: str) -> Iterator[tuple[Document, Mapping[str, object]]]:
        """Iterate over all records of a type, each with its attributes.

        Parameters
        ----------
        fields
            The attributes to list; without them, webhooks and gateways would show their secrets.
        """
        after: str | None = None
        for _ in range(MOST_PAGES):
            params = {f"fields[{resource}]": fields, "sort": "id", "page[size]": str(PAGE_SIZE)}
            behind = {} if after is None else {"filter[q][id_gt]": after}
            request = ApiRequest(f"/api/{resource}")
            records = records_of(self.transport.call(request, params | behind), request.path)
            for record in records:
                attributes = record.get("attributes")
                if record.get("type") == resource:
                    yield record, attributes if isinstance(attributes, dict) else {}
            after = next_after(records, after)
            if after is None:
                return


def orders_in(document: Document, records: Sequence[Document], log: Log) -> Iterator[Order]:
    """Read the orders of a list response; one that cannot be read is logged and left out."""
    included = index_included(document)
    for record in records:
        try:
            yield order_from(record, included)
        except UnreadableOrder as error:
            log.error("order_unreadable", extra={"detail": str(error)})


def next_after(records: Sequence[Document], after: str | None) -> str | None:
    """Give the id after which the next page begins; None after a page that is not full or does not advance."""
    last = records[-1].get("id") if len(records) >= PAGE_SIZE else None
    return last if is_id(last) and last != after else None
