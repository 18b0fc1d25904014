"""Refusals of the API, with their statuses and codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.sandbox.driver import MEDIA_TYPE, error_of

if TYPE_CHECKING:
    from tests.integration.sandbox.driver import Driver


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        ("orders", {"filter[q][customer_shoe_size_eq]": "42"}, "FILTER_NOT_ALLOWED"),
        ("orders", {"filter[status]": "placed"}, "FILTER_NOT_ALLOWED"),
        ("stripe_payments", {"filter[q][order_id_eq]": "x"}, "FILTER_NOT_ALLOWED"),
        ("stripe_payments", {"filter[q][stripe_id_eq]": "x"}, "FILTER_NOT_ALLOWED"),
        ("orders", {"filter[q][payment_source_created_at_gteq]": "2026-01-01"}, "FILTER_NOT_ALLOWED"),
        ("orders", {"filter[q][updated_at_gteq]": "yesterday"}, "INVALID_FILTER_VALUE"),
        ("orders", {"include": "payment_sources"}, "INVALID_INCLUDE"),
        ("orders", {"include": "payment_source.nothing"}, "INVALID_INCLUDE"),
        ("stripe_payments", {"include": "event_stores"}, "INVALID_INCLUDE"),
        ("orders", {"fields[orders]": "number,mood"}, "INVALID_FIELD"),
        ("stripe_payments", {"fields[stripe_payments]": "status"}, "INVALID_FIELD"),
        ("orders", {"fields[wishes]": "number"}, "INVALID_RESOURCE"),
        ("orders", {"page[size]": "26"}, "INVALID_PAGE_VALUE"),
        ("orders", {"page[number]": "0"}, "INVALID_PAGE_VALUE"),
        ("orders", {"page[offset]": "1"}, "PARAM_NOT_ALLOWED"),
        ("orders", {"sort": "mood"}, "INVALID_SORT_CRITERIA"),
        ("orders", {"limit": "3"}, "PARAM_NOT_ALLOWED"),
    ],
)
def test_unknown_parameters(driver: Driver, path: str, query: dict[str, str], code: str) -> None:
    assert error_of(driver.get(f"/api/{path}", **query)) == (400, code)


def test_unknown_records_types_and_paths(driver: Driver) -> None:
    assert error_of(driver.get("/api/stripe_payments/unknownId1")) == (404, "RECORD_NOT_FOUND")
    assert error_of(driver.get("/api/wishes")) == (404, "RECORD_NOT_FOUND")
    missing = {"payment_type": "stripe_payments", "payment_id": "unknownId1"}
    assert error_of(driver.refresh(missing)) == (404, "RECORD_NOT_FOUND")
    order = driver.order()
    assert error_of(driver.get(f"/api/orders/{order['order_id']}/wishes")) == (404, "RECORD_NOT_FOUND")
    # The id of a payment of another type is no payment of this type.
    other = order | {"payment_type": "satispay_payments"}
    assert error_of(driver.refresh(other)) == (404, "RECORD_NOT_FOUND")


def test_includes_can_be_refused_by_a_switch(driver: Driver) -> None:
    order = driver.order()
    driver.switch(refused_includes=["authorizations"])
    path = f"/api/orders/{order['order_id']}"
    for each in (path, "/api/orders"):
        refused = driver.get(each, include="payment_source,authorizations")
        assert error_of(refused) == (400, "INVALID_INCLUDE")
        assert "authorizations is not" in refused.json()["errors"][0]["detail"]
        assert driver.get(each, include="payment_source").status_code == 200


def test_actions_need_what_they_act_on(driver: Driver) -> None:
    bare = driver.order(payment=False)
    assert not bare["payment_id"]
    for action, wanted, words in (
        ("authorize", {}, "needs an order with a payment"),
        ("deliver", {"payment_id": "unknownId1"}, "no payment unknownId1"),
        ("ship", {}, "action must be one of"),
    ):
        path = f"/_sandbox/orders/{bare['order_id']}/actions"
        answer = driver.client.post(path, json={"action": action, **wanted})
        assert (answer.status_code, words in answer.json()["error"]) == (400, True)


def test_methods_that_are_not_offered(driver: Driver) -> None:
    order = driver.order()
    path = f"/api/orders/{order['order_id']}"
    attributes = {"type": "orders", "id": order["order_id"], "attributes": {"_cancel": True}}
    assert error_of(driver.write("PATCH", path, attributes)) == (405, "METHOD_NOT_ALLOWED")
    assert error_of(driver.write("PUT", path, attributes)) == (405, "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize("accept", ["*/*", "application/json", f"{MEDIA_TYPE}; charset=utf-8", ""])
def test_wrong_accept(driver: Driver, accept: str) -> None:
    answer = driver.client.get("/api/orders", headers=driver.headers(Accept=accept))
    assert error_of(answer) == (406, "NOT_ACCEPTABLE")


@pytest.mark.parametrize("content_type", ["application/json", f"{MEDIA_TYPE}; charset=utf-8", ""])
def test_wrong_content_type(driver: Driver, content_type: str) -> None:
    order = driver.order()
    headers = driver.headers(Content_Type=content_type)
    answer = driver.client.patch(f"/api/stripe_payments/{order['payment_id']}", headers=headers, content=b"{}")
    assert error_of(answer) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_bodies_that_cannot_be(driver: Driver) -> None:
    order = driver.order(intent="authorized")
    path, kind = f"/api/stripe_payments/{order['payment_id']}", "stripe_payments"
    good = {"type": kind, "id": order["payment_id"], "attributes": {"_refresh": True}}
    refused = [
        (good | {"id": "another"}, "KEY_NOT_INCLUDED_IN_URL"),
        (good | {"type": "orders"}, "INVALID_RESOURCE"),
        (good | {"attributes": {"_forward": True}}, "PARAM_NOT_ALLOWED"),
        (good | {"attributes": [1]}, "PARAM_MISSING"),
        (None, "PARAM_MISSING"),
    ]
    for data, code in refused:
        assert error_of(driver.write("PATCH", path, data)) == (400, code)
    assert error_of(driver.write("PATCH", path, good, include="nothing")) == (400, "INVALID_INCLUDE")
    assert error_of(driver.write("PATCH", path, good, sort="id")) == (400, "PARAM_NOT_ALLOWED")
    # None of them refreshed anything.
    assert driver.attributes(order)["payment_status"] == "unpaid"


def test_control_api_explains_itself(driver: Driver) -> None:
    refused = [
        ("PUT", "switches", {"refresh_lags": True}, "unknown switch refresh_lags"),
        ("PUT", "switches", {"unconfirmed_refresh_status": 500}, "must be one of"),
        ("PUT", "switches", {"refresh_order_lags": 1}, "must be a bool"),
        ("PUT", "switches", {"rate_limit_factor": 0}, "must be above 0"),
        ("PUT", "faults", {"faults": [{"kind": "flood"}]}, "unknown kind of fault"),
        ("PUT", "faults", {"faults": [{"way": "PATCH"}]}, "cannot be read"),
        ("PUT", "faults", {"faults": "all"}, "faults must be"),
        ("PUT", "faults", {"faults": [{"status": 200}]}, "must be 400 to 599"),
        ("PUT", "faults", {"faults": [{"share": 2}]}, "must be 0 to 1"),
        ("POST", "orders", {"status": "shipped"}, "status must be one of"),
        ("POST", "orders", {"colour": "red"}, "unknown in an order"),
        ("POST", "orders", {"gateway": "sNdBxGtw02"}, "gateway must be one of sNdBxGtw01, sNdBxGtw04"),
        ("PUT", "switches", {"default_version": "2030-01"}, "must be one of"),
        ("POST", "orders", {"payment": False, "intent": "declined"}, "needs an order with a payment"),
        ("POST", "orders", {"amount_cents": "many"}, "amount_cents must be a whole number"),
        ("PUT", "faults", {"faults": [{"seconds": "many"}]}, "cannot be read"),
        ("PUT", "faults", {"faults": [{"count": -1}]}, "must not be negative"),
        ("POST", "orders/unknownId1/actions", {"action": "place"}, "no order unknownId1"),
        ("PUT", "webhooks", {"circuit_state": "ajar"}, "circuit_state must be one of closed, open"),
        ("PUT", "webhooks", {"circuit_state": "open", "name": "mine"}, "are all else that is known"),
        ("PUT", "webhooks", {"circuit_state": "closed", "circuit_failure_count": -1}, "a whole number, 0 or more"),
        ("PUT", "webhooks", {"circuit_state": "open"}, "no webhook is registered"),
        ("PUT", "webhooks", {"circuit_state": "open", "topic": "orders.pay"}, "no webhook of topic orders.pay"),
        ("POST", "scenario", {"speed": 1}, "unknown in a scenario"),
        ("POST", "scenario", {"loss": 1.5}, "loss must be 0 to 1"),
        ("POST", "scenario", {"orders": 1.5}, "orders must be a whole number"),
        ("POST", "scenario", {"duration_s": 0}, "duration_s must be above 0"),
        ("POST", "scenario", {"carts": 1.0}, "must not exceed 1"),
        ("POST", "scenario", {"loss": 1.0, "late": 0.5}, "must not exceed 1"),
        ("POST", "scenario", [], "must be a JSON object"),
    ]
    for method, path, body, words in refused:
        answer = driver.client.request(method, f"/_sandbox/{path}", json=body)
        assert answer.status_code == 400, answer.text
        assert words in answer.json()["error"]


def test_right_that_the_role_lacks_is_refused_for_that_type_alone(driver: Driver) -> None:
    order = driver.order()
    driver.switch(refused_rights=["read authorizations", "update stripe_payments"])

    assert error_of(driver.get("/api/authorizations")) == (401, "UNAUTHORIZED")
    assert error_of(driver.refresh(order)) == (401, "UNAUTHORIZED")
    assert driver.get("/api/orders").status_code == 200
    assert driver.get("/api/stripe_payments").status_code == 200
    driver.switch(refused_rights=[])
    assert driver.refresh(order).status_code == 200
