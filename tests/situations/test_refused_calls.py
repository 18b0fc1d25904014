"""The real 429, whose ``Retry-After: 0`` says nothing: pauses grow as where there is none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from payment_refresh.adapters.commerce_layer.responses import read_answer
from payment_refresh.errors import RateLimited
from payment_refresh.rate_limit import gcra

if TYPE_CHECKING:
    from collections.abc import Mapping

NOW = 1_767_225_600_000
THROTTLED = {"title": "Too Many Requests", "code": "THROTTLED", "status": 429}
BODIES: list[Any] = [{"errors": THROTTLED}, {"errors": [THROTTLED]}, {"errors": {}}, {}]


def refused(headers: Mapping[str, str], body: object, what: str = "GET /api/orders") -> RateLimited:
    """The error of such an answer."""
    with pytest.raises(RateLimited) as raised:
        read_answer(429, headers, json.dumps(body).encode(), what)
    return raised.value


def pauses(retry_after: float | None, count: int) -> list[float]:
    """Seconds of the pauses after so many refused calls, each made when the pause before it was over."""
    state, now, found = gcra.start(NOW - 60_000), NOW, []
    for _ in range(count):
        state = gcra.refuse(state, now, retry_after)
        found.append((state.resume_ms - now) / 1000)
        now = state.resume_ms
    return found


@pytest.mark.parametrize("headers", [{"retry-after": "0"}, {"retry-after": "00"}, {"retry-after": "000000"}, {}])
@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("what", ["GET /api/orders", "PATCH /api/satispay_payments/abc"])
def test_refused_call_whose_header_says_nothing_has_pauses_that_grow(
    headers: dict[str, str], body: object, what: str
) -> None:
    error = refused(headers, body, what)

    assert pauses(error.retry_after, 7) == [5, 10, 20, 40, 60, 60, 60]


@pytest.mark.parametrize("body", BODIES[:2])
@pytest.mark.parametrize("what", ["GET /api/orders", "PATCH /api/checkout_com_payments/abc"])
def test_code_of_a_refused_call_is_read_from_an_object_as_from_a_list(body: object, what: str) -> None:
    assert refused({"retry-after": "0"}, body, what).code == "THROTTLED"


@pytest.mark.parametrize(("value", "pause"), [("7", 7), ("1", 1), ("45", 45)])
def test_header_that_says_something_is_kept(value: str, pause: int) -> None:
    error = refused({"retry-after": value}, BODIES[0])

    assert pauses(error.retry_after, 1) == [pause]
