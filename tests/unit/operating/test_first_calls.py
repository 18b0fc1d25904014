"""The first calls of a command wait for no slot, until there are too many or the API says so."""

from __future__ import annotations

from payrefresh.adapters.first_calls import AT_ONCE, FirstCallsAtOnce
from tests.support.rate_limiter import FakeRateLimiter


def test_first_calls_take_no_slot_and_later_ones_do() -> None:
    slots = FakeRateLimiter()
    limiter = FirstCallsAtOnce(slots)

    for _ in range(AT_ONCE + 3):
        limiter.take()

    assert slots.taken == 3


def test_call_after_a_refusal_waits_for_its_slot() -> None:
    slots = FakeRateLimiter()
    limiter = FirstCallsAtOnce(slots)

    limiter.record_429(None)
    limiter.take()

    assert slots.taken == 1
