"""Queries that discover needs: orders that no event reported, and webhooks that are broken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.resources import PAYMENT_TYPES
from sandbox.store import iso
from tests.integration.sandbox.driver import error_of, wait_until

if TYPE_CHECKING:
    from tests.integration.sandbox.driver import Clock, Driver, Receiver

HOUR = 3600.0
SPARSE = {
    "include": "payment_source,payment_method",
    "fields[orders]": "number,status,payment_status,placed_at,updated_at,payment_source,payment_method",
    "fields[stripe_payments]": "stripe_id,mismatched_amounts",
    "fields[checkout_com_payments]": "mismatched_amounts",
    "fields[satispay_payments]": "payment_id",
    "fields[payment_methods]": "auto_place,payment_source_type",
}


def listed(driver: Driver, filters: dict[str, str]) -> list[str]:
    """Walk through all pages by key; gives the ids in the order they came."""
    seen: list[str] = []
    while True:
        after = {"id_gt": seen[-1]} if seen else {}
        answer = driver.get_q("/api/orders", filters | after, sort="id", **SPARSE, **{"page[size]": "25"})
        assert answer.status_code == 200, answer.text
        document = answer.json()
        for record in document["data"]:
            source = record["relationships"]["payment_source"]["data"]
            included = {(each["type"], each["id"]) for each in document["included"]}
            assert (source["type"], source["id"]) in included
        if not document["data"]:
            return seen
        seen += [each["id"] for each in document["data"]]


def test_the_whole_filter_of_a_listing(driver: Driver, clock: Clock) -> None:
    def order(**wanted: Any) -> str:
        return driver.order(announce=False, **wanted)["order_id"]

    def window(oldest: float, youngest: float) -> dict[str, str]:
        return {
            "updated_at_gteq": iso(clock.now - oldest),
            "updated_at_lteq": iso(clock.now - youngest),
        }

    stuck = {order(payment_type=kind, ago_s=2 * HOUR) for kind in PAYMENT_TYPES * 10}
    cart = order(status="pending", ago_s=2 * HOUR)
    edge = order(ago_s=HOUR / 2)
    order(ago_s=60)
    order(ago_s=30 * HOUR)
    settled = driver.order(intent="authorized", ago_s=3 * HOUR)
    driver.act(settled, "deliver", ago_s=2 * HOUR)
    unplaced = driver.order(status="pending", intent="authorized", ago_s=3 * HOUR)
    driver.act(unplaced, "deliver", ago_s=2 * HOUR)
    types = {"payment_method_payment_source_type_in": ",".join(PAYMENT_TYPES)}
    placed = {"status_in": "placed,placing,editing,approved", "payment_status_eq": "unpaid"}

    # Both ends of a window are in it.
    until = {"updated_at_lteq": driver.attributes({"order_id": edge})["updated_at"]}
    found = listed(driver, placed | types | window(24 * HOUR, 0) | until)
    assert found == sorted(stuck | {edge})
    of_one_type = {"payment_method_payment_source_type_eq": "satispay_payments"}
    assert len(listed(driver, placed | of_one_type | window(24 * HOUR, HOUR))) == 10
    carts = {"status_in": "pending", "payment_status_in": "unpaid"}
    assert listed(driver, carts | types | window(24 * HOUR, HOUR)) == [cart]
    money = {"status_eq": "pending", "payment_status_in": "authorized,paid,partially_paid"}
    assert listed(driver, money | window(24 * HOUR, HOUR)) == [unplaced["order_id"]]


def test_the_payment_method_follows_the_payment_source(driver: Driver) -> None:
    order = driver.order(status="pending", auto_place=True)
    driver.act(order, "replace_payment", payment_type="satispay_payments")
    [found] = driver.get_q("/api/orders", {"payment_method_payment_source_type_eq": "satispay_payments"}).json()[
        "data"
    ]
    assert found["id"] == order["order_id"]
    method = driver.get(f"/api/orders/{order['order_id']}/payment_method").json()["data"]["attributes"]
    assert method["auto_place"] is True


def test_filters_can_be_refused(driver: Driver) -> None:
    driver.order()
    driver.switch(refused_filters=["updated_at_gteq", "payment_method_payment_source_type_in"])
    refused = {"status_in": "placed", "updated_at_gteq": "2020-01-01T00:00:00Z"}
    assert error_of(driver.get_q("/api/orders", refused)) == (400, "FILTER_NOT_ALLOWED")
    by_type = {"payment_method_payment_source_type_in": "stripe_payments"}
    assert error_of(driver.get_q("/api/orders", by_type)) == (400, "FILTER_NOT_ALLOWED")
    still = {"updated_at_lteq": "2030-01-01T00:00:00Z", "payment_method_payment_source_type_eq": "stripe_payments"}
    assert len(driver.get_q("/api/orders", still).json()["data"]) == 1
    driver.switch(refused_filters=[])
    assert driver.get_q("/api/orders", refused).status_code == 200


def test_webhooks_show_the_state_of_their_circuit(driver: Driver, receiver: Receiver) -> None:
    driver.webhook("orders.place", f"{receiver.url}/orders.place")
    driver.webhook("orders.pay", f"{receiver.url}/orders.pay")
    fields = {"fields[webhooks]": "topic,callback_url,circuit_state,disabled_at"}
    shown = driver.get("/api/webhooks", **fields).json()["data"]
    assert [each["attributes"] for each in shown] == [
        {
            "topic": f"orders.{event}",
            "callback_url": f"{receiver.url}/orders.{event}",
            "circuit_state": "closed",
            "disabled_at": None,
        }
        for event in ("place", "pay")
    ]
    assert len(driver.get_q("/api/webhooks", {"circuit_state_eq": "open"}).json()["data"]) == 0


def test_circuits_can_be_opened_and_closed(driver: Driver, receiver: Receiver) -> None:
    def circuits(body: dict[str, str]) -> list[tuple[str, str, int]]:
        assert driver.client.put("/_sandbox/webhooks", json=body).status_code == 200
        attributes = [each["attributes"] for each in driver.get("/api/webhooks").json()["data"]]
        return [(each["topic"], each["circuit_state"], each["circuit_failure_count"]) for each in attributes]

    for topic in ("orders.pending", "orders.place"):
        driver.webhook(topic, receiver.url)
    closed = [("orders.pending", "closed", 0), ("orders.place", "closed", 0)]
    opened = [(topic, "open", 30) for topic, _, _ in closed]
    assert circuits({"topic": "orders.place", "circuit_state": "open"}) == [closed[0], opened[1]]
    driver.order()
    wait_until(lambda: driver.client.get("/_sandbox/scenario").json()["deliveries_pending"] == 0)
    assert receiver.topics() == ["orders.pending"]
    assert circuits({"circuit_state": "open"}) == opened
    assert circuits({"circuit_state": "closed"}) == closed
    driver.order()
    receiver.wait_for(3)
    assert sorted(receiver.topics()) == ["orders.pending", "orders.pending", "orders.place"]


@pytest.mark.parametrize("kind", ["stripe_gateways", "checkout_com_gateways"])
def test_gateways_show_their_webhook_endpoint(driver: Driver, kind: str) -> None:
    def attributes(**query: str) -> dict[str, Any]:
        first = driver.get(f"/api/{kind}", **query).json()["data"][0]
        shown: dict[str, Any] = first["attributes"]
        return shown

    whole = attributes()
    assert whole["webhook_endpoint_secret"]
    assert whole["force_payments"] is True
    sparse = {f"fields[{kind}]": "name,disabled_at,webhook_endpoint_id"}
    assert set(attributes(**sparse)) == {"name", "disabled_at", "webhook_endpoint_id"}
    assert attributes(**sparse)["webhook_endpoint_id"]
    driver.switch(unregistered_gateways=[kind], force_payments=False)
    assert attributes(**sparse)["webhook_endpoint_id"] is None
    assert attributes()["force_payments"] is False
    driver.switch(unregistered_gateways=[])
    assert attributes() == whole | {"force_payments": False}


def test_a_satispay_gateway_has_a_webhook_url_only(driver: Driver) -> None:
    [gateway] = driver.get("/api/satispay_gateways").json()["data"]
    assert gateway["attributes"]["webhook_endpoint_url"]
    assert "webhook_endpoint_id" not in gateway["attributes"]
    refused = driver.get("/api/satispay_gateways", **{"fields[satispay_gateways]": "webhook_endpoint_id"})
    assert error_of(refused) == (400, "INVALID_FIELD")


def test_orders_can_be_made_long_ago(driver: Driver, clock: Clock) -> None:
    order = driver.order(ago_s=5 * HOUR, intent="authorized")
    shown = driver.attributes(order)
    assert {shown[name][:19] for name in ("created_at", "placed_at", "updated_at")} == {
        iso(clock.now - 5 * HOUR)[:19]
    }
    assert driver.truth()[0]["authorized_at"] == clock.now - 5 * HOUR
    refused = driver.client.post("/_sandbox/orders", json={"ago_s": -1})
    assert "ago_s must be a number of seconds" in refused.json()["error"]


def test_older_orders_are_only_observed(driver: Driver, clock: Clock) -> None:
    old = driver.order(intent="authorized", ago_s=2 * HOUR)
    new = driver.order(intent="authorized")
    rows = driver.truth(act_on_orders_after=iso(clock.now - HOUR))
    ends = {row["payment_id"]: row["expect"]["status"] for row in rows}
    assert ends == {old["payment_id"]: ["reported"], new["payment_id"]: ["settled"]}


def test_stripe_gateway_without_endpoint_shows_one_after_its_trigger(driver: Driver) -> None:
    def endpoints() -> list[bool]:
        listed = driver.get("/api/stripe_gateways").json()["data"]
        return [bool(each["attributes"]["webhook_endpoint_id"]) for each in listed]

    def pull(kind: str, trigger: str) -> int:
        gateway = driver.get(f"/api/{kind}").json()["data"][0]["id"]
        data = {"type": kind, "id": gateway, "attributes": {trigger: True}}
        return driver.write("PATCH", f"/api/{kind}/{gateway}", data).status_code

    driver.switch(unregistered_gateways=["stripe_gateways"])
    assert [pull("stripe_gateways", trigger) for trigger in ("_check", "_update_webhooks")] == [200, 200]
    assert endpoints() == [False, False]
    assert pull("stripe_gateways", "_refresh_webhook_secrets") == 200
    assert endpoints() == [True, False]
    assert pull("stripe_gateways", "_enable_everything") == 400
    assert pull("checkout_com_gateways", "_check") == 405
