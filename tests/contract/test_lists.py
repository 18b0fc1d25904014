"""What discover relies on in Commerce Layer's lists, held against the fake and against the sandbox."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

import httpx
import pytest

from payment_refresh.adapters.commerce_layer.listings import MOST_PAGES, CommerceLayerLists
from payment_refresh.domain.discovery import Listing, Window, listings
from payment_refresh.domain.listed import TOPICS, GatewayState, WebhookState
from payment_refresh.domain.payment import REFRESHABLE, PaymentKey
from payment_refresh.domain.policy import DAY, HOUR, MINUTE, Policy
from payment_refresh.domain.progress import Pass, Progress
from payment_refresh.errors import MayNotRead, RequestRefused, ServerError
from payment_refresh.times import to_iso
from sandbox.config import Config
from sandbox.server import running
from tests.contract.api import wire_answering, wire_to
from tests.support import samples
from tests.support.clock import START, FakeClock
from tests.support.commerce_layer import FakeCommerceLayer
from tests.support.listing import FakeOrderListing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from payment_refresh.domain.order import Order
    from payment_refresh.ports import OrderListing
    from sandbox.server import Sandbox
    from tests.contract.api import Wire
    from tests.integration.sandbox.driver import Driver

WINDOW = Window(after=30 * MINUTE, placed=20 * DAY, carts=48 * HOUR)
LISTINGS: dict[str, Listing] = {
    listing.name: listing for of in Pass for listing in listings(Progress(of=of).begun(START), WINDOW, Policy())
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

    def payment_of(self, order_id: str) -> PaymentKey:
        """Tell an order's payment."""
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
            GatewayState(type=kind, id=f"gw-{kind}", name=f"{kind} gateway", has_webhook=True)
            for kind in ("stripe_gateways", "checkout_com_gateways")
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

    def payment_of(self, order_id: str) -> PaymentKey:
        payment = self.fake.orders[order_id].payment
        assert payment is not None
        return payment

    def webhook(self, topic: str, url: str) -> str:
        webhook = WebhookState(id=f"wh-{topic}", topic=topic, callback_url=url, broken=False)
        self.listing.webhooks.append(webhook)
        return webhook.id

    def break_webhook(self, webhook_id: str, topic: str, how: str) -> None:
        assert topic
        assert how
        self.listing.webhooks = [
            replace(webhook, broken=True) if webhook.id == webhook_id else webhook
            for webhook in self.listing.webhooks
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


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A new organization whose time stands still."""
    with running(Config(clock=FakeClock())) as organization:
        yield organization


@pytest.fixture
def real(driver: Driver) -> Iterator[SandboxBench]:
    """The sandbox, where only that will do."""
    driver.switch(rate_limit_factor=10.0)
    with wire_to(driver.sandbox) as wire:
        yield SandboxBench(driver, wire)


@pytest.fixture(params=["fake", "sandbox"])
def bench(request: pytest.FixtureRequest) -> Bench:
    if request.param == "fake":
        return FakeBench()
    real: SandboxBench = request.getfixturevalue("real")
    return real


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


class Population:
    """Orders of which each listing wants some and not others."""

    def __init__(self, bench: Bench) -> None:
        old = 2 * HOUR
        self.expected = {
            "placed": {bench.order(kind, ago=old) for kind in REFRESHABLE}
            | {bench.order(ago=31 * MINUTE), bench.order(ago=19 * DAY)},
            "carts": {bench.cart(kind, ago=old) for kind in REFRESHABLE} | {bench.cart(ago=47 * HOUR)},
            "unplaced": {bench.cart(ago=3 * HOUR), bench.cart(ago=3 * DAY)},
        }
        for order_id in self.expected["unplaced"]:
            bench.pay(order_id, ago=old)
        bench.order(ago=29 * MINUTE)
        bench.order(ago=21 * DAY)
        bench.cart(ago=29 * MINUTE)
        bench.cart(ago=49 * HOUR)
        bench.cart(ago=old, payment=False)
        bench.pay(bench.order(ago=3 * HOUR), ago=old)
        bench.pay(bench.cart(ago=3 * HOUR), ago=10 * MINUTE)


class TestPages:
    """By id, 25 at a time."""

    def test_an_empty_list(self, bench: Bench) -> None:
        assert [list(page) for page in pages(bench.api, LISTINGS["placed"])] == [[]]

    @pytest.mark.parametrize(("count", "sizes"), [(24, [24]), (25, [25, 0]), (60, [25, 25, 10])])
    def test_every_order_comes_once_in_the_order_of_ids(self, bench: Bench, count: int, sizes: list[int]) -> None:
        made = {bench.order(ago=HOUR) for _ in range(count)}

        found = pages(bench.api, LISTINGS["placed"])

        assert [len(page) for page in found] == sizes
        assert [order.id for page in found for order in page] == sorted(made)

    def test_the_next_page_begins_behind_an_id_wherever_that_came_from(self, bench: Bench) -> None:
        made = sorted(bench.order(ago=HOUR) for _ in range(30))

        page = bench.api.list_orders(LISTINGS["placed"], made[9])

        assert [order.id for order in page.orders] == made[10:]
        assert page.after is None

    def test_what_is_made_meanwhile_moves_nothing_over_the_edge_of_a_page(self, bench: Bench) -> None:
        made = {bench.order(ago=HOUR) for _ in range(40)}
        first = bench.api.list_orders(LISTINGS["placed"], None)
        for _ in range(10):
            bench.order(ago=HOUR)

        second = bench.api.list_orders(LISTINGS["placed"], first.after)

        found = [order.id for page in (first, second) for order in page.orders]
        assert len(set(found)) == len(found)
        assert made <= {*found, *(order.id for page in pages(bench.api, LISTINGS["placed"]) for order in page)}


class TestListings:
    """Each class of orders, with all that a verdict needs."""

    @pytest.mark.parametrize("name", LISTINGS)
    def test_a_listing_gives_what_it_wants(self, bench: Bench, name: str) -> None:
        population = Population(bench)

        listed = [order for page in pages(bench.api, LISTINGS[name]) for order in page]

        assert {order.id for order in listed if LISTINGS[name].wants(order)} == population.expected[name]
        # The filters leave hardly anything to sort out: a cart whose payment method has no payment source yet.
        assert [order.source_type for order in listed if not LISTINGS[name].wants(order)] in ([], [None])

    @pytest.mark.parametrize("kind", REFRESHABLE)
    @pytest.mark.parametrize("auto_place", [True, False])
    def test_an_order_is_told_with_its_payment(self, bench: Bench, kind: str, auto_place: bool) -> None:
        order_id = bench.cart(kind, ago=HOUR, auto_place=auto_place)

        (order,) = wanted(bench.api, LISTINGS["carts"])

        assert (order.id, order.payment, order.source_known) == (order_id, bench.payment_of(order_id), True)
        assert (order.status, order.payment_status) == ("pending", "unpaid")
        assert [str(time)[:19] for time in (order.updated_at, order.created_at)] == [to_iso(START - HOUR)[:19]] * 2
        assert order.placed_at is None
        assert order.auto_place is auto_place
        assert (order.gateway_id is None) == (kind == "checkout_com_payments")
        assert order.number
        assert order.amount_cents

    def test_a_placed_order_tells_when_it_was_placed(self, bench: Bench) -> None:
        bench.order(ago=HOUR)

        (order,) = wanted(bench.api, LISTINGS["placed"])

        assert str(order.placed_at)[:19] == to_iso(START - HOUR)[:19]


REFUSALS: dict[str, tuple[list[str], int]] = {
    "the payment type": (["payment_method_payment_source_type_in"], 1),
    "the upper bound": (["updated_at_lteq"], 2),
    "the lower bound": (["updated_at_gteq"], 2),
    "the payment status": (["payment_status_in"], 3),
    "all but the status": (
        ["payment_method_payment_source_type_in", "updated_at_lteq", "updated_at_gteq", "payment_status_in"],
        3,
    ),
}
"""Filters that the API refuses, and how many levels down that leads."""


class TestRefusedFilters:
    """Their combination is composed of documented parts and was never seen together."""

    @pytest.mark.parametrize(("refused", "levels"), REFUSALS.values(), ids=REFUSALS)
    def test_what_is_wanted_is_the_same_without_them(
        self, real: SandboxBench, refused: list[str], levels: int
    ) -> None:
        population = Population(real)
        real.driver.switch(refused_filters=refused)

        for name, listing in LISTINGS.items():
            assert {order.id for order in wanted(real.api, listing)} == population.expected[name]

        # The refusal is remembered: it is met once, and then no more.
        lines = real.wire.log.of("request_simplified")
        assert [line["code"] for line in lines] == ["FILTER_NOT_ALLOWED"] * levels
        assert lines[-1]["left"] == ",".join(("status", "payment_status", "updated_at")[: 4 - levels])
        assert real.driver.calls()["by_status"].get("400", 0) == levels

    @pytest.mark.parametrize("refused", ["status_in", "id_gt"])
    def test_without_these_there_is_no_listing(self, real: SandboxBench, refused: str) -> None:
        for _ in range(26):
            real.order(ago=HOUR)
        real.driver.switch(refused_filters=[refused])

        with pytest.raises(RequestRefused) as refusal:
            pages(real.api, LISTINGS["placed"])

        assert refusal.value.reason == "400 FILTER_NOT_ALLOWED"

    def test_a_server_that_ignores_where_a_page_begins_is_not_asked_for_ever(self) -> None:
        document = {"data": [order_document(f"oRd{number:03}") for number in range(25)]}
        with wire_answering(lambda _: httpx.Response(200, json=document)) as wire:
            api = CommerceLayerLists(transport=wire.api.transport, log=wire.log)

            assert [len(page) for page in pages(api, LISTINGS["placed"])] == [25, 25]


class TestRefusedIncludes:
    """A role may not read all that is included."""

    @pytest.mark.parametrize(
        ("refused", "levels"),
        [("authorizations.payment_source", 1), ("payment_method", 2), ("authorizations", 3)],
    )
    def test_the_rest_is_told(self, real: SandboxBench, refused: str, levels: int) -> None:
        order_id = real.cart(ago=HOUR)
        real.driver.switch(refused_includes=[refused])

        for _ in range(2):
            (order,) = wanted(real.api, LISTINGS["carts"])
            assert order.payment == real.payment_of(order_id)
            assert order.gateway_id is not None

        lines = real.wire.log.of("request_simplified")
        assert [line["code"] for line in lines] == ["INVALID_INCLUDE"] * levels

    def test_without_the_payment_there_is_no_listing(self, real: SandboxBench) -> None:
        real.driver.switch(refused_includes=["payment_source"])

        with pytest.raises(RequestRefused):
            real.api.list_orders(LISTINGS["carts"], None)

    def test_filters_and_includes_may_both_be_refused(self, real: SandboxBench) -> None:
        population = Population(real)
        real.driver.switch(
            refused_includes=["payment_method"], refused_filters=["payment_method_payment_source_type_in"]
        )

        found = wanted(real.api, LISTINGS["placed"])

        assert {order.id for order in found} == population.expected["placed"]
        assert len(real.wire.log.of("request_simplified")) == 3


class TestWebhooks:
    """The organization's webhooks, as far as their health goes."""

    def test_none(self, bench: Bench) -> None:
        assert list(bench.api.list_webhooks()) == []

    def test_each_with_its_topic_and_url(self, bench: Bench) -> None:
        ids = {bench.webhook(topic, f"https://made-up.example/{topic}"): topic for topic in TOPICS}

        found = {webhook.id: webhook for webhook in bench.api.list_webhooks()}

        assert found == {
            id_: WebhookState(id=id_, topic=topic, callback_url=f"https://made-up.example/{topic}", broken=False)
            for id_, topic in ids.items()
        }

    @pytest.mark.parametrize("how", ["circuit", "disabled"])
    def test_one_that_is_not_sent_any_more_is_broken(self, bench: Bench, how: str) -> None:
        broken = bench.webhook("orders.place", "https://made-up.example/")
        bench.webhook("orders.pay", "https://made-up.example/")

        bench.break_webhook(broken, "orders.place", how)

        assert {webhook.topic: webhook.broken for webhook in bench.api.list_webhooks()} == {
            "orders.place": True,
            "orders.pay": False,
        }

    def test_more_than_a_page_of_them(self, bench: Bench) -> None:
        ids = {bench.webhook(TOPICS[0], f"https://made-up.example/{number}") for number in range(30)}

        assert len(bench.api.list_webhooks()) == 30
        assert {webhook.id for webhook in bench.api.list_webhooks()} == ids


class TestGateways:
    """The gateways in use, and whether Commerce Layer's webhook is registered there."""

    @pytest.mark.parametrize("kind", ["stripe_gateways", "checkout_com_gateways"])
    def test_with_a_webhook_and_without(self, bench: Bench, kind: str) -> None:
        (gateway,) = bench.api.list_gateways(kind)
        assert (gateway.type, gateway.has_webhook) == (kind, True)
        assert gateway.id
        assert gateway.name

        bench.unregister(kind)

        assert list(bench.api.list_gateways(kind)) == [replace(gateway, has_webhook=False)]

    @pytest.mark.parametrize("attributes", [None, [], {"webhook_endpoint_id": ""}])
    def test_one_that_tells_nothing_of_a_webhook_has_none(self, attributes: object) -> None:
        document = {"data": [{"type": "stripe_gateways", "id": "gAtEwAy", "attributes": attributes}]}
        with wire_answering(lambda _: httpx.Response(200, json=document)) as wire:
            (gateway,) = CommerceLayerLists(transport=wire.api.transport, log=wire.log).list_gateways(
                "stripe_gateways"
            )

        assert not gateway.has_webhook

    def test_one_that_is_disabled_needs_none(self) -> None:
        attributes = {"name": "old", "disabled_at": "2026-01-01T00:00:00.000Z", "webhook_endpoint_id": None}
        document = {"data": [{"type": "stripe_gateways", "id": "gAtEwAy", "attributes": attributes}]}
        with wire_answering(lambda _: httpx.Response(200, json=document)) as wire:
            lists = CommerceLayerLists(transport=wire.api.transport, log=wire.log)

            assert lists.list_gateways("stripe_gateways") == []

    def test_a_server_that_always_has_another_page_is_not_asked_for_ever(self) -> None:
        def answer(request: httpx.Request) -> httpx.Response:
            behind = int(request.url.params.get("filter[q][id_gt]", "0"))
            records = [{"type": "stripe_gateways", "id": f"{behind + n:09}"} for n in range(1, 26)]
            return httpx.Response(200, json={"data": records})

        with wire_answering(answer) as wire:
            found = CommerceLayerLists(transport=wire.api.transport, log=wire.log).list_gateways("stripe_gateways")

        assert len(found) == MOST_PAGES * 25


class TestTheWire:
    """What is asked for, and what must never come back."""

    def test_no_secret_is_in_any_answer(self, real: SandboxBench) -> None:
        for kind in REFRESHABLE:
            real.order(kind, ago=HOUR)
            real.cart(kind, ago=HOUR)
        webhook_id = real.webhook("orders.place", "https://made-up.example/")
        secrets = {real.driver.get(f"/api/webhooks/{webhook_id}").json()["data"]["attributes"]["shared_secret"]}
        for kind in ("stripe_gateways", "checkout_com_gateways"):
            (gateway,) = real.driver.get(f"/api/{kind}").json()["data"]
            secrets.add(gateway["attributes"]["webhook_endpoint_secret"])
        for kind in REFRESHABLE:
            for payment in real.driver.get(f"/api/{kind}").json()["data"]:
                secrets |= {
                    value
                    for name, value in payment["attributes"].items()
                    if name in ("client_secret", "public_key", "publishable_key", "token", "payment_session")
                    and isinstance(value, str)
                }

        for listing in LISTINGS.values():
            pages(real.api, listing)
        real.api.list_webhooks()
        for kind in ("stripe_gateways", "checkout_com_gateways"):
            real.api.list_gateways(kind)

        assert len(secrets) > 4
        answers = [
            text
            for request, text in zip(real.wire.requests, real.wire.answers, strict=True)
            if request.url.path != "/oauth/token"
        ]
        assert len(answers) == 6
        assert not [secret for secret in secrets for text in answers if secret in text]
        assert not [
            name for name in ("secret", "credential", "customer_email") for text in answers if name in text
        ]

    def test_the_fields_of_webhooks_and_gateways(self, real: SandboxBench) -> None:
        real.api.list_webhooks()
        real.api.list_gateways("stripe_gateways")

        webhooks, gateways = (dict(request.url.params) for request in real.wire.api_calls)
        assert webhooks == {
            "fields[webhooks]": "topic,callback_url,circuit_state,disabled_at",
            "sort": "id",
            "page[size]": "25",
        }
        assert gateways == {
            "fields[stripe_gateways]": "name,disabled_at,webhook_endpoint_id",
            "sort": "id",
            "page[size]": "25",
        }

    def test_the_query_of_a_page(self, real: SandboxBench) -> None:
        real.api.list_orders(LISTINGS["placed"], "oRdErId")

        (request,) = real.wire.api_calls
        params = dict(request.url.params)
        assert request.url.path == "/api/orders"
        assert {name: value for name, value in params.items() if not name.startswith("fields")} == {
            "filter[q][status_in]": "approved,editing,placed,placing",
            "filter[q][payment_status_in]": "unpaid",
            "filter[q][payment_method_payment_source_type_in]": ",".join(sorted(REFRESHABLE)),
            "filter[q][updated_at_gteq]": to_iso(START - 20 * DAY),
            "filter[q][updated_at_lteq]": to_iso(START - 30 * MINUTE),
            "filter[q][id_gt]": "oRdErId",
            "sort": "id",
            "page[size]": "25",
            "include": "payment_source,authorizations,payment_method,authorizations.payment_source",
        }

    def test_every_call_takes_a_slot_of_the_pace(self, real: SandboxBench) -> None:
        pages(real.api, LISTINGS["placed"])
        real.api.list_webhooks()
        real.api.list_gateways("stripe_gateways")

        assert real.wire.pace.taken == 3


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


def test_an_order_that_cannot_be_read_is_passed_over_and_told() -> None:
    document = {"data": [order_document("oRd1", status=None), order_document("oRd2"), "no record"]}
    with wire_answering(lambda _: httpx.Response(200, json=document)) as wire:
        lists = CommerceLayerLists(transport=wire.api.transport, log=wire.log)
        page = lists.list_orders(LISTINGS["placed"], None)

    assert [order.id for order in page.orders] == ["oRd2"]
    assert len(wire.log.of("order_unreadable")) == 1


def test_what_the_role_may_not_read_is_named() -> None:
    answer = httpx.Response(403, json={"errors": [{"code": "UNAUTHORIZED", "status": "403"}]})
    with wire_answering(lambda _: answer) as wire:
        lists = CommerceLayerLists(transport=wire.api.transport, log=wire.log)

        with pytest.raises(MayNotRead, match="may not read webhooks"):
            lists.list_webhooks()
        with pytest.raises(MayNotRead, match="may not read orders"):
            lists.list_orders(LISTINGS["placed"], None)


@pytest.mark.parametrize("document", [{}, {"data": None}, {"data": {"type": "orders"}}])
def test_an_answer_without_a_list_is_no_empty_list(document: dict[str, object]) -> None:
    """It would end a pass, or make all webhooks look fine."""
    with wire_answering(lambda _: httpx.Response(200, json=document)) as wire:
        lists = CommerceLayerLists(transport=wire.api.transport, log=wire.log)

        with pytest.raises(ServerError, match="without a list"):
            lists.list_orders(LISTINGS["placed"], None)
        with pytest.raises(ServerError, match="without a list"):
            lists.list_webhooks()


def test_records_of_another_type_are_passed_over() -> None:
    records = [{"type": "addresses", "id": "x"}, {"type": "webhooks", "id": "wEbHoOk"}]
    with wire_answering(lambda _: httpx.Response(200, json={"data": records})) as wire:
        (webhook,) = CommerceLayerLists(transport=wire.api.transport, log=wire.log).list_webhooks()

    assert webhook == WebhookState(id="wEbHoOk", topic="?", callback_url="?", broken=False)
