"""The sandbox lists every secret it made or gave out, so that what a run left behind can be searched for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.integration.sandbox.driver import Driver


def test_all_are_reported(driver: Driver) -> None:
    attributes = {"topic": "orders.place", "callback_url": "https://made-up.example/", "name": "a webhook"}
    document = {"data": {"type": "webhooks", "attributes": attributes}}
    headers = driver.headers(Content_Type="application/vnd.api+json")
    webhook = driver.client.post("/api/webhooks", json=document, headers=headers).json()["data"]["attributes"]
    stripe, checkout = driver.order(), driver.order(payment_type="checkout_com_payments")
    gateways = [driver.get(f"/api/{kind}").json()["data"] for kind in ("stripe_gateways", "checkout_com_gateways")]
    first = driver.token_request().json()["access_token"]
    driver.client.post("/_sandbox/tokens/revoke")
    second = driver.token_request().json()["access_token"]

    reported = driver.client.get("/_sandbox/secrets").json()

    assert reported["client id"] == [driver.sandbox.client_id]
    assert driver.sandbox.client_secret in reported["client secret"]
    assert reported["access token"] == [first, second]
    assert webhook["shared_secret"] in reported["webhook's shared secret"]
    assert set(reported["payment's secret"]) == {
        f"pi_{stripe['payment_id']}_secret_made_up",
        f"tok_{checkout['payment_id']}",
        f"pss_made_up_{checkout['payment_id']}",
    }
    assert reported["gateway's webhook secret"] == [
        gateway["attributes"]["webhook_endpoint_secret"] for records in gateways for gateway in records
    ]
