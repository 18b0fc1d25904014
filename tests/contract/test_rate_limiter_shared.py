"""Effects of 429s, headers and looks on the shared rate limiter, over its fake item and over DynamoDB."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from payment_refresh.errors import NoBudget
from payment_refresh.rate_limit import gcra as arithmetic
from payment_refresh.rate_limit.budget import LONGEST_WAIT
from payment_refresh.rate_limit.gcra import RateReading
from tests.support.clock import START

if TYPE_CHECKING:
    from tests.contract.rate_limiters import Environment, Recorder


class TestRefused:
    """A 429 is everybody's."""

    def test_it_voids_what_is_held(self, here: Environment) -> None:
        here.call()
        with here.crowd():
            here.call()
        here.rate_limiter.record_429(None)

        assert here.call() == 5.334

    def test_it_voids_what_another_environment_holds_once_that_knows(
        self, here: Environment, there: Environment
    ) -> None:
        here.call()
        with here.crowd():
            here.call()  # its booking held two more slots
        there.clock.advance(0.334)
        there.rate_limiter.record_429(None)

        assert here.call() == 0.668
        here.rate_limiter.snapshot()
        assert here.call() == 5.334

    def test_it_voids_the_slot_that_is_being_waited_for(self, here: Environment) -> None:
        def sleep(seconds: float) -> None:
            here.rate_limiter.sleep = here.clock.advance
            here.rate_limiter.record_429(None)
            here.clock.advance(seconds)

        here.call()
        here.rate_limiter.sleep = sleep

        assert here.call() == 5

    def test_one_that_comes_before_the_first_call_pauses_too(self, here: Environment) -> None:
        here.rate_limiter.record_429(3.0)

        assert here.call() == 3

    def test_answers_to_calls_from_before_it_cost_no_write(self, here: Environment, recorder: Recorder) -> None:
        here.call()
        here.rate_limiter.record_429(None)
        tried = recorder.tried
        here.rate_limiter.record_429(None)

        assert recorder.tried == tried

    def test_two_environments_that_hear_it_at_once_pause_once(
        self, here: Environment, there: Environment, recorder: Recorder
    ) -> None:
        here.call()
        there.call()
        here.rate_limiter.record_429(None)
        there.rate_limiter.record_429(None)

        state = recorder.read()
        assert state is not None
        assert (state.epoch, state.refusals) == (1, 1)

    def test_a_long_pause_gives_the_work_back_at_once(self, here: Environment, recorder: Recorder) -> None:
        here.call()
        here.rate_limiter.record_429(30.0)
        tried = recorder.tried

        with pytest.raises(NoBudget) as refused:
            here.rate_limiter.take()

        assert refused.value.retry_after == pytest.approx(30 - arithmetic.AHEAD / 1000, abs=1.1)
        assert here.clock.now == START
        assert recorder.tried == tried

    def test_once_it_is_nearly_over_it_is_waited_for(self, here: Environment) -> None:
        here.call()
        here.rate_limiter.record_429(30.0)
        here.clock.advance(30 - LONGEST_WAIT)

        assert here.call() == 30


class TestAverages:
    """What answers and looks show goes with the next booking, at no cost."""

    def test_little_remaining_slows_everybody_down(self, here: Environment, there: Environment) -> None:
        here.call()
        here.rate_limiter.record_remaining(0, 200)
        assert here.call() == 0.334  # its booking reported it

        assert there.call() == pytest.approx(0.334 + (1 + 3) * 0.334)

    def test_enough_remaining_does_not(self, here: Environment) -> None:
        here.call()
        here.rate_limiter.record_remaining(150, 200)

        assert here.call() == 0.334
        assert here.call() == 0.668

    def test_looks_are_recorded_with_the_next_booking(self, here: Environment, recorder: Recorder) -> None:
        here.call()
        here.rate_limiter.record_look(150, 30)
        here.rate_limiter.record_look(50, 10)
        assert recorder.tried == 1
        here.call()

        assert recorder.tried == 2
        assert here.rate_limiter.unsettled_share() == pytest.approx(0.2 + 0.8 / 2.71828, abs=1e-4)
        for _ in range(9):
            here.call()
        assert here.rate_limiter.unsettled_share() == pytest.approx(0.2 + 0.8 / 2.71828, abs=1e-4)

    def test_looks_are_recorded_though_another_environment_wrote(
        self, here: Environment, there: Environment
    ) -> None:
        here.call()
        here.rate_limiter.record_look(200, 0)
        for _ in range(5):
            there.call()
        here.call()

        assert there.rate_limiter.snapshot().unsettled_share == pytest.approx(1 / 2.71828, abs=1e-4)

    def test_before_anything_was_written_nothing_is_used_and_all_unsettled(self, here: Environment) -> None:
        assert (here.rate_limiter.utilisation(), here.rate_limiter.unsettled_share()) == (0, 1)
        assert here.rate_limiter.snapshot() == RateReading(utilisation=0, unsettled_share=1, free_in=0)

    def test_one_read_shows_what_others_wrote(self, here: Environment, there: Environment) -> None:
        for _ in range(180):
            here.call()
        there.clock.advance(60)

        assert there.rate_limiter.utilisation() == pytest.approx(0.095, abs=0.002)

    def test_a_snapshot_is_read_each_time(self, here: Environment, there: Environment) -> None:
        there.rate_limiter.snapshot()
        here.call()
        there.clock.advance(0.3)

        assert there.rate_limiter.snapshot().free_in == pytest.approx(0.034)

    def test_utilisation_falls_while_idle(self, here: Environment) -> None:
        for _ in range(180):
            here.call()
        busy = here.rate_limiter.utilisation()
        here.clock.advance(601)

        assert here.rate_limiter.utilisation() == pytest.approx(busy / 2.71828, abs=1e-3)
