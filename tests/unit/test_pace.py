"""The pace of one environment: its even share of the budget, no bursts."""

from __future__ import annotations

import threading
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_refresh.adapters.pace import ENVIRONMENTS, EvenPace
from tests.fakes.clock import START, FakeClock


class Timed:
    """A pace whose sleeping is the clock's going on."""

    def __init__(self, calls_per_minute: int, start: float = START) -> None:
        self.clock = FakeClock(now=start)
        self.slept: list[float] = []
        self.pace = EvenPace(calls_per_minute=calls_per_minute, clock=self.clock, sleep=self.sleep)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock.advance(seconds)

    def call(self) -> float:
        self.pace.take()
        return self.clock.now


def test_the_first_call_does_not_wait() -> None:
    timed = Timed(100)
    timed.call()

    assert timed.slept == []


def test_calls_are_spaced_by_this_environments_share_of_the_budget() -> None:
    timed = Timed(100)

    assert [timed.call() - START for _ in range(4)] == pytest.approx([0, 1.2, 2.4, 3.6])
    assert ENVIRONMENTS == 2


def test_time_spent_otherwise_counts_as_waiting() -> None:
    timed = Timed(60)
    timed.call()
    timed.clock.advance(1.5)

    assert timed.call() - START == pytest.approx(2)
    assert timed.slept == pytest.approx([0.5])


def test_unused_budget_is_not_saved_up_for_a_burst() -> None:
    timed = Timed(60)
    timed.call()
    timed.clock.advance(3600)

    assert timed.call() - START == pytest.approx(3600)
    assert timed.call() - START == pytest.approx(3602)


@given(st.integers(1, 180), st.lists(st.floats(0, 300), min_size=1, max_size=30))
def test_no_two_calls_are_closer_than_the_budget_allows(calls_per_minute: int, pauses: list[float]) -> None:
    timed, times = Timed(calls_per_minute, start=0), []
    for pause in pauses:
        timed.clock.advance(pause)
        times.append(timed.call())

    spacing = 60 * ENVIRONMENTS / calls_per_minute
    assert all(later - earlier >= spacing * (1 - 1e-9) for earlier, later in pairwise(times))


def test_threads_that_ask_at_once_get_slots_of_their_own() -> None:
    slept: list[float] = []
    pace = EvenPace(calls_per_minute=60, clock=lambda: 100.0, sleep=slept.append)
    threads = [threading.Thread(target=pace.take) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sorted(slept) == pytest.approx([2, 4, 6, 8])


def test_by_itself_it_goes_by_the_monotonic_clock() -> None:
    pace = EvenPace(calls_per_minute=60)

    assert (pace.clock, pace.sleep) == (time.monotonic, time.sleep)
