"""Each call to Commerce Layer: its possible results, a document that answers it, and what is read of that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from payment_refresh.domain.discovery import Listing
from payment_refresh.domain.order_document import ORDER_FIELDS, ORDER_RELATIONS
from payment_refresh.domain.payment import ORDERS, REFRESHABLE, PaymentKey, is_id
from payment_refresh.errors import UnreadableOrder
from tests.contract.api import jwt
from tests.hostile.values import CANARY
from tests.support.commerce_layer import unheard
from tests.unit import payloads

if TYPE_CHECKING:
    from collections.abc import Callable, Set

    from payment_refresh.domain.order import Order
    from tests.hostile.wire import Wire

type Json = dict[str, Any]

KEY, ORDER_KEY = payloads.PAYMENT, PaymentKey(ORDERS, payloads.ORDER_ID)
LISTING = Listing(
    name="placed",
    statuses=frozenset({"placed"}),
    payment_statuses=frozenset({"unpaid"}),
    payment_types=frozenset(REFRESHABLE),
    updated_from="2026-01-01T00:00:00.000Z",
    quiet_since="2026-02-01T00:00:00.000Z",
)
LINE = 2_000
"""Bytes: no more than this of a record should be logged."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call that checks what it gets.

    Attributes
    ----------
    read
        The names of what is read of the document.
    """

    make: Callable[[Wire], None]
    document: Json
    read: Set[str] = frozenset()

    def __str__(self) -> str:
        return self.make.__name__


def look(wire: Wire) -> None:
    assert wire.api.look([ORDER_KEY.id, "aNoThErAbC"], unheard).keys() <= {ORDER_KEY.id, "aNoThErAbC"}


def find_orders(wire: Wire) -> None:
    found = wire.api.find_orders(KEY.type, [KEY.id], unheard)
    assert found.keys() <= {KEY.id}
    assert all(is_id(id_) for id_ in found.values())


def retrieve_order(wire: Wire) -> None:
    try:
        order = wire.api.retrieve(ORDER_KEY, unheard)
    except UnreadableOrder:
        return
    assert order is not None
    assert order.id == ORDER_KEY.id


def retrieve_payment(wire: Wire) -> None:
    _check(wire.api.retrieve(KEY, unheard))


def refresh(wire: Wire) -> None:
    _check(wire.api.refresh(KEY, lambda: None))


def list_orders(wire: Wire) -> None:
    page = wire.lists.list_orders(LISTING, None)
    for order in page.orders:
        _check(order)
        assert LISTING.wants(order) in (True, False)
    assert page.after is None or is_id(page.after)


def list_webhooks(wire: Wire) -> None:
    for webhook in wire.lists.list_webhooks():
        assert len(f"{webhook.id}{webhook.topic}".encode()) < LINE
        assert isinstance(webhook.callback_url, str)


def list_gateways(wire: Wire) -> None:
    for gateway in wire.lists.list_gateways("stripe_gateways"):
        assert len(f"{gateway.id}{gateway.name}".encode()) < LINE


def get_token(wire: Wire) -> None:
    assert wire.tokens.get().isascii()


def _check(order: Order | None) -> None:
    assert order is None or (is_id(order.id) and isinstance(order.status, str))


def _a_list(document: Json) -> Json:
    """The document as a list of its one record."""
    return document | {"data": [document["data"]], "meta": {"record_count": 1, "trace_id": "trace-1"}}


def _records(kind: str, attributes: Json) -> Json:
    return {"data": [{"type": kind, "id": "aReCoRdAbC", "attributes": attributes}]}


RECORD = {"data", "type", "id", "attributes"}
ORDER = payloads.document(
    payloads.payment(client_secret=CANARY), [payloads.failed("aTtEmPt")], auto_place=True, customer_email=CANARY
)
PAYMENT: Json = {
    "data": payloads.payment(client_secret=CANARY)
    | {"relationships": {"order": {"data": payloads.link(ORDERS, ORDER_KEY.id)}}},
    "included": [ORDER["data"], *ORDER["included"]],
}
WEBHOOK = {"topic": "orders.place", "callback_url": "https://x.example/orders.place", "shared_secret": CANARY}
GATEWAY = {"name": "a name", "disabled_at": None, "webhook_endpoint_id": "we", "webhook_endpoint_secret": CANARY}
TOKEN = {"access_token": jwt(), "token_type": "bearer", "expires_in": 7200, "refresh_token": CANARY}

LOOK = Call(look, _a_list(ORDER), {*ORDER_FIELDS, *ORDER_RELATIONS, *RECORD, "relationships", "included"})
FIND = Call(find_orders, _a_list(PAYMENT), RECORD)
RETRIEVE_ORDER = Call(retrieve_order, ORDER)
RETRIEVE_PAYMENT = Call(retrieve_payment, PAYMENT)
REFRESH = Call(refresh, PAYMENT, {"data", "type", "id", "relationships", "order", "included"})
LIST = Call(list_orders, _a_list(payloads.document()), {"data", "type", "id", "updated_at"})
WEBHOOKS = Call(list_webhooks, _records("webhooks", WEBHOOK), RECORD | WEBHOOK.keys())
GATEWAYS = Call(list_gateways, _records("stripe_gateways", GATEWAY), RECORD | GATEWAY.keys())
GET_TOKEN = Call(get_token, TOKEN, {"access_token", "expires_in"})
API_CALLS = [LOOK, FIND, RETRIEVE_ORDER, RETRIEVE_PAYMENT, REFRESH, LIST, WEBHOOKS, GATEWAYS]
CALLS = [*API_CALLS, GET_TOKEN]
