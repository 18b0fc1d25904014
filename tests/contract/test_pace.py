"""The pace, held against the fake and against the real one; and how the real one spaces calls."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from payment_refresh.adapters.pace import ENVIRONMENTS, EvenPace
from tests.fakes.clock import FakeClock
from tests.fakes.pace import FakePace

if TYPE_CHECKING:
    from payment_refresh.ports import Pace


@pytest.mark.parametrize(
    "pace", [FakePace(), EvenPace(calls_per_minute=60, sleep=lambda _: None)], ids=["fake", "even"]
)
def test_a_slot_is_always_given(pace: Pace) -> None:
    for _ in range(100):
        pace.take()


class TestEvenPace:
    """Each environment takes its even share of the budget."""

    @pytest.fixture
    def clock(self) -> FakeClock:
        return FakeClock()

    @pytest.fixture
    def pace(self, clock: FakeClock) -> EvenPace:
        return EvenPace(calls_per_minute=60, clock=clock, sleep=clock.advance)

    def test_the_first_call_waits_for_nothing(self, pace: EvenPace, clock: FakeClock) -> None:
        before = clock.now
        pace.take()

        assert clock.now == before

    def test_all_environments_together_keep_the_budget(self, pace: EvenPace, clock: FakeClock) -> None:
        before = clock.now
        for _ in range(61):
            pace.take()

        assert (clock.now - before) / 60 == pytest.approx(ENVIRONMENTS)

    def test_time_that_was_not_used_is_not_saved_for_a_burst(self, pace: EvenPace, clock: FakeClock) -> None:
        pace.take()
        clock.advance(3600)
        before = clock.now
        for _ in range(3):
            pace.take()

        assert clock.now - before == pytest.approx(2 * ENVIRONMENTS)

    def test_threads_do_not_share_a_slot(self) -> None:
        waits: list[float] = []
        pace = EvenPace(calls_per_minute=60, clock=FakeClock(), sleep=waits.append)
        start = threading.Barrier(8)

        def take(_number: int) -> None:
            start.wait()
            pace.take()

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(take, range(8)))

        assert sorted(waits) == pytest.approx([number * ENVIRONMENTS for number in range(1, 8)])
