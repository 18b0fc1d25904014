"""Requests to Commerce Layer as they go over the wire, and the handling of its answers."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING

import httpx
import pytest

from payment_refresh.domain.deployment import ApiMode
from payment_refresh.domain.payment import ORDERS, REFRESHABLE, PaymentKey
from payment_refresh.errors import (
    CommerceLayerError,
    CredentialsRefused,
    PermissionMissing,
    RateLimited,
    RequestRefused,
    Unavailable,
)
from tests.contract.api import connect, jwt, wire_answering, wire_to
from tests.support.commerce_layer import unheard

if TYPE_CHECKING:
    from sandbox.server import Sandbox
    from tests.contract.api import Wire
    from tests.integration.sandbox.driver import Driver

MEDIA_TYPE = "application/vnd.api+json"
KEY = PaymentKey("stripe_payments", "eqRZMSaNqM")


class TestTheDocumentedRequest:
    """Commerce Layer's how-to "Refreshing the payment source"."""

    @pytest.mark.parametrize("kind", REFRESHABLE)
    def test_the_refresh_is_the_documented_one(self, wire: Wire, driver: Driver, kind: str) -> None:
        payment = PaymentKey(kind, driver.order(payment_type=kind)["payment_id"])

        wire.api.refresh(payment, unheard)

        (arrived,) = driver.calls()["refreshes"]
        assert (arrived["method"], arrived["path"]) == ("PATCH", f"/api/{kind}/{payment.id}")
        headers = {name.lower(): value for name, value in dict(arrived["headers"]).items()}
        assert (headers["accept"], headers["content-type"]) == (MEDIA_TYPE, MEDIA_TYPE)
        body = arrived["body"] if isinstance(arrived["body"], dict) else json.loads(arrived["body"])
        assert body == {"data": {"type": kind, "id": payment.id, "attributes": {"_refresh": True}}}

    def test_the_example_letter_by_letter(self) -> None:
        def answer(request: httpx.Request) -> httpx.Response:
            seen.append(request)
            return httpx.Response(200, json={"data": {"type": KEY.type, "id": KEY.id}})

        seen: list[httpx.Request] = []
        with wire_answering(answer) as wire:
            wire.api.refresh(KEY, unheard)

        (request,) = seen
        assert (request.method, request.url.path) == ("PATCH", "/api/stripe_payments/eqRZMSaNqM")
        assert request.headers["authorization"].startswith("Bearer ")
        assert (
            request.content
            == b'{"data":{"type":"stripe_payments","id":"eqRZMSaNqM","attributes":{"_refresh":true}}}'
        )

    def test_the_order_is_asked_for_in_the_same_call(self, wire: Wire, paid: PaymentKey) -> None:
        wire.api.refresh(paid, unheard)

        (request,) = wire.api_calls
        assert request.url.params["include"] == "order,order.payment_source,order.authorizations"
        assert request.url.params["fields[stripe_payments]"].split(",")[-1] == "order"

    def test_reads_have_no_body_and_no_content_type(self, wire: Wire, driver: Driver) -> None:
        wire.api.look([driver.order()["order_id"]], unheard)

        (request,) = wire.api_calls
        assert (request.method, request.url.path, request.content) == ("GET", "/api/orders", b"")
        assert request.headers["accept"] == MEDIA_TYPE
        assert "content-type" not in request.headers

    def test_a_look_is_one_call_of_the_largest_page(self, wire: Wire, driver: Driver) -> None:
        made = [driver.order()["order_id"] for _ in range(25)]

        assert len(wire.api.look(made, unheard)) == 25

        (request,) = wire.api_calls
        assert request.url.params["page[size]"] == "25"
        assert request.url.params["filter[q][id_in]"] == ",".join(made)

    def test_every_call_takes_a_slot_of_the_rate_limiter(self, wire: Wire, paid: PaymentKey) -> None:
        wire.api.refresh(paid, unheard)
        wire.api.retrieve(paid, unheard)

        assert wire.rate_limiter.taken == len(wire.api_calls) == 2


class TestSecrets:
    """Payments carry client secrets; they are not even asked for."""

    @pytest.mark.parametrize("kind", REFRESHABLE)
    def test_no_answer_holds_a_secret(self, wire: Wire, driver: Driver, kind: str) -> None:
        made = driver.order(payment_type=kind, intent="declined")
        payment, order = PaymentKey(kind, made["payment_id"]), PaymentKey(ORDERS, made["order_id"])
        whole = driver.get(f"/api/{kind}/{payment.id}").json()["data"]["attributes"]
        asked = set(REFRESHABLE[kind].fields)
        secrets = {
            name: value
            for name, value in whole.items()
            if name not in asked and isinstance(value, str) and any(w in name for w in ("secret", "key", "token"))
        }

        wire.api.look([order.id], unheard)
        wire.api.find_orders(kind, [payment.id], unheard)
        wire.api.retrieve(payment, unheard)
        wire.api.retrieve(order, unheard)
        wire.api.refresh(payment, unheard)

        answers = [answer for answer in wire.answers if "access_token" not in answer]
        assert len(answers) == 5
        for answer in answers:
            assert "client_secret" not in answer
            assert not [value for value in secrets.values() if value in answer]
        assert ("client_secret" in secrets) == (kind == "stripe_payments")

    def test_no_token_gets_into_an_error_or_a_log(self, wire: Wire, driver: Driver, paid: PaymentKey) -> None:
        wire.api.retrieve(paid, unheard)
        token = wire.tokens.get()
        driver.faults({"route": "PATCH", "kind": "status", "status": 500})

        with pytest.raises(Unavailable) as failed:
            wire.api.refresh(paid, unheard)

        assert token not in f"{failed.value!r}{failed.value}{wire.log.text}{wire.tokens!r}"


class TestTokens:
    """401 comes in two kinds."""

    def test_a_revoked_token_is_renewed_once_and_the_call_repeated(
        self, wire: Wire, driver: Driver, paid: PaymentKey
    ) -> None:
        wire.api.retrieve(paid, unheard)
        driver.client.post("/_sandbox/tokens/revoke")

        order = wire.api.refresh(paid, unheard)

        assert order is not None
        assert order.payment_status == "authorized"
        calls = driver.calls()
        assert (calls["token_calls"], calls["patch_calls"]) == (2, 2)

    def test_a_token_that_stays_invalid_is_not_renewed_again(
        self, wire: Wire, driver: Driver, paid: PaymentKey
    ) -> None:
        driver.faults({"route": "PATCH", "kind": "token"})

        with pytest.raises(CredentialsRefused) as refused:
            wire.api.refresh(paid, unheard)

        assert refused.value.code == "INVALID_TOKEN"
        assert driver.calls()["patch_calls"] == 2
        assert driver.calls()["token_calls"] <= 2

    def test_a_missing_right_is_no_reason_to_renew(
        self, sandbox: Sandbox, driver: Driver, paid: PaymentKey
    ) -> None:
        with (
            wire_to(sandbox, client=sandbox.config.read_only_client) as reader,
            pytest.raises(PermissionMissing) as refused,
        ):
            reader.api.refresh(paid, unheard)

        assert (refused.value.status, refused.value.code) == (401, "UNAUTHORIZED")
        assert (driver.calls()["token_calls"], driver.calls()["patch_calls"]) == (1, 1)


class TestRetries:
    """At most one, inside a call, and only where it may help."""

    @pytest.mark.parametrize("status", [502, 503, 504])
    def test_one_bad_gateway_is_tried_again(
        self, wire: Wire, driver: Driver, paid: PaymentKey, status: int
    ) -> None:
        driver.faults({"route": "PATCH", "status": status, "count": 1})
        sent: list[str] = []

        assert wire.api.refresh(paid, lambda: sent.append("sent")) is not None

        assert driver.calls()["patch_calls"] == wire.rate_limiter.taken == len(sent) == 2

    @pytest.mark.parametrize("status", [502, 503, 504])
    def test_a_second_one_is_an_outage(self, wire: Wire, driver: Driver, paid: PaymentKey, status: int) -> None:
        driver.faults({"route": "PATCH", "status": status})

        with pytest.raises(Unavailable) as failed:
            wire.api.refresh(paid, unheard)

        assert failed.value.status == status
        assert driver.calls()["patch_calls"] == 2

    @pytest.mark.parametrize(("status", "kind"), [(500, Unavailable), (501, Unavailable), (429, RateLimited)])
    def test_what_is_not_tried_again(
        self, wire: Wire, driver: Driver, paid: PaymentKey, status: int, kind: type[CommerceLayerError]
    ) -> None:
        driver.faults({"route": "PATCH", "status": status, "count": 1})

        with pytest.raises(kind) as failed:
            wire.api.refresh(paid, unheard)

        assert failed.value.status == status
        assert driver.calls()["patch_calls"] == wire.rate_limiter.taken == 1

    def test_a_real_rate_limit_is_reported_with_how_long_to_wait(
        self, wire: Wire, driver: Driver, paid: PaymentKey
    ) -> None:
        wire.api.retrieve(paid, unheard)
        driver.switch(rate_limit_factor=0.0001, rate_limited_retry_after=True, rate_limited_body="text")

        with pytest.raises(RateLimited) as limited:
            wire.api.retrieve(paid, unheard)

        assert limited.value.retry_after is not None

    def test_a_server_that_is_not_there_is_tried_twice(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with httpx.Client(trust_env=False) as http:
            wire = connect(http, url, organization="shop", mode=ApiMode.LIVE, secret={})
            wire.tokens.post = lambda _body: {"access_token": jwt(), "expires_in": 7200}
            with pytest.raises(Unavailable) as failed:
                wire.api.retrieve(KEY, unheard)

        assert failed.value.code == "ConnectError"
        assert wire.rate_limiter.taken == 2

    @pytest.mark.parametrize("kind", ["reset", "hang"])
    def test_a_request_that_may_have_arrived_is_not_sent_twice(
        self, sandbox: Sandbox, driver: Driver, paid: PaymentKey, kind: str
    ) -> None:
        driver.faults({"route": "PATCH", "kind": kind, "after": True})
        with wire_to(sandbox, timeout=1.0) as wire, pytest.raises(Unavailable) as failed:
            wire.api.refresh(paid, unheard)

        assert failed.value.status is None
        assert driver.calls()["patch_calls"] == 1
        (row,) = driver.truth()
        assert row["payment_status"] == "authorized"

    def test_redirects_are_not_followed(self) -> None:
        def answer(_request: httpx.Request) -> httpx.Response:
            return httpx.Response(302, headers={"location": "https://elsewhere.example/"})

        with wire_answering(answer) as wire, pytest.raises(RequestRefused) as refused:
            wire.api.refresh(KEY, unheard)

        assert refused.value.status == 302
        assert {request.url.host for request in wire.requests} == {"shop.example"}

    def test_redirects_of_the_real_client_are_not_followed_either(self, wire: Wire) -> None:
        assert not wire.api.transport.http.follow_redirects
        assert not wire.api.transport.http.trust_env
