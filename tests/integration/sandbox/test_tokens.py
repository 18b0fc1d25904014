"""Tokens: claims, renewal, refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jwt

from tests.integration.sandbox.driver import error_of

if TYPE_CHECKING:
    from tests.integration.sandbox.driver import Clock, Driver


def test_token_has_the_documented_claims(driver: Driver, clock: Clock) -> None:
    answer = driver.token_request().json()
    assert answer["token_type"] == "Bearer"
    assert (answer["expires_in"], answer["created_at"]) == (7200, int(clock.now))
    header = jwt.get_unverified_header(answer["access_token"])
    assert (header["alg"], header["typ"]) == ("RS512", "JWT")
    assert header["kid"]
    claims = jwt.decode(answer["access_token"], options={"verify_signature": False})
    assert claims["application"]["kind"] == "integration"
    assert claims["application"]["client_id"] == driver.sandbox.client_id
    assert claims["organization"]["slug"] == driver.sandbox.organization
    assert claims["exp"] - claims["iat"] == 7200
    assert claims["iss"] == "https://auth.commercelayer.io"
    assert claims["test"] is False


def test_the_same_token_until_fifteen_minutes_before_its_end(driver: Driver, clock: Clock) -> None:
    first = driver.token_request().json()
    clock.now += 7200 - 901
    again = driver.token_request().json()
    assert again["access_token"] == first["access_token"]
    assert again["expires_in"] == 901
    clock.now += 1
    renewed = driver.token_request().json()
    assert renewed["access_token"] != first["access_token"]
    assert renewed["expires_in"] == 7200
    # Both are good while they overlap.
    for token in (first, renewed):
        headers = driver.headers(Authorization=f"Bearer {token['access_token']}")
        assert driver.client.get("/api/orders", headers=headers).status_code == 200


def test_an_expired_token_is_invalid(driver: Driver, clock: Clock) -> None:
    driver.headers()
    clock.now += 7199
    assert driver.get("/api/orders").status_code == 200
    clock.now += 1
    assert error_of(driver.get("/api/orders")) == (401, "INVALID_TOKEN")


def test_missing_malformed_and_revoked_tokens_are_invalid(driver: Driver) -> None:
    for authorization in ("", "Bearer", "Bearer x.y.z", "Basic abc"):
        answer = driver.client.get("/api/orders", headers=driver.headers(Authorization=authorization))
        assert error_of(answer) == (401, "INVALID_TOKEN")
    driver.headers()
    driver.client.post("/_sandbox/tokens/revoke")
    assert error_of(driver.get("/api/orders")) == (401, "INVALID_TOKEN")


def test_a_bad_client_gets_the_documented_answer(driver: Driver) -> None:
    answer = driver.token_request(client_secret="wrong")
    assert answer.status_code == 401
    [error] = answer.json()["errors"]
    assert (error["code"], error["title"], error["status"]) == ("UNAUTHORIZED", "invalid_client", 401)
    assert error["detail"].startswith("Client authentication failed due to unknown client")
    assert driver.token_request(grant_type="password").status_code == 400
    assert driver.client.post("/oauth/token", content=b"no json").status_code == 400


def test_a_role_without_the_right_is_unauthorized(driver: Driver) -> None:
    order = driver.order(intent="authorized")
    reader = driver.client.get("/_sandbox/credentials").json()["read_only"]
    token = driver.token_request(**reader).json()["access_token"]
    driver._token = token
    assert driver.get(f"/api/orders/{order['order_id']}").status_code == 200
    assert error_of(driver.refresh(order)) == (401, "UNAUTHORIZED")
    assert driver.attributes(order)["payment_status"] == "unpaid"


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def test_a_token_of_the_other_mode_sees_no_record(driver: Driver) -> None:
    order = driver.order(intent="authorized")
    other = driver.client.get("/_sandbox/credentials").json()["other_mode"]
    driver._token = driver.token_request(**other).json()["access_token"]
    assert claims_of(driver._token)["test"] is True
    assert claims_of(driver._token)["organization"]["slug"] == driver.sandbox.organization
    assert driver.get("/api/orders").json()["data"] == []
    assert error_of(driver.get(f"/api/orders/{order['order_id']}")) == (404, "RECORD_NOT_FOUND")
    assert error_of(driver.get(f"/api/orders/{order['order_id']}/payment_source")) == (404, "RECORD_NOT_FOUND")
    assert error_of(driver.refresh(order)) == (404, "RECORD_NOT_FOUND")
    data = {"type": "webhooks", "attributes": {"topic": "orders.place", "callback_url": "http://127.0.0.1/"}}
    assert error_of(driver.write("POST", "/api/webhooks", data)) == (401, "UNAUTHORIZED")
    assert driver.truth()[0]["moved_by"] is None


def test_a_token_for_another_organization_opens_nothing(driver: Driver) -> None:
    order = driver.order(intent="authorized")
    elsewhere = driver.client.get("/_sandbox/credentials").json()["other_organization"]
    driver._token = driver.token_request(**elsewhere).json()["access_token"]
    claims = claims_of(driver._token)
    assert claims["organization"]["slug"] not in ("", driver.sandbox.organization)
    assert claims["test"] is False
    assert error_of(driver.get("/api/orders")) == (401, "INVALID_TOKEN")
    assert error_of(driver.refresh(order)) == (401, "INVALID_TOKEN")


def test_thirty_token_requests_a_minute(driver: Driver, clock: Clock) -> None:
    for _ in range(30):
        assert driver.token_request().status_code == 200
    assert driver.token_request().status_code == 429
    clock.now += 60
    assert driver.token_request().status_code == 200
