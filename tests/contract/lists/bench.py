"""Organizations that the tests of the lists are held against: the fake, and the sandbox."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from payment_refresh.adapters.commerce_layer.listings import CommerceLayerLists
from payment_refresh.domain.cursor import Cursor, Pass
from payment_refresh.domain.discovery import Listing, listings
from payment_refresh.domain.listed import GatewayState, WebhookState
from payment_refresh.domain.payment import REFRESHABLE, PaymentKey
from payment_refresh.domain.policy import DAY, HOUR, MINUTE, Policy
from payment_refresh.domain.window import Window
from payment_refresh.times import to_iso
from tests.support import samples
from tests.support.clock import START
from tests.support.commerce_layer import FakeCommerceLayer
from tests.support.listing import FakeOrderListing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payment_refresh.domain.order import Order
    from payment_refresh.ports import OrderListing
    from tests.contract.api import Wire
    from tests.integration.sandbox.driver import Driver

WINDOW = Window(after=30 * MINUTE, placed=20 * DAY, carts=48 * HOUR)
LISTINGS: dict[str, Listing] = {
    listing.name: listing for of in Pass for listing in listings(Cursor(of=of).begun(START), WINDOW, Policy())
}


class Bench(Protocol):
    """An organization, and what the tests must be able to do in it."""

    api: OrderListing

    def order(self, kind: str = ..., *, ago: float = ..., auto_place: bool = ..., payment: bool = ...) -> str:
        """Place an order, so many seconds ago; gives its id."""
        ...

    def cart(self, kind: str = ..., *, ago: float = ..., auto_place: bool = ..., payment: bool = ...) -> str:
        """Make a cart, so many seconds ago; gives its id."""
        ...

    def pay(self, order_id: str, *, ago: float) -> None:
        """Let an order be authorized, so many seconds ago."""
        ...

    def cancel(self, order_id: str, *, ago: float) -> None:
        """Let the merchant cancel an order, so many seconds ago."""
        ...

    def payment_of(self, order_id: str) -> PaymentKey:
        """Give an order's payment."""
        ...

    def webhook(self, topic: str, url: str) -> str:
        """Register a webhook; gives its id."""
        ...

    def break_webhook(self, webhook_id: str, topic: str, how: str) -> None:
        """Open a webhook's circuit, or disable it."""
        ...

    def unregister(self, gateway_type: str) -> None:
        """Take a gateway's webhook endpoint away."""
        ...


class FakeBench:
    """The fake."""

    def __init__(self) -> None:
        self.fake = FakeCommerceLayer()
        self.listing = FakeOrderListing(commerce_layer=self.fake)
        self.listing.gateways = [
            GatewayState(type=kind, id=f"gw-{name}", name=f"{name} gateway", has_webhook=True)
            for kind, name in (
                ("stripe_gateways", "stripe"),
                ("stripe_gateways", "second stripe"),
                ("checkout_com_gateways", "checkout_com"),
            )
        ]
        self.api: OrderListing = self.listing

    def order(self, kind: str = samples.STRIPE, **wanted: Any) -> str:
        return self._made(samples.order, kind, **wanted)

    def cart(self, kind: str = samples.STRIPE, **wanted: Any) -> str:
        return self._made(samples.cart, kind, **wanted)

    def _made(
        self, make: Any, kind: str, *, ago: float = 0, auto_place: bool = False, payment: bool = True
    ) -> str:
        name = f"{len(self.fake.orders):03}"
        order: Order = make(name, at=START - ago, kind=kind, auto_place=auto_place)
        if not payment:
            order = replace(order, source_type=None, source_id=None, gateway_id=None)
        if kind == "checkout_com_payments":
            order = replace(order, gateway_id=None)
        self.fake.put(order)
        return order.id

    def pay(self, order_id: str, *, ago: float) -> None:
        self.fake.put(samples.authorized(self.fake.orders[order_id], START - ago))

    def cancel(self, order_id: str, *, ago: float) -> None:
        at = to_iso(START - ago)
        self.fake.put(replace(self.fake.orders[order_id], status="cancelled", cancelled_at=at, updated_at=at))

    def payment_of(self, order_id: str) -> PaymentKey:
        payment = self.fake.orders[order_id].payment
        assert payment is not None
        return payment

    def webhook(self, topic: str, url: str) -> str:
        webhook = WebhookState(id=f"wh-{topic}", topic=topic, callback_url=url)
        self.listing.webhooks.append(webhook)
        return webhook.id

    def break_webhook(self, webhook_id: str, topic: str, how: str) -> None:
        assert topic
        state = {"is_open": True, "failures": 30} if how == "circuit" else {"is_disabled": True}
        self.listing.webhooks = [
            replace(webhook, **state) if webhook.id == webhook_id else webhook for webhook in self.listing.webhooks
        ]

    def unregister(self, gateway_type: str) -> None:
        self.listing.gateways = [
            replace(gateway, has_webhook=gateway.type != gateway_type) for gateway in self.listing.gateways
        ]


class SandboxBench:
    """The sandbox, through the adapter."""

    def __init__(self, driver: Driver, wire: Wire) -> None:
        self.driver, self.wire = driver, wire
        self.lists = CommerceLayerLists(transport=wire.api.transport, log=wire.log)
        self.api: OrderListing = self.lists
        self.made: dict[str, dict[str, str]] = {}

    def order(self, kind: str = samples.STRIPE, **wanted: Any) -> str:
        return self._made(kind, "placed", **wanted)

    def cart(self, kind: str = samples.STRIPE, **wanted: Any) -> str:
        return self._made(kind, "pending", **wanted)

    def _made(self, kind: str, status: str, *, ago: float = 0, **wanted: Any) -> str:
        made = self.driver.order(payment_type=kind, status=status, ago_s=ago, announce=False, **wanted)
        self.made[made["order_id"]] = made
        return made["order_id"]

    def pay(self, order_id: str, *, ago: float) -> None:
        for action in ("authorize", "deliver"):
            self.driver.act(self.made[order_id], action, ago_s=ago)

    def cancel(self, order_id: str, *, ago: float) -> None:
        made = self.made[order_id]
        if self.driver.attributes(made)["payment_status"] == "authorized":
            self.driver.act(made, "capture", ago_s=ago)  # else the money would be given back
        self.driver.act(made, "cancel", ago_s=ago)

    def payment_of(self, order_id: str) -> PaymentKey:
        made = self.made[order_id]
        return PaymentKey(made["payment_type"], made["payment_id"])

    def webhook(self, topic: str, url: str) -> str:
        webhook_id: str = self.driver.webhook(topic, url)["id"]
        return webhook_id

    def break_webhook(self, webhook_id: str, topic: str, how: str) -> None:
        if how == "circuit":
            body = {"topic": topic, "circuit_state": "open"}
            assert self.driver.client.put("/_sandbox/webhooks", json=body).status_code == 200
        else:
            data = {"type": "webhooks", "id": webhook_id, "attributes": {"_disable": True}}
            assert self.driver.write("PATCH", f"/api/webhooks/{webhook_id}", data).status_code == 200

    def unregister(self, gateway_type: str) -> None:
        self.driver.switch(unregistered_gateways=[gateway_type])


class Population:
    """Orders of which each listing wants some and not others."""

    def __init__(self, bench: Bench) -> None:
        old = 2 * HOUR
        self.expected = {
            "placed": {bench.order(kind, ago=old) for kind in REFRESHABLE}
            | {bench.order(ago=31 * MINUTE), bench.order(ago=19 * DAY)},
            "carts": {bench.cart(kind, ago=old) for kind in REFRESHABLE} | {bench.cart(ago=47 * HOUR)},
            "unplaced": {bench.cart(ago=3 * HOUR), bench.cart(ago=3 * DAY)},
            "cancelled": {bench.order(ago=4 * HOUR), bench.cart(ago=4 * HOUR)},
        }
        for order_id in self.expected["unplaced"] | self.expected["cancelled"]:
            bench.pay(order_id, ago=old)
        for order_id in self.expected["cancelled"]:
            bench.cancel(order_id, ago=HOUR)
        bench.cancel(bench.order(ago=4 * HOUR), ago=HOUR)
        bench.order(ago=29 * MINUTE)
        bench.order(ago=21 * DAY)
        bench.cart(ago=29 * MINUTE)
        bench.cart(ago=49 * HOUR)
        bench.cart(ago=old, payment=False)
        bench.pay(bench.order(ago=3 * HOUR), ago=old)
        bench.pay(bench.cart(ago=3 * HOUR), ago=10 * MINUTE)


def pages(api: OrderListing, listing: Listing) -> list[Sequence[Order]]:
    """All pages of a listing, in the order they came."""
    found: list[Sequence[Order]] = []
    after: str | None = None
    while True:
        page = api.list_orders(listing, after)
        found.append(page.orders)
        if page.after is None:
            return found
        after = page.after


def wanted(api: OrderListing, listing: Listing) -> list[Order]:
    """What a listing wants of all its pages."""
    return [order for page in pages(api, listing) for order in page if listing.wants(order)]


def order_document(order_id: str, **attributes: Any) -> dict[str, Any]:
    return {
        "type": "orders",
        "id": order_id,
        "attributes": {
            "status": "placed",
            "payment_status": "unpaid",
            "updated_at": to_iso(START - HOUR),
        }
        | attributes,
    }
