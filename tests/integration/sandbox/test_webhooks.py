"""Webhooks: their records, their deliveries, and their circuits when the receiver fails."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any

from tests.integration.sandbox.driver import error_of, wait_until

if TYPE_CHECKING:
    from tests.integration.sandbox.driver import Driver, Receiver

URL = "http://127.0.0.1:9/orders.place"


def change(driver: Driver, webhook: dict[str, Any], **attributes: object) -> Any:
    data = {"type": "webhooks", "id": webhook["id"], "attributes": attributes}
    return driver.write("PATCH", f"/api/webhooks/{webhook['id']}", data).json()["data"]["attributes"]


def shown(driver: Driver, webhook: dict[str, Any]) -> Any:
    return driver.get(f"/api/webhooks/{webhook['id']}").json()["data"]["attributes"]


def test_a_webhook_from_its_making_to_its_end(driver: Driver) -> None:
    webhook = driver.webhook("orders.place", URL, "payment_source")
    first = webhook["attributes"]
    assert first["shared_secret"]
    assert (first["circuit_state"], first["circuit_failure_count"]) == ("closed", 0)
    assert change(driver, webhook, _regenerate_shared_secret=True)["shared_secret"] != first["shared_secret"]
    assert change(driver, webhook, _disable=True)["disabled_at"]
    assert change(driver, webhook, _enable=True)["disabled_at"] is None
    assert change(driver, webhook, name="mine")["name"] == "mine"
    listed = driver.get_q("/api/webhooks", {"topic_eq": "orders.place"}).json()
    assert listed["meta"]["record_count"] == 1
    assert driver.client.delete(f"/api/webhooks/{webhook['id']}", headers=driver.headers()).status_code == 204
    assert error_of(driver.get(f"/api/webhooks/{webhook['id']}")) == (404, "RECORD_NOT_FOUND")


def test_secret_of_a_webhook_can_be_shown_only_once_when_it_is_made(driver: Driver) -> None:
    driver.switch(webhook_secrets_shown_once=True)
    webhook = driver.webhook("orders.place", URL)

    assert webhook["attributes"]["shared_secret"]
    assert shown(driver, webhook)["shared_secret"] is None
    assert driver.get("/api/webhooks").json()["data"][0]["attributes"]["shared_secret"] is None
    assert change(driver, webhook, name="mine")["shared_secret"] is None
    assert change(driver, webhook, _regenerate_shared_secret=True)["shared_secret"]


def test_order_of_the_new_payments_model_has_neither_method_nor_source_in_events_and_looks(
    driver: Driver, receiver: Receiver
) -> None:
    shown = ("payment_source", "payment_method")
    driver.webhook("orders.authorize", receiver.url, *shown)

    made = driver.order(new_model=True, status="pending", intent="authorized")

    receiver.wait_for(1)
    [delivered] = [json.loads(body)["data"] for _, body in receiver.got]
    looked = driver.get(f"/api/orders/{made['order_id']}", include=",".join(shown)).json()["data"]
    for order in (delivered, looked):
        assert (order["id"], order["attributes"]["payment_status"]) == (made["order_id"], "authorized")
        assert [order["relationships"][name]["data"] for name in shown] == [None, None]


def test_webhooks_that_cannot_be(driver: Driver) -> None:
    good = {"topic": "orders.place", "callback_url": URL}
    refused = [
        (good | {"shared_secret": "mine"}, (400, "PARAM_NOT_ALLOWED")),
        (good | {"topic": "orders.place,orders.pay"}, (422, "VALIDATION_ERROR")),
        (good | {"topic": ["orders.place", "orders.pay"]}, (422, "VALIDATION_ERROR")),
        (good | {"topic": "stripe_payments.succeeded"}, (422, "VALIDATION_ERROR")),
        ({"callback_url": URL}, (422, "VALIDATION_ERROR")),
        (good | {"callback_url": "ftp://127.0.0.1/"}, (422, "VALIDATION_ERROR")),
        (good | {"include_resources": ["nothing"]}, (422, "VALIDATION_ERROR")),
        (good | {"include_resources": "payment_source"}, (422, "VALIDATION_ERROR")),
    ]
    for attributes, expected in refused:
        answer = driver.write("POST", "/api/webhooks", {"type": "webhooks", "attributes": attributes})
        assert error_of(answer) == expected
    webhook = driver.webhook("orders.place", URL)
    data = {"type": "webhooks", "id": webhook["id"], "attributes": {"shared_secret": "mine"}}
    answer = driver.write("PATCH", f"/api/webhooks/{webhook['id']}", data)
    assert error_of(answer) == (400, "PARAM_NOT_ALLOWED")


def test_a_delivery_is_signed_and_shows_the_order_with_its_includes(driver: Driver, receiver: Receiver) -> None:
    webhook = driver.webhook("orders.place", f"{receiver.url}/orders.place", "payment_source", "authorizations")
    order = driver.order()
    receiver.wait_for(1)
    [(headers, body)] = receiver.got
    secret = webhook["attributes"]["shared_secret"]
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    assert headers["x-commercelayer-signature"] == base64.b64encode(digest).decode()
    assert headers["x-commercelayer-topic"] == "orders.place"
    document = json.loads(body)
    assert document["data"]["id"] == order["order_id"]
    assert document["data"]["attributes"]["status"] == "placed"
    source = document["data"]["relationships"]["payment_source"]
    assert source["data"] == {"type": "stripe_payments", "id": order["payment_id"]}
    assert document["included"][0]["id"] == order["payment_id"]


def test_without_includes_there_are_links_only(driver: Driver, receiver: Receiver) -> None:
    driver.webhook("orders.place", receiver.url)
    driver.order()
    receiver.wait_for(1)
    document = json.loads(receiver.got[0][1])
    assert "included" not in document
    assert set(document["data"]["relationships"]["payment_source"]) == {"links"}


def test_each_move_fires_its_topics_and_shows_the_order_as_it_was_then(driver: Driver, receiver: Receiver) -> None:
    topics = ("pending", "placing", "place", "authorize", "pay", "approve", "cancel", "void")
    for topic in topics:
        driver.webhook(f"orders.{topic}", receiver.url)
    captured = driver.order(status="placing", auto_capture=True)
    driver.act(captured, "place")
    driver.act(captured, "authorize")
    driver.refresh(captured)
    driver.act(captured, "approve")
    receiver.wait_for(6)
    states = {
        headers["x-commercelayer-topic"]: json.loads(body)["data"]["attributes"]["payment_status"]
        for headers, body in receiver.got
    }
    assert states == {
        "orders.pending": "unpaid",
        "orders.placing": "unpaid",
        "orders.place": "unpaid",
        "orders.authorize": "authorized",
        "orders.pay": "paid",
        "orders.approve": "paid",
    }
    receiver.got.clear()
    cancelled = driver.order(intent="authorized", announce=False)
    driver.act(cancelled, "deliver", announce=False)
    driver.act(cancelled, "cancel")
    receiver.wait_for(2)
    assert sorted(receiver.topics()) == ["orders.cancel", "orders.void"]


def test_authorizations_have_topics_too(driver: Driver, receiver: Receiver) -> None:
    driver.webhook("authorizations.failed", receiver.url, "order")
    driver.refresh(driver.order(intent="declined"))
    receiver.wait_for(1)
    document = json.loads(receiver.got[0][1])
    assert document["data"]["attributes"]["error_code"] == "card_declined"
    assert document["included"][0]["type"] == "orders"


def test_a_failed_delivery_is_repeated_with_the_same_body(driver: Driver, receiver: Receiver) -> None:
    driver.switch(webhook_retry_pause_s=0.001)
    webhook = driver.webhook("orders.place", receiver.url)
    receiver.answers += [500, 302, 404]
    driver.order()
    receiver.wait_for(4)
    assert len({body for _, body in receiver.got}) == 1
    wait_until(lambda: driver.calls()["webhook_deliveries"].get("delivered") == 1)
    assert driver.calls()["webhook_deliveries"] == {"failed_attempts": 3, "repeated": 3, "delivered": 1}
    assert shown(driver, webhook)["circuit_failure_count"] == 0


def test_after_ten_repeats_a_delivery_is_given_up(driver: Driver, receiver: Receiver) -> None:
    driver.switch(webhook_retry_pause_s=0.0001)
    driver.webhook("orders.place", receiver.url)
    receiver.answers += [503] * 20
    driver.order()
    wait_until(lambda: driver.calls()["webhook_deliveries"].get("given_up") == 1)
    assert len(receiver.got) == 11


def test_a_receiver_that_does_not_answer_in_time_has_failed(driver: Driver) -> None:
    driver.switch(webhook_timeout_s=0.05, webhook_retry_pause_s=0.0001)
    silent = f"{driver.sandbox.url}/api/orders"
    driver.faults({"route": "POST /api/orders", "kind": "hang", "seconds": 30})
    webhook = driver.webhook("orders.place", silent)
    driver.order()
    wait_until(lambda: shown(driver, webhook)["circuit_failure_count"] >= 2)


def test_the_circuit_opens_after_thirty_failures_in_a_row(driver: Driver, receiver: Receiver) -> None:
    driver.switch(webhook_retry_pause_s=0.0001)
    webhook = driver.webhook("orders.place", receiver.url)
    receiver.answers += [500] * 100
    for _ in range(3):
        driver.order()
    wait_until(lambda: shown(driver, webhook)["circuit_state"] == "open")
    wait_until(lambda: driver.client.get("/_sandbox/scenario").json()["deliveries_pending"] == 0)
    sent = len(receiver.got)
    assert 30 <= sent <= 33  # what was under way when it opened still came through
    driver.order()
    assert driver.client.get("/_sandbox/scenario").json()["deliveries_pending"] == 0
    assert len(receiver.got) == sent
    receiver.answers.clear()
    reset = change(driver, webhook, _reset_circuit=True)
    assert (reset["circuit_state"], reset["circuit_failure_count"]) == ("closed", 0)
    driver.order()
    receiver.wait_for(sent + 1)


def test_a_disabled_webhook_is_not_called(driver: Driver, receiver: Receiver) -> None:
    disabled = driver.webhook("orders.place", f"{receiver.url}/disabled")
    change(driver, disabled, _disable=True)
    driver.webhook("orders.place", f"{receiver.url}/enabled")
    driver.order()
    wait_until(lambda: driver.calls()["webhook_deliveries"].get("delivered") == 1)
    assert len(receiver.got) == 1
