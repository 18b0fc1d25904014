"""Only a delivered gateway webhook or a refresh moves an order, and each switch does what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.resources import PAYMENT_TYPES
from tests.integration.sandbox.driver import error_of

if TYPE_CHECKING:
    from tests.integration.sandbox.driver import Clock, Driver


def authorizations(driver: Driver, order: dict[str, str]) -> list[dict[str, Any]]:
    answer = driver.get(f"/api/orders/{order['order_id']}/authorizations").json()
    return [each["attributes"] for each in answer["data"]]


@pytest.mark.parametrize("payment_type", PAYMENT_TYPES)
def test_a_refresh_moves_the_order(driver: Driver, clock: Clock, payment_type: str) -> None:
    order = driver.order(payment_type=payment_type, intent="authorized")
    before = driver.attributes(order)
    assert (before["status"], before["payment_status"]) == ("placed", "unpaid")
    clock.now += 5
    answer = driver.refresh(order, include="order")
    assert answer.status_code == 200
    assert answer.json()["data"]["id"] == order["payment_id"]
    [shown] = answer.json()["included"]
    assert shown["attributes"]["payment_status"] == "authorized"
    after = driver.attributes(order)
    assert after["payment_updated_at"] == after["updated_at"] > before["updated_at"]
    [authorization] = authorizations(driver, order)
    assert authorization["succeeded"] is True
    assert authorization["amount_cents"] == after["total_amount_cents"]
    # Once more changes nothing.
    assert driver.refresh(order).status_code == 200
    assert driver.attributes(order) == after


def test_the_documented_request_is_recorded_as_it_came(driver: Driver) -> None:
    order = driver.order(intent="authorized")
    driver.refresh(order, include="order")
    driver.act(order, "approve")
    calls = driver.calls()
    [seen] = calls["refreshes"]
    body = {"data": {"type": "stripe_payments", "id": order["payment_id"], "attributes": {"_refresh": True}}}
    assert (seen["method"], seen["path"]) == ("PATCH", f"/api/stripe_payments/{order['payment_id']}")
    assert (seen["query"], seen["body"]) == ({"include": "order"}, body)
    assert seen["headers"]["accept"] == seen["headers"]["content-type"] == "application/vnd.api+json"
    assert "authorization" not in seen["headers"]
    assert (calls["patch_calls"], calls["list_calls"], calls["token_calls"]) == (1, 0, 1)


def test_a_gateway_webhook_moves_the_order(driver: Driver) -> None:
    order = driver.order()
    driver.act(order, "authorize")
    assert driver.attributes(order)["payment_status"] == "unpaid"
    driver.act(order, "deliver")
    assert driver.attributes(order)["payment_status"] == "authorized"
    assert driver.truth()[0]["moved_by"] == "webhook"


def test_auto_capture_pays_and_auto_place_places(driver: Driver) -> None:
    captured = driver.order(intent="authorized", auto_capture=True)
    cart = driver.order(status="pending", intent="authorized", auto_place=True)
    plain_cart = driver.order(status="pending", intent="authorized")
    for order in (captured, cart, plain_cart):
        driver.refresh(order)
    assert driver.attributes(captured)["payment_status"] == "paid"
    assert driver.attributes(cart)["status"] == "placed"
    assert driver.attributes(cart)["placed_at"]
    left = driver.attributes(plain_cart)
    assert (left["status"], left["payment_status"]) == ("pending", "authorized")


def test_an_unconfirmed_intent_is_answered_with_200_or_422(driver: Driver) -> None:
    order = driver.order()
    before = driver.attributes(order)
    assert driver.refresh(order).status_code == 200
    driver.switch(unconfirmed_refresh_status=422)
    assert error_of(driver.refresh(order)) == (422, "VALIDATION_ERROR")
    assert driver.attributes(order) == before
    driver.act(order, "authorize")
    assert driver.refresh(order).status_code == 200


def test_the_included_order_can_lag(driver: Driver) -> None:
    driver.switch(refresh_order_lags=True)
    order = driver.order(intent="authorized")
    [shown] = driver.refresh(order, include="order").json()["included"]
    assert shown["attributes"]["payment_status"] == "unpaid"
    assert driver.attributes(order)["payment_status"] == "authorized"


def test_a_refresh_can_touch_updated_at(driver: Driver) -> None:
    order = driver.order()
    before = driver.attributes(order)["updated_at"]
    driver.switch(refresh_touches_updated_at=True)
    driver.refresh(order)
    after = driver.attributes(order)
    assert after["updated_at"] > before
    assert after["payment_updated_at"] is None


def test_a_declined_attempt_leaves_a_failed_authorization_once(driver: Driver) -> None:
    order = driver.order(intent="declined")
    before = driver.attributes(order)
    for _ in range(2):
        driver.refresh(order)
    [failed] = authorizations(driver, order)
    assert failed["succeeded"] is False
    assert failed["error_code"] == "card_declined"
    assert failed["message"]
    assert driver.attributes(order)["payment_status"] == before["payment_status"] == "unpaid"
    # The shopper tries again on the same payment, and it works.
    driver.act(order, "authorize")
    driver.refresh(order)
    assert [each["succeeded"] for each in authorizations(driver, order)] == [False, True]


def test_failed_authorizations_can_be_left_never_or_each_time(driver: Driver) -> None:
    driver.switch(declined_leaves_authorization=False)
    order = driver.order(intent="declined")
    driver.refresh(order)
    assert authorizations(driver, order) == []
    driver.switch(declined_leaves_authorization=True, refresh_repeats_failed_authorization=True)
    for _ in range(2):
        driver.refresh(order)
    assert len(authorizations(driver, order)) == 2


def test_an_old_paid_intent_wins_when_payments_are_forced(driver: Driver) -> None:
    old = driver.order(status="pending")
    new = driver.act(old, "replace_payment", payment_type="satispay_payments")
    driver.act(old, "authorize", payment_id=old["payment_id"])
    driver.switch(force_payments=False)
    driver.refresh(old)
    assert driver.attributes(old)["payment_status"] == "unpaid"
    driver.switch(force_payments=True)
    driver.refresh(old)
    source = driver.get(f"/api/orders/{old['order_id']}", include="payment_source").json()
    assert source["data"]["relationships"]["payment_source"]["data"]["id"] == old["payment_id"]
    rows = {row["payment_id"]: row["expect"]["status"] for row in driver.truth()}
    assert rows == {old["payment_id"]: ["settled"], new["payment_id"]: ["closed"]}


def test_attributes_can_be_set_without_a_refresh(driver: Driver) -> None:
    order = driver.order(intent="authorized")
    data = {"type": "stripe_payments", "id": order["payment_id"], "attributes": {"reference": "mine"}}
    answer = driver.write("PATCH", f"/api/stripe_payments/{order['payment_id']}", data)
    assert answer.json()["data"]["attributes"]["reference"] == "mine"
    assert driver.attributes(order)["payment_status"] == "unpaid"


def test_other_things_that_happen_to_orders(driver: Driver) -> None:
    order = driver.order(intent="authorized")
    driver.act(order, "mismatch")
    payment = driver.get(f"/api/stripe_payments/{order['payment_id']}").json()["data"]
    assert payment["attributes"]["mismatched_amounts"] is True
    driver.act(order, "deliver")
    driver.act(order, "cancel")
    cancelled = driver.attributes(order)
    assert (cancelled["status"], cancelled["payment_status"]) == ("cancelled", "voided")
    assert cancelled["cancelled_at"]
