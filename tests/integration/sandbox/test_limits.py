"""Rate limits: sliding windows, classes, headers, and the form of a refusal. The clock is turned by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.config import Config, Switches
from sandbox.limits import RateLimiter

if TYPE_CHECKING:
    from tests.integration.sandbox.driver import Clock, Driver


@pytest.fixture
def switches() -> Switches:
    return Switches()


@pytest.fixture
def limiter(clock: Clock, switches: Switches) -> RateLimiter:
    return RateLimiter(clock, "live", switches)


def spend(limiter: RateLimiter, clock: Clock, count: int, method: str = "GET") -> list[bool]:
    """Call evenly over many endpoints, so that only the average limit can be hit."""
    allowed = []
    for number in range(count):
        allowed.append(limiter.call("10.0.0.1", method, f"/api/{number % 20}").allowed)
        clock.now += 0.001
    return allowed


def test_burst_of_each_endpoint(limiter: RateLimiter, clock: Clock) -> None:
    assert all(limiter.call("10.0.0.1", "GET", "/api/orders").allowed for _ in range(50))
    assert not limiter.call("10.0.0.1", "GET", "/api/orders").allowed
    assert limiter.call("10.0.0.1", "GET", "/api/orders/:id").allowed
    assert limiter.call("10.0.0.1", "PATCH", "/api/orders").allowed
    clock.now += 10
    assert limiter.call("10.0.0.1", "GET", "/api/orders").allowed


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
def test_average_over_all_endpoints_is_counted_for_each_method(
    limiter: RateLimiter, clock: Clock, method: str
) -> None:
    assert spend(limiter, clock, 201, method) == [True] * 200 + [False]
    for other in {"GET", "POST", "PATCH", "DELETE"} - {method}:
        assert limiter.call("10.0.0.1", other, "/api/orders").remaining == 199
    assert limiter.call("10.0.0.2", method, "/api/orders").allowed
    clock.now += 60
    assert limiter.call("10.0.0.1", method, "/api/orders").remaining == 199


def test_call_after_a_minute_of_silence_is_let_through(limiter: RateLimiter, clock: Clock) -> None:
    spend(limiter, clock, 201)
    clock.now += 60
    assert limiter.call("10.0.0.1", "GET", "/api/orders").allowed


def test_refused_calls_count_so_that_hammering_never_ends(limiter: RateLimiter, clock: Clock) -> None:
    spend(limiter, clock, 200)
    for _ in range(100):
        clock.now += 0.3
        assert not limiter.call("10.0.0.1", "GET", "/api/orders").allowed
    # The first 200 are gone by now, but 100 refused calls of the last 30 s are not: half of the limit is free.
    clock.now += 30.2
    assert spend(limiter, clock, 102)[:100] == [True] * 100


def test_the_window_slides(limiter: RateLimiter, clock: Clock) -> None:
    start = clock.now
    for number in range(200):
        clock.now = start + number * 0.25
        assert limiter.call("10.0.0.1", "GET", f"/api/{number % 20}").allowed
    assert not limiter.call("10.0.0.1", "GET", "/api/orders").allowed
    # After 60 s the first has left the window; the refused one took its place.
    clock.now = start + 60.25
    assert limiter.call("10.0.0.1", "GET", "/api/orders").allowed
    assert not limiter.call("10.0.0.1", "GET", "/api/orders").allowed


def test_test_mode_has_half(clock: Clock, switches: Switches) -> None:
    limiter = RateLimiter(clock, "test", switches)
    assert spend(limiter, clock, 101) == [True] * 100 + [False]
    assert [limiter.call("10.0.0.3", "PATCH", "/api/x").allowed for _ in range(26)] == [True] * 25 + [False]
    assert all(limiter.call("10.0.0.3", "POST", "/oauth/token").allowed for _ in range(30))


def test_switches_scale_and_share(limiter: RateLimiter, clock: Clock, switches: Switches) -> None:
    switches.rate_limit_factor = 0.1
    assert spend(limiter, clock, 21) == [True] * 20 + [False]
    assert limiter.call("10.0.0.1", "PATCH", "/api/orders").allowed
    clock.now += 60
    switches.rate_limit_shared = True
    assert all(spend(limiter, clock, 20))
    assert not limiter.call("10.0.0.1", "PATCH", "/api/orders").allowed


def test_headers_show_the_average_only(driver: Driver) -> None:
    first, second = driver.get("/api/orders"), driver.get("/api/stripe_payments")
    assert first.headers["x-ratelimit-limit"] == "200"
    assert first.headers["x-ratelimit-interval"] == "60"
    remaining = [int(answer.headers["x-ratelimit-remaining"]) for answer in (first, second)]
    assert remaining == [199, 198]
    assert "x-ratelimit-reset" not in first.headers


@pytest.mark.parametrize("body", ["json", "text"])
@pytest.mark.parametrize("retry_after", [True, False])
def test_refusals(driver: Driver, clock: Clock, body: str, retry_after: bool) -> None:
    driver.switch(rate_limit_factor=0.02, rate_limited_body=body, rate_limited_retry_after=retry_after)
    order = driver.order(intent="authorized")
    driver.headers()
    clock.now += 60
    assert driver.get("/api/orders").status_code == 200
    refused = driver.get("/api/orders")  # the second of a burst of one
    assert refused.status_code == 429
    assert refused.headers["x-ratelimit-remaining"] == "2"
    assert refused.headers["retry-after"] == ("10" if retry_after else "0")
    if body == "json":
        assert refused.json()["errors"]["status"] == 429
    else:
        assert refused.text == "Too Many Requests\n"
    assert driver.refresh(order).status_code == 200  # each method has counters of its own
    calls = driver.calls()
    assert calls["rate_limited"] == 1
    assert calls["by_status"]["429"] == 1


class TestTestMode:
    """The whole sandbox in test mode."""

    @pytest.fixture
    def config(self, clock: Clock) -> Config:
        return Config(mode="test", clock=clock)

    def test_mode_is_reported_everywhere(self, driver: Driver) -> None:
        order = driver.order()
        answer = driver.get(f"/api/orders/{order['order_id']}")
        assert answer.headers["x-ratelimit-limit"] == "100"
        assert answer.json()["data"]["meta"]["mode"] == "test"
        assert driver.client.get("/_sandbox/credentials").json()["mode"] == "test"
