"""The shared rate limiter, over its fake item and over DynamoDB: spacing, 429s, averages, failures."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import pytest

from payment_refresh.adapters.dynamodb.rate_item import RATE, DynamoRateItem
from payment_refresh.errors import NoBudget, StateUnavailable
from payment_refresh.rate_limit import gcra as arithmetic
from payment_refresh.rate_limit.budget import LONGEST_WAIT
from payment_refresh.rate_limit.gcra import Booking
from tests.contract.rate_limiters import Environment, Recorder, assert_apart, together
from tests.support.clock import START
from tests.support.rate_limiter import FakeRateItem, FakeRateLimiter

if TYPE_CHECKING:
    from devstack.local_aws import LocalAws

NOW = START * 1000
STATE = arithmetic.start(NOW)
RACERS, EACH = 4, 30
THREADS = 40
"""As many as get a slot before they give up."""


class TestSlots:
    """Calls of all environments together keep the setting."""

    def test_the_first_call_waits_for_nothing(self, here: Environment) -> None:
        assert here.call() == 0

    def test_calls_are_spaced(self, here: Environment) -> None:
        assert [here.call() for _ in range(5)] == [0, 0.334, 0.668, 1.002, 1.336]

    def test_one_write_books_for_several_threads(self, here: Environment, recorder: Recorder) -> None:
        with here.crowd():
            for _ in range(1 + 3 * 4):
                here.call()

        assert recorder.tried == 1 + 4

    def test_but_none_for_nobody(self, here: Environment, recorder: Recorder) -> None:
        for _ in range(3):
            here.call()
        with here.crowd(1):
            here.call()

        assert [end - begin for begin, end in recorder.booked] == [334, 334, 334, 668]

    def test_who_calls_on_and_on_books_several_at_a_time(self, here: Environment, recorder: Recorder) -> None:
        here.rate_limiter.at_a_time = 3

        for _ in range(1 + 3 * 2):
            here.call()

        assert recorder.tried == 1 + 2

    def test_a_thread_whose_turn_comes_too_late_gives_up(self, here: Environment, recorder: Recorder) -> None:
        with here.rate_limiter._turn, ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(here.rate_limiter.take)
            while not here.rate_limiter._waiters:
                time.sleep(0.001)
            here.clock.advance(LONGEST_WAIT + 1)
            here.rate_limiter._turn.release()
            with pytest.raises(NoBudget):
                waiting.result()
            here.rate_limiter._turn.acquire()

        assert recorder.tried == 0
        assert not here.rate_limiter._waiters

    def test_idle_time_is_not_saved_for_a_burst(self, here: Environment) -> None:
        here.call()
        here.clock.advance(3600)

        assert [here.call() for _ in range(3)] == [3600, 3600.334, 3600.668]

    def test_a_call_now_and_then_books_no_more_than_it_uses(self, here: Environment, recorder: Recorder) -> None:
        for _ in range(5):
            here.call()
            here.clock.advance(10)

        assert [end - begin for begin, end in recorder.booked] == [334] * 5

    def test_two_environments_do_not_share_a_slot(
        self, here: Environment, there: Environment, recorder: Recorder
    ) -> None:
        for _ in range(20):
            here.call()
            there.call()

        assert len(recorder.booked) == 40
        assert_apart(recorder)

    def test_slots_that_were_slept_through_are_not_made_up_for(self, here: Environment) -> None:
        here.call()
        with here.crowd():
            here.call()  # its booking held two more slots
        here.clock.advance(30)

        assert [here.call() for _ in range(3)] == [30.334, 30.668, 31.002]

    def test_a_slot_may_be_a_little_late(self, here: Environment) -> None:
        here.call()
        with here.crowd():
            here.call()
        here.clock.advance(0.7)

        assert [here.call() for _ in range(2)] == [1.034, 1.034]

    def test_who_woke_too_late_takes_another(self, here: Environment) -> None:
        here.rate_limiter.sleep = lambda seconds: here.clock.advance(seconds + 2)
        here.call()

        here.rate_limiter.take()

        begin = here.item.booked[-1][0] / 1000
        assert begin <= here.clock.now <= begin + 0.5

    def test_none_is_booked_more_than_5_s_ahead(self, here: Environment, recorder: Recorder) -> None:
        recorder.swap(None, arithmetic.book(STATE, NOW, Booking(slots=1, interval=7_000)))

        assert here.call() == 7
        assert recorder.tried == 2

    def test_nor_by_who_does_not_know_what_others_booked(self, here: Environment, recorder: Recorder) -> None:
        here.call()
        recorder.item.add(Booking(slots=1, interval=8_000), now=NOW, epoch=0, latest=NOW + 9_000)

        assert here.call() == 8.334
        state = recorder.read()
        assert state is not None
        assert recorder.booked[-1][0] - state.written_ms <= arithmetic.AHEAD

    def test_a_clock_that_is_behind_is_put_forward(self, here: Environment, there: Environment) -> None:
        there.clock.now -= 4
        here.call()

        with there.crowd():
            assert [there.call() + 4 for _ in range(3)] == pytest.approx([0.334, 0.668, 1.002])
        assert here.call() == 1.336

    def test_threads_share_an_environments_slots(self, here: Environment, recorder: Recorder) -> None:
        together(THREADS, here.rate_limiter.take)

        assert recorder.booked[-1][0] >= NOW + (THREADS - 3) * 334
        assert_apart(recorder)

    def test_one_thread_at_a_time_waits_for_a_slot(self, here: Environment) -> None:
        """Else an environment's share of the rate would grow with its threads."""
        waiting: list[float] = []
        at_once: list[int] = []

        def sleep(seconds: float) -> None:
            waiting.append(seconds)
            time.sleep(0.001)  # others would come here meanwhile
            at_once.append(len(waiting))
            waiting.pop()
            here.clock.advance(seconds)

        here.rate_limiter.sleep = sleep
        together(8, here.rate_limiter.take)

        assert at_once == [1] * 7

    def test_environments_that_book_at_once_get_slots_of_their_own(self, recorder: Recorder) -> None:
        environments = [Environment(recorder) for _ in range(RACERS)]

        def act(environment: Environment) -> None:
            for _ in range(EACH):
                environment.rate_limiter.take()

        together(RACERS, *(partial(act, environment) for environment in environments))

        assert sum(end - begin for begin, end in recorder.booked) >= RACERS * EACH * 334
        assert_apart(recorder)


class TestFailures:
    """No call is made without a slot."""

    def test_without_the_table_there_is_no_slot(self, aws: LocalAws) -> None:
        environment = Environment(Recorder(DynamoRateItem(table="no-such-table")))
        assert aws
        with pytest.raises(StateUnavailable, match="GetItem on 'mark#rate' failed: ResourceNotFoundException"):
            environment.rate_limiter.take()
        with pytest.raises(StateUnavailable, match="UpdateItem on 'mark#rate' failed: ResourceNotFoundException"):
            environment.rate_limiter.record_429(None)

    def test_after_failure_it_goes_on(self) -> None:
        fake = FakeRateItem()
        environment = Environment(Recorder(fake))
        environment.call()
        fake.faults.add("add", StateUnavailable("gone"))

        with pytest.raises(StateUnavailable):
            environment.rate_limiter.take()

        assert environment.call() == 0.334

    def test_a_row_that_was_removed_is_made_anew(self, aws: LocalAws, table_name: str) -> None:
        environment = Environment(Recorder(DynamoRateItem(table=table_name)))
        for _ in range(4):
            environment.call()
        aws.clients.dynamodb.delete_item(TableName=table_name, Key={"pk": {"S": RATE}})

        assert environment.call() == 1.002


@pytest.mark.parametrize("kind", ["fake", "table"])
def test_what_holds_for_every_rate_limiter(kind: str) -> None:
    rate_limiter = FakeRateLimiter() if kind == "fake" else Environment(Recorder(FakeRateItem())).rate_limiter
    for _ in range(100):
        rate_limiter.take()
    rate_limiter.record_remaining(0, 200)
    rate_limiter.record_look(25, 5)
    rate_limiter.record_429(1.0)
    rate_limiter.take()

    assert 0 <= rate_limiter.utilisation() <= 1
    assert 0 <= rate_limiter.unsettled_share() <= 1
    assert rate_limiter.snapshot().free_in >= 0
