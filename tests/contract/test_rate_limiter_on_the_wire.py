"""Feedback of the API's answers to the rate limiter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from payment_refresh.domain.payment import PaymentKey
from payment_refresh.errors import RateLimited
from tests.contract.api import wire_answering, wire_to
from tests.support.commerce_layer import unheard

if TYPE_CHECKING:
    from sandbox.server import Sandbox
    from tests.integration.sandbox.driver import Driver

KEY = PaymentKey("stripe_payments", "eqRZMSaNqM")
PAYMENT = {"data": {"type": KEY.type, "id": KEY.id}}


@pytest.mark.parametrize(
    ("headers", "heard"),
    [
        ({"X-Ratelimit-Limit": "200", "X-Ratelimit-Interval": "60", "X-Ratelimit-Remaining": "7"}, [(7, 200)]),
        ({"X-Ratelimit-Limit": "200"}, []),
        ({"X-Ratelimit-Remaining": "7"}, []),
        ({"X-Ratelimit-Limit": "200", "X-Ratelimit-Remaining": "-1"}, []),
        ({"X-Ratelimit-Limit": "many", "X-Ratelimit-Remaining": "few"}, []),
        ({}, []),
    ],
)
def test_what_remains_of_the_rate_limit_is_heard(headers: dict[str, str], heard: list[tuple[int, int]]) -> None:
    with wire_answering(lambda _: httpx.Response(200, json=PAYMENT, headers=headers)) as wire:
        wire.api.retrieve(KEY, unheard)

    assert wire.rate_limiter.headers == heard
    assert wire.rate_limiter.pauses == []


@pytest.mark.parametrize(
    ("headers", "pause"),
    [({}, None), ({"Retry-After": "7"}, 7.0), ({"Retry-After": "0"}, None), ({"Retry-After": "tomorrow"}, None)],
)
def test_a_429_is_reported_with_how_long_to_wait(headers: dict[str, str], pause: float | None) -> None:
    with wire_answering(lambda _: httpx.Response(429, headers=headers)) as wire, pytest.raises(RateLimited):
        wire.api.retrieve(KEY, unheard)

    assert wire.rate_limiter.pauses == [pause]


def test_the_headers_of_every_try_are_heard() -> None:
    statuses = iter((503, 200))

    def answer(_: httpx.Request) -> httpx.Response:
        headers = {"X-Ratelimit-Limit": "200", "X-Ratelimit-Remaining": "9"}
        return httpx.Response(next(statuses), json=PAYMENT, headers=headers)

    with wire_answering(answer) as wire:
        wire.api.retrieve(KEY, unheard)

    assert wire.rate_limiter.headers == [(9, 200)] * 2


def test_the_sandbox_shows_both(sandbox: Sandbox, driver: Driver) -> None:
    key = PaymentKey("stripe_payments", driver.order()["payment_id"])
    with wire_to(sandbox) as wire:
        wire.api.retrieve(key, unheard)
        ((remaining, limit),) = wire.rate_limiter.headers
        driver.switch(rate_limit_factor=0.0001, rate_limited_retry_after=True)
        with pytest.raises(RateLimited) as limited:
            wire.api.retrieve(key, unheard)

    assert 0 < remaining < limit
    assert wire.rate_limiter.pauses == [limited.value.retry_after]
