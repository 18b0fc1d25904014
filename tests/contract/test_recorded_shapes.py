"""The sandbox answers in the shapes in which the real API was seen to answer; the values here are made up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from sandbox.config import Config
from sandbox.server import running
from tests.contract.shapes import INVALID, METHOD, NO_RECORD, TOKEN, TOO_MANY, TRANSACTION, WEBHOOK, part, shape
from tests.integration.sandbox.driver import Driver

if TYPE_CHECKING:
    from collections.abc import Iterator


def included(driver: Driver, order: dict[str, str], *relations: str) -> dict[str, list[dict[str, Any]]]:
    """Give what an order includes, by type."""
    document = driver.get(f"/api/orders/{order['order_id']}", include=",".join(relations)).json()
    found: dict[str, list[dict[str, Any]]] = {}
    for record in document["included"]:
        found.setdefault(record["type"], []).append(record)
    return found


class TestTooManyCalls:
    """A 429 is made at the edge, which counts each method for itself."""

    @pytest.fixture
    def driver(self) -> Iterator[Driver]:
        """A sandbox in test mode, as all recordings are."""
        with running(Config(mode="test")) as sandbox, httpx.Client(base_url=sandbox.url) as client:
            yield Driver(sandbox, client)

    def test_hundred_and_first_get_of_a_minute_is_throttled_and_a_patch_is_not(self, driver: Driver) -> None:
        order, types = driver.order(), ("orders", "stripe_payments", "webhooks", "payment_methods")
        answers = [driver.get(f"/api/{kind}") for _ in range(25) for kind in types]
        refused, refreshed = driver.get("/api/captures"), driver.refresh(order)

        assert {answer.status_code for answer in answers} == {200}
        assert answers[-1].headers["x-ratelimit-remaining"] == "0"
        assert (refused.status_code, refused.json()) == (429, TOO_MANY)
        assert (refreshed.status_code, refreshed.headers["x-ratelimit-remaining"]) == (200, "99")

    def test_429_bears_the_headers_of_the_edge_and_no_request_id(self, driver: Driver) -> None:
        driver.headers()
        driver.switch(rate_limit_factor=0.0001)
        refused = [driver.get("/api/orders") for _ in range(2)][-1]

        assert refused.headers["content-type"] == "application/json; charset=utf-8"
        assert refused.headers["retry-after"] == "0"
        assert {refused.headers[f"x-ratelimit-{name}"] for name in ("limit", "interval")} == {"1", "60"}
        assert refused.headers["x-ratelimit-remaining"] == "0"
        assert "x-request-id" not in refused.headers


class TestErrors:
    """Errors of the API, and the edge's page of a 404."""

    def test_missing_record_is_a_coded_error_without_meta_and_with_a_request_id(self, driver: Driver) -> None:
        missing = driver.get("/api/orders/uNkNoWnIdA")

        assert (missing.status_code, missing.json()) == (404, NO_RECORD)
        assert missing.headers["content-type"].startswith("application/vnd.api+json")
        assert missing.headers["x-request-id"]
        assert missing.headers["x-ratelimit-remaining"]

    @pytest.mark.parametrize("how", ["switch", "fault", "path", "version"])
    def test_404_of_the_edge_is_a_page_without_a_request_id(self, driver: Driver, how: str) -> None:
        path = {"path": "/apis/orders", "version": "/api/2030-01/orders"}.get(how, "/api/orders/uNkNoWnIdA")
        if how == "switch":
            driver.switch(not_found_page=True)
        elif how == "fault":
            driver.faults({"route": "GET", "status": 404})
        page = driver.get(path)

        assert page.status_code == 404
        assert page.text.startswith("<!DOCTYPE html>")
        assert (page.headers["content-type"], page.headers["retry-after"]) == ("text/html", "0")
        assert not [name for name in page.headers if name.startswith(("x-request-id", "x-ratelimit"))]

    def test_invalid_attribute_has_a_pointer_and_tells_what_is_wrong_in_meta(self, driver: Driver) -> None:
        attributes = {"topic": "no.topic", "callback_url": "http://127.0.0.1:9/"}
        refused = driver.write("POST", "/api/webhooks", {"type": "webhooks", "attributes": attributes})

        assert (refused.status_code, shape(refused.json())) == (422, shape(INVALID))

    @pytest.mark.parametrize("path", ["/api/orders", "/api/webhooks", "/api/stripe_gateways"])
    def test_each_answer_of_the_api_has_a_request_id_of_its_own(self, driver: Driver, path: str) -> None:
        assert driver.get(path).headers["x-request-id"] != driver.get(path).headers["x-request-id"]


class TestResources:
    """Resources, and how they hang together."""

    def test_token_answer_is_of_type_bearer_with_a_capital(self, driver: Driver) -> None:
        answer = driver.token_request()

        assert shape(answer.json()) == shape(TOKEN)
        assert answer.json()["token_type"] == "Bearer"
        assert answer.headers["x-request-id"]

    def test_webhook_is_enabled_when_created_and_can_be_disabled_and_enabled(self, driver: Driver) -> None:
        webhook = driver.webhook("orders.place", "http://127.0.0.1:9/", "payment_source")
        path, data = f"/api/webhooks/{webhook['id']}", {"type": "webhooks", "id": webhook["id"]}

        def trigger(name: str) -> dict[str, Any]:
            answer = driver.write("PATCH", path, data | {"attributes": {name: True}})
            changed: dict[str, Any] = answer.json()["data"]["attributes"]
            return changed

        assert shape(webhook["attributes"]) == shape(WEBHOOK | {"name": None})
        assert trigger("_disable")["disabled_at"] is not None
        assert trigger("_enable")["disabled_at"] is None
        failing = {"circuit_state": "closed", "circuit_failure_count": 12}
        driver.client.put("/_sandbox/webhooks", json=failing)
        assert part(driver.get(path).json()["data"]["attributes"], failing) == failing
        assert part(trigger("_reset_circuit"), failing) == failing | {"circuit_failure_count": 0}

    def test_payments_of_one_type_can_be_made_by_two_gateways(self, driver: Driver) -> None:
        first, second = driver.get("/api/stripe_gateways").json()["data"]
        order = driver.order(gateway=second["id"])
        found = included(driver, order, "payment_source.payment_gateway", "payment_method.payment_gateway")

        assert [gateway["id"] for gateway in found["stripe_gateways"]] == [second["id"]]
        for [record] in (found["stripe_payments"], found["payment_methods"]):
            link = {"type": "stripe_gateways", "id": second["id"]}
            assert record["relationships"]["payment_gateway"]["data"] == link
        other = included(driver, driver.order(), "payment_source.payment_gateway")
        assert other["stripe_gateways"][0]["id"] == first["id"]
        alone = driver.get(f"/api/stripe_payments/{order['payment_id']}/payment_gateway").json()["data"]
        assert alone["id"] == second["id"]
        assert {"webhook_endpoint_id", "webhook_endpoint_secret", "webhook_endpoint_url"} <= alone[
            "attributes"
        ].keys()

    def test_payment_method_says_whether_it_captures_and_places_by_itself(self, driver: Driver) -> None:
        order = driver.order(auto_capture=True, auto_place=True)
        [method] = included(driver, order, "payment_method")["payment_methods"]

        assert shape(method["attributes"]) == shape(METHOD)
        assert (method["attributes"]["auto_capture"], method["attributes"]["auto_place"]) == (True, True)

    def test_number_of_an_order_can_be_an_integer_and_its_amounts_strings(self, driver: Driver) -> None:
        order = driver.order(amount_cents=4200)
        assert driver.attributes(order)["number"] == order["order_number"]
        driver.switch(integer_numbers=True, amounts_as_text=True)

        shown = driver.attributes(order)

        assert (shown["number"], shown["total_amount_with_taxes_cents"]) == (int(order["order_number"]), "4200")


class TestTransactions:
    """An order's authorizations, captures, voids and refunds."""

    RELATIONS = ("authorizations", "captures", "voids", "refunds")

    def test_captured_and_refunded_payment_shows_all_three_under_the_intents_id(self, driver: Driver) -> None:
        order = driver.order(intent="authorized", auto_capture=True, amount_cents=4200)
        driver.refresh(order)
        driver.act(order, "refund", amount_cents=1200)
        found = included(driver, order, *self.RELATIONS, "refunds.payment_source")

        assert {kind: len(found.get(kind, [])) for kind in self.RELATIONS} == {
            "authorizations": 1,
            "captures": 1,
            "voids": 0,
            "refunds": 1,
        }
        records = [record["attributes"] for kind in self.RELATIONS for record in found.get(kind, [])]
        assert [shape(part(record, TRANSACTION)) for record in records] == [shape(TRANSACTION)] * 3
        assert {record["gateway_transaction_id"] for record in records} == {f"pi_{order['payment_id']}"}
        assert [record["amount_cents"] for record in records] == [4200, 4200, 1200]
        link = {"type": "stripe_payments", "id": order["payment_id"]}
        assert found["refunds"][0]["relationships"]["payment_source"]["data"] == link
        assert driver.attributes(order)["payment_status"] == "partially_refunded"

    @pytest.mark.parametrize("how", ["cancel", "void"])
    def test_voided_payment_shows_a_void_of_its_authorization(self, driver: Driver, how: str) -> None:
        order = driver.order(intent="authorized", amount_cents=4200)
        driver.refresh(order)
        driver.act(order, how)
        found = included(driver, order, *self.RELATIONS, "voids.payment_source", "voids.reference_authorization")

        [void], [authorization] = found["voids"], found["authorizations"]
        assert shape(part(void["attributes"], TRANSACTION)) == shape(TRANSACTION)
        assert void["attributes"]["amount_cents"] == 4200
        assert void["relationships"]["reference_authorization"]["data"]["id"] == authorization["id"]
        assert void["relationships"]["payment_source"]["data"]["id"] == order["payment_id"]
        assert driver.attributes(order)["payment_status"] == "voided"

    @pytest.mark.parametrize("how", ["switch", "action"])
    def test_failed_authorization_may_bear_a_message_only_beside_one_with_a_code(
        self, driver: Driver, how: str
    ) -> None:
        order = driver.order(intent="declined")
        driver.refresh(order)
        driver.switch(failed_message_only=how == "switch")
        driver.act(order, "decline", code=how == "switch")
        driver.refresh(order)

        coded, bare = (each["attributes"] for each in included(driver, order, "authorizations")["authorizations"])

        assert shape(part(coded, TRANSACTION)) == shape(
            TRANSACTION | {"error_code": "code", "error_detail": "words"}
        )
        assert shape(part(bare, TRANSACTION)) == shape(TRANSACTION)
        assert not coded["succeeded"]
        assert not bare["succeeded"]
        assert bare["message"]


class TestVersions:
    """A version may stand in the path."""

    def test_versioned_path_leads_where_the_plain_one_leads(self, driver: Driver) -> None:
        order = driver.order(intent="authorized")
        path = f"stripe_payments/{order['payment_id']}"
        data = {"type": "stripe_payments", "id": order["payment_id"], "attributes": {"_refresh": True}}

        assert driver.get(f"/api/2017-08/{path}").json()["data"]["id"] == order["payment_id"]
        assert driver.write("PATCH", f"/api/2017-08/{path}", data).status_code == 200
        assert driver.attributes(order)["payment_status"] == "authorized"
        page = driver.get("/api/2017-08/orders", **{"page[size]": "1"}).json()
        assert page["links"]["first"].startswith(f"{driver.sandbox.url}/api/2017-08/orders?")

    def test_payments_exist_in_the_first_version_only(self, driver: Driver) -> None:
        path = f"stripe_payments/{driver.order()['payment_id']}"
        driver.switch(default_version="2026-05")

        assert driver.get(f"/api/{path}").status_code == 404
        assert driver.get(f"/api/2017-08/{path}").status_code == 200
        assert driver.get("/api/orders").status_code == 200
        assert driver.calls()["by_version"] == {"": 2, "2017-08": 1}
