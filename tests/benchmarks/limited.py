"""Commerce Layer behind the sandbox's own rate limiter, in virtual time: orders of which most have moved."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import httpx

from payment_refresh.domain.payment import ORDERS
from sandbox.calls import route_of
from sandbox.limits import RateLimiter
from tests.contract.api import token_answer
from tests.support.samples import STRIPE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from payment_refresh.domain.order import Order
    from sandbox.config import Switches
    from tests.benchmarks.threads import Time

ADDRESS = "192.0.2.1"
"""All calls come from one, since the limits are per address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Seconds, drawn for each call: on the way to the API, and until its answer is there."""

    there: Callable[[], float]
    answer: Callable[[], float]


@dataclass(slots=True, kw_only=True)
class LimitedApi:
    """Answers looks and refreshes; a refresh moves its order, since the gateway has the money.

    Attributes
    ----------
    orders
        By id; payments and orders share the part of the id behind ``pay-`` and ``order-``.
    settle
        Makes the order that a refresh leaves.
    deleted
        Ids of orders that are gone, and their payments with them.
    broken
        Ids of orders whose payments cannot be refreshed, and what the API does instead.
    shown
        When each order was asked for first, while it was there.
    calls
        When each call came to the API, and its method; refused ones too.
    refused
        How many of them the limiter refused.
    """

    time: Time
    switches: Switches
    latency: Latency
    orders: dict[str, Order]
    settle: Callable[[Order], Order]
    deleted: Collection[str] = frozenset()
    broken: Mapping[str, Callable[[httpx.Request], httpx.Response]] = field(default_factory=dict)
    shown: dict[str, float] = field(default_factory=dict)
    calls: list[tuple[float, str]] = field(default_factory=list)
    refused: int = 0
    limiter: RateLimiter = field(init=False)

    def __post_init__(self) -> None:
        """Let the limiter go by virtual time."""
        self.limiter = RateLimiter(lambda: self.time.now, "live", self.switches)

    @property
    def by_method(self) -> Counter[str]:
        """Count calls."""
        return Counter(method for _, method in self.calls)

    def admit(self, method: str, path: str) -> tuple[bool, dict[str, str]]:
        """Travel to the API and pass its limiter, or not; then wait for the answer."""
        self.time.sleep(self.latency.there())
        self.calls.append((self.time.now, method))
        verdict = self.limiter.call(ADDRESS, method, route_of(path))
        self.refused += not verdict.allowed
        self.time.sleep(self.latency.answer() if verdict.allowed else 0.02)
        return verdict.allowed, verdict.headers()

    def respond(self, request: httpx.Request) -> httpx.Response:
        """Answer a request of the real client."""
        if request.url.path == "/oauth/token":
            return token_answer()
        allowed, headers = self.admit(request.method, request.url.path)
        if not allowed:
            return httpx.Response(429, text="Too Many Requests", headers=headers)
        kind, _, id_ = request.url.path.removeprefix("/api/").partition("/")
        ids = [_order_id(each) for each in _ids(request, id_)]
        there = [each for each in ids if each in self.orders and each not in self.deleted]
        if id_ and not there:
            return httpx.Response(404, json={"errors": [{"code": "RECORD_NOT_FOUND"}]}, headers=headers)
        if request.method == "PATCH":
            if ids[0] in self.broken:
                return self.broken[ids[0]](request)
            self.refresh(id_)
        else:
            for each in there:
                self.shown.setdefault(each, self.time.now)
        found = [self.orders[each] for each in there]
        document = _orders(found) if kind == ORDERS else _payments(found)
        if id_:
            document["data"] = document["data"][0]
        return httpx.Response(200, content=json.dumps(document), headers=headers)

    def refresh(self, payment_id: str) -> None:
        """Let the order move."""
        id_ = _order_id(payment_id)
        self.orders[id_] = self.settle(self.orders[id_])


def _ids(request: httpx.Request, id_: str) -> list[str]:
    return [id_] if id_ else parse_qs(request.url.query.decode())["filter[q][id_in]"][0].split(",")


def _order_id(id_: str) -> str:
    return id_.replace("pay-", "order-")


def _orders(orders: list[Order]) -> dict[str, Any]:
    sources = [
        {"type": STRIPE, "id": order.source_id, "attributes": {"stripe_id": order.gateway_id}} for order in orders
    ]
    return {"data": [_record(order) for order in orders], "included": sources}


def _payments(orders: list[Order]) -> dict[str, Any]:
    links = [{"order": {"data": {"type": ORDERS, "id": order.id}}} for order in orders]
    payments = [
        {"type": STRIPE, "id": order.source_id, "attributes": {}, "relationships": link}
        for order, link in zip(orders, links, strict=True)
    ]
    return {"data": payments, "included": [_record(order) for order in orders]}


def _record(order: Order) -> dict[str, Any]:
    """Write an order with the fields that are asked for."""
    attributes = {
        "number": order.number,
        "status": order.status,
        "payment_status": order.payment_status,
        "total_amount_with_taxes_cents": order.amount_cents,
        "currency_code": order.currency,
        "placed_at": order.placed_at,
        "created_at": order.created_at,
        "updated_at": order.updated_at,
        "payment_updated_at": order.payment_updated_at,
    }
    source = {"data": {"type": order.source_type, "id": order.source_id}}
    relations = {"payment_source": source, "authorizations": {"data": []}}
    return {"type": ORDERS, "id": order.id, "attributes": attributes, "relationships": relations}
