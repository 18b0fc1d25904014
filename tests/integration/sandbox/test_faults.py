"""Faults on demand: the client's view of them, and the effects that requests had all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from sandbox.faults import Faults
from tests.integration.sandbox.driver import error_of

if TYPE_CHECKING:
    from tests.integration.sandbox.driver import Driver


def test_the_next_calls_of_a_route_fail(driver: Driver) -> None:
    order = driver.order(intent="authorized")
    driver.faults({"route": "PATCH", "kind": "status", "status": 502, "count": 2})
    assert [driver.refresh(order).status_code for _ in range(3)] == [502, 502, 200]
    assert driver.get("/api/orders").status_code == 200
    assert driver.client.get("/_sandbox/faults").json()["faults"][0]["hits"] == 2


def test_a_4xx_has_an_error_object_and_a_5xx_need_not(driver: Driver) -> None:
    driver.faults({"route": "/api/orders", "status": 409, "count": 1}, {"route": "/api/orders", "status": 500})
    assert error_of(driver.get("/api/orders"))[0] == 409
    broken = driver.get("/api/orders")
    assert broken.headers["content-type"].startswith("text/html")


def test_tokens_are_refused(driver: Driver) -> None:
    driver.headers()
    driver.faults({"route": "/api/*", "kind": "token", "count": 1}, {"route": "/oauth/token", "kind": "token"})
    assert error_of(driver.get("/api/orders")) == (401, "INVALID_TOKEN")
    assert driver.get("/api/orders").status_code == 200
    assert driver.token_request().json()["errors"][0]["title"] == "invalid_client"


def test_a_connection_is_reset(driver: Driver) -> None:
    driver.headers()
    driver.faults({"route": "GET /api/orders", "kind": "reset", "count": 1})
    with pytest.raises(httpx.ReadError):
        driver.get("/api/orders")
    assert driver.get("/api/orders").status_code == 200


def test_a_request_hangs_until_the_caller_gives_up(driver: Driver) -> None:
    headers = driver.headers()
    driver.faults({"route": "GET /api/orders", "kind": "hang", "seconds": 300})
    with pytest.raises(httpx.ReadTimeout):
        driver.client.get("/api/orders", headers=headers, timeout=0.2)


def test_a_hang_ends_by_itself(driver: Driver) -> None:
    headers = driver.headers()
    driver.faults({"route": "GET /api/orders", "kind": "hang", "seconds": 0.05})
    with pytest.raises(httpx.ReadError):
        driver.client.get("/api/orders", headers=headers)


def test_a_slow_answer_is_an_answer(driver: Driver) -> None:
    driver.headers()
    driver.faults({"route": "GET /api/orders", "kind": "slow", "seconds": 0.05})
    assert driver.get("/api/orders").status_code == 200


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 504}, {"kind": "reset"}])
def test_an_answer_can_be_lost_after_the_work_was_done(driver: Driver, fault: dict[str, object]) -> None:
    order = driver.order(intent="authorized")
    driver.headers()
    driver.faults({"route": "PATCH", "after": True, **fault})
    if fault["kind"] == "reset":
        with pytest.raises(httpx.ReadError):
            driver.refresh(order)
    else:
        assert driver.refresh(order).status_code == 504
    assert driver.attributes(order)["payment_status"] == "authorized"


def test_a_share_of_the_calls_fails_the_same_each_time() -> None:
    def run(seed: int) -> list[bool]:
        faults = Faults(lambda _path: None)
        faults.replace([{"share": 0.3}], seed=seed)
        return [faults.take("GET", "/api/orders") is not None for _ in range(1000)]

    assert run(1) == run(1) != run(2)
    assert 250 < sum(run(1)) < 350


def test_the_sandbox_stops_while_requests_hang(driver: Driver) -> None:
    """The fixture's end must not wait for it."""
    headers = driver.headers()
    driver.faults({"route": "GET", "kind": "hang", "seconds": 300})
    with pytest.raises(httpx.ReadTimeout):
        driver.client.get("/api/orders", headers=headers, timeout=0.1)
