"""Looks at orders and refreshes payments through Commerce Layer's API."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import batched
from typing import TYPE_CHECKING

from payment_refresh.adapters.commerce_layer.http import ApiRequest, Transport
from payment_refresh.adapters.commerce_layer.queries import (
    ids_in,
    order_includes,
    order_params,
    payment_includes,
    payment_params,
    refresh_body,
)
from payment_refresh.adapters.commerce_layer.responses import OK, QUERY_REFUSED
from payment_refresh.domain.order_document import index_included, linked, order_from
from payment_refresh.domain.payment import ORDERS
from payment_refresh.errors import ServerError, UnreadableOrder
from payment_refresh.rate_limit.budget import PAGE_SIZE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from payment_refresh.adapters.commerce_layer.queries import QueryFallback
    from payment_refresh.adapters.commerce_layer.responses import Document
    from payment_refresh.domain.order import Order
    from payment_refresh.domain.payment import PaymentKey
    from payment_refresh.ports import Log


@dataclass(slots=True, kw_only=True)
class CommerceLayerApi:
    """Implements the `CommerceLayer` port."""

    transport: Transport
    log: Log
    _order_includes: QueryFallback = field(default_factory=order_includes, init=False)
    _payment_includes: QueryFallback = field(default_factory=payment_includes, init=False)

    def look(self, order_ids: Sequence[str], on_sent: Callable[[], None]) -> Mapping[str, Order]:
        found: dict[str, Order] = {}
        for chunk in batched(order_ids, PAGE_SIZE, strict=False):
            document = self._ask_orders(ApiRequest("/api/orders", on_sent=on_sent), ids_in(chunk))
            included = index_included(document)
            for record in records_of(document, "/api/orders"):
                try:
                    order = order_from(record, included)
                except UnreadableOrder as error:
                    self.log.error("order_unreadable", extra={"detail": str(error)})
                    continue
                if order.id in chunk:
                    found[order.id] = order
        return found

    def find_orders(
        self, payment_type: str, payment_ids: Sequence[str], on_sent: Callable[[], None]
    ) -> Mapping[str, str | None]:
        found: dict[str, str | None] = {}
        for chunk in batched(payment_ids, PAGE_SIZE, strict=False):
            params = payment_params(payment_type, ("order",)) | ids_in(chunk)
            request = ApiRequest(f"/api/{payment_type}", on_sent=on_sent)
            for record in records_of(self.transport.call(request, params), request.path):
                is_known, order = linked(record, "order")
                if record.get("type") == payment_type and record.get("id") in chunk:
                    is_null = is_known and order is None
                    found[record["id"]] = None if is_null else order[1] if order and order[0] == ORDERS else ""
        return found

    def retrieve(self, key: PaymentKey, on_sent: Callable[[], None]) -> Order | None:
        request = ApiRequest(_path(key), on_sent=on_sent)
        if key.is_order:
            document = self._ask_orders(request, {})
            return order_from(_record_of(document, key), index_included(document))
        return _order_included(self._ask_payment(request, key), key)

    def refresh(self, key: PaymentKey, on_sent: Callable[[], None]) -> Order | None:
        request = ApiRequest(_path(key), method="PATCH", body=refresh_body(key), on_sent=on_sent)
        return _order_included(self._ask_payment(request, key), key)

    def _ask_orders(self, request: ApiRequest, page: Mapping[str, str]) -> Document:
        includes = self._order_includes
        return self.transport.ask(
            request, lambda: {**page, **order_params(includes.current)}, dict.fromkeys(QUERY_REFUSED, includes)
        )

    def _ask_payment(self, request: ApiRequest, key: PaymentKey) -> Document:
        includes = self._payment_includes
        return self.transport.ask(
            request, lambda: payment_params(key.type, includes.current), dict.fromkeys(QUERY_REFUSED, includes)
        )


def records_of(document: Document, path: str) -> list[Document]:
    """The records of a list response; items that are not records are skipped.

    Raises
    ------
    ServerError
        There is no list, which must not be mistaken for an empty one.
    """
    records = document.get("data")
    if not isinstance(records, list):
        raise ServerError(f"GET {path} answered 200 without a list", status=OK)
    return [record for record in records if isinstance(record, dict)]


def _path(key: PaymentKey) -> str:
    return f"/api/{key.type}/{key.id}"


def _record_of(document: Document, key: PaymentKey) -> Document:
    """The requested record; raises `ServerError` if the response contains another."""
    record = document.get("data")
    if not isinstance(record, dict) or (record.get("type"), record.get("id")) != (key.type, key.id):
        raise ServerError(f"{_path(key)} answered 200 with something else", status=OK)
    return record


def _order_included(document: Document, key: PaymentKey) -> Order | None:
    """The order included with a payment; None if there is none that can be read."""
    included = index_included(document)
    _, link = linked(_record_of(document, key), "order")
    try:
        return order_from(included.get(link or ("", "")), included)
    except UnreadableOrder:
        return None
