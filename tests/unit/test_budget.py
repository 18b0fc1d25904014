"""The number of payments that the queue may hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_refresh.rate_limit.budget import (
    HELD_SECONDS,
    MOST_QUEUED,
    PAGE_SIZE,
    PROBE,
    QUEUED_MINUTES,
    capacity,
    confirms,
)
from payment_refresh.rate_limit.gcra import RateReading

shares = st.floats(0, 1)


def reading(*, unsettled: float, free_in: float = 0.0) -> RateReading:
    return RateReading(utilisation=0.5, unsettled_share=unsettled, free_in=free_in)


@pytest.mark.parametrize(
    ("calls", "unsettled", "free_in", "messages"),
    [
        (100, 1.0, 0, 192),  # each costs a call of its own: 200 calls in two minutes
        (100, 0.05, 0, 2222),
        (100, 0.0, 0, 5000),  # only looks: as many as a sweep can send
        (100, 1.0, 60, 96),  # all is booked for the first of the two minutes
        (1, 1.0, 0, 1),
        (100, 1.0, 120, 1),
        (100, 1.0, 999, 1),
    ],
)
def test_it_is_what_two_minutes_can_serve(calls: int, unsettled: float, free_in: float, messages: int) -> None:
    assert capacity(calls, reading(unsettled=unsettled, free_in=free_in), circuit_open=False) == messages


@pytest.mark.parametrize(("calls", "messages"), [(1, 1), (10, 1), (40, 1), (80, 2), (100, 2), (180, 4)])
def test_a_twentieth_of_the_budget_confirms_absences_at_two_calls_each_but_at_least_one(
    calls: int, messages: int
) -> None:
    assert confirms(calls) == messages


@given(st.integers(1, 180), shares, st.floats(0, 300))
def test_while_nothing_is_answered_a_probe_is_enough(calls: int, unsettled: float, free_in: float) -> None:
    assert capacity(calls, reading(unsettled=unsettled, free_in=free_in), circuit_open=True) == PROBE


@given(st.integers(1, 180), shares, st.floats(0, 300))
def test_there_are_never_more_than_two_minutes_of_work_in_the_queue(
    calls: int, unsettled: float, free_in: float
) -> None:
    messages = capacity(calls, reading(unsettled=unsettled, free_in=free_in), circuit_open=False)

    assert PROBE <= messages <= MOST_QUEUED
    assert messages == PROBE or messages * (1 / PAGE_SIZE + unsettled) <= calls * QUEUED_MINUTES


@given(st.integers(1, 180), shares, shares, st.floats(0, 300))
def test_the_more_looks_settle_the_more_are_sent(calls: int, one: float, other: float, free_in: float) -> None:
    less, more = (
        capacity(calls, reading(unsettled=unsettled, free_in=free_in), circuit_open=False)
        for unsettled in sorted((one, other), reverse=True)
    )

    assert less <= more


def test_what_is_held_while_a_sweep_stays_lasts_to_the_next_sweep_and_is_no_more_than_capacity() -> None:
    assert 60 < HELD_SECONDS <= 60 * QUEUED_MINUTES
