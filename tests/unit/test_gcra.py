"""The rate limiter's arithmetic: the slots, the effect of a 429, the moving averages."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from payment_refresh.rate_limit import gcra
from payment_refresh.rate_limit.gcra import Booking, RateState

NOW = 1_767_225_600_000
MINUTE = 60_000
STEP = 1_000
IDLE = gcra.start(NOW - MINUTE)


def booking(slots: int = 1, **changes: int) -> Booking:
    return Booking(**{"slots": slots, "interval": STEP} | changes)


def busy(ahead: int = 0, **changes: float) -> RateState:
    """A state that is booked so far ahead of now."""
    return replace(gcra.start(NOW), next_ms=NOW + ahead, **changes)  # type: ignore[arg-type]  # its fields are of two types


class TestSlots:
    """Slots follow one another; idle time is not saved up for a burst."""

    @pytest.mark.parametrize(("calls", "apart"), [(1, 60_000), (60, 1_000), (90, 667), (180, 334)])
    def test_calls_are_never_closer_than_the_setting_allows(self, calls: int, apart: int) -> None:
        assert gcra.interval(calls) == apart

    def test_after_idle_time_the_first_slot_is_now(self) -> None:
        assert list(gcra.slots(IDLE, NOW, booking(2))) == [NOW, NOW + STEP]
        assert gcra.book(IDLE, NOW, booking(2)).next_ms == NOW + 2 * STEP

    def test_on_a_busy_rate_limiter_slots_begin_where_the_booked_ones_end(self) -> None:
        assert list(gcra.slots(busy(700), NOW, booking(2))) == [NOW + 700, NOW + 700 + STEP]
        assert gcra.book(busy(700), NOW, booking(2)).next_ms == NOW + 700 + 2 * STEP

    @given(st.lists(st.tuples(st.integers(0, 8_000), st.integers(1, 3), st.integers(0, 5_000)), min_size=2))
    def test_no_two_slots_are_closer_than_an_interval(self, bookings: list[tuple[int, int, int]]) -> None:
        given_out: list[int] = []
        state, now = IDLE, NOW
        for passed, count, pause in bookings:
            now += passed
            made = booking(count, pause=pause)
            given_out.extend(gcra.slots(state, now, made))
            state = gcra.book(state, now, made)

        assert all(later - earlier >= STEP for earlier, later in pairwise(given_out))
        assert state.next_ms - given_out[-1] >= STEP

    def test_a_booking_shows_whose_clock_it_goes_by(self) -> None:
        assert gcra.book(busy(), NOW, booking()).written_ms == NOW


class TestPause:
    """The share left free after calls whose answers said that little remains."""

    def test_it_comes_after_the_slots(self) -> None:
        assert gcra.book(busy(), NOW, booking(2, pause=300)).next_ms == NOW + 2 * STEP + 300

    @pytest.mark.parametrize(("idle", "left"), [(0, 3_000), (1_000, 2_000), (3_000, 0), (9_000, 0)])
    def test_idle_time_serves_it(self, idle: int, left: int) -> None:
        assert gcra.book(busy(-idle), NOW, booking(pause=3_000)).next_ms == NOW + STEP + left

    @pytest.mark.parametrize(
        ("remaining", "limit", "calls", "slots"),
        [
            (200, 200, 100, 0),
            (50, 200, 100, 0),
            (25, 200, 100, 1.5),
            (0, 200, 100, 3),
            (0, 1, 100, 3),
            # At the highest setting our own calls leave 20 of 200.
            (20, 200, 180, 0),
            (10, 200, 180, 0),
            (5, 200, 180, 1.5),
            (0, 200, 180, 3),
            (10, 100, 90, 0),
            (0, 100, 90, 3),
            # With few calls of our own a quarter is what counts.
            (50, 200, 10, 0),
            (49, 200, 10, 0.06),
            # A setting above the limit that is shown is slowed down from a quarter on.
            (25, 100, 180, 0),
            (10, 100, 180, 1.8),
            (0, 0, 100, 0),
        ],
    )
    def test_the_less_remains_the_slower(self, remaining: int, limit: int, calls: int, slots: float) -> None:
        assert gcra.slow_down(remaining, limit, calls) == pytest.approx(slots)

    @given(st.integers(0, 1_000), st.integers(0, 1_000), st.integers(1, 180))
    def test_it_is_never_sped_up_nor_stopped(self, remaining: int, limit: int, calls: int) -> None:
        assert 0 <= gcra.slow_down(remaining, limit, calls) <= gcra.SLOWEST
        assert gcra.slow_down(remaining, limit, calls) == 0 or remaining < limit / 4


class TestSize:
    """The number of slots that may be booked at a time, and the wait where there are none."""

    def test_an_idle_rate_limiter_gives_one(self) -> None:
        assert gcra.size(IDLE, NOW, 334, 4_000) == 1

    @pytest.mark.parametrize(("calls", "count"), [(180, 3), (100, 2), (90, 2), (50, 1), (1, 1)])
    def test_a_busy_one_gives_what_comes_within_a_second_and_a_half(self, calls: int, count: int) -> None:
        assert gcra.size(busy(), NOW, gcra.interval(calls), 4_000) == count

    @pytest.mark.parametrize(("ahead", "count"), [(3_332, 3), (3_333, 2), (3_667, 1), (4_000, 1), (4_001, 0)])
    def test_none_is_out_of_reach(self, ahead: int, count: int) -> None:
        assert gcra.size(busy(ahead), NOW, 334, 4_000) == count

    @pytest.mark.parametrize(("waited", "reach"), [(0, 4_000), (5_000, 4_500), (10_000, 5_000), (90_000, 5_000)])
    def test_waiting_lends_reach(self, waited: int, reach: int) -> None:
        assert gcra.reach(waited) == reach

    @given(st.integers(-60_000, 20_000), st.integers(334, 60_000), st.integers(0, 20_000))
    def test_the_last_slot_is_at_most_5_s_ahead(self, ahead: int, interval: int, waited: int) -> None:
        count = gcra.size(busy(ahead), NOW, interval, gcra.reach(waited))
        got = gcra.slots(busy(ahead), NOW, Booking(slots=count, interval=interval))

        assert all(NOW <= slot <= NOW + gcra.AHEAD for slot in got)

    @given(st.integers(4_000, 90_000), st.integers(0, 20_000))
    def test_after_waiting_a_slot_is_within_reach_and_no_sooner(self, ahead: int, waited: int) -> None:
        state = busy(ahead)
        assume(not gcra.size(state, NOW, STEP, gcra.reach(waited)))

        wait = gcra.wait(state, NOW, gcra.reach(waited))

        assert gcra.size(state, NOW + wait, STEP, gcra.reach(waited + wait)) == 1
        assert gcra.size(state, NOW + wait - 20, STEP, gcra.reach(waited + wait - 20)) == 0


class TestRefusal:
    """A 429 voids what is booked and pauses for everybody."""

    def test_it_raises_the_epoch_and_pauses(self) -> None:
        refused = gcra.refuse(busy(2_000), NOW, None)

        assert (refused.epoch, refused.refusals, refused.written_ms) == (1, 1, NOW)
        assert refused.next_ms == refused.resume_ms == NOW + gcra.FIRST_PAUSE

    def test_what_is_booked_is_not_given_out_twice(self) -> None:
        assert gcra.refuse(busy(4_800), NOW, 2.0).next_ms == NOW + 4_800

    @pytest.mark.parametrize(
        ("retry_after", "pause"), [(0.0, 1_000), (0.5, 1_000), (7.0, 7_000), (60.0, 60_000), (3600.0, 60_000)]
    )
    def test_retry_after_is_kept_within_bounds(self, retry_after: float, pause: int) -> None:
        assert gcra.refuse(busy(), NOW, retry_after).resume_ms == NOW + pause

    def test_in_a_row_pauses_grow_up_to_a_minute(self) -> None:
        state, pauses = busy(), []
        for _ in range(20):
            now = max(NOW, state.resume_ms)
            state = gcra.refuse(state, now, None)
            pauses.append(state.resume_ms - now)

        assert pauses == [5_000, 10_000, 20_000, 40_000] + [60_000] * 16
        assert state.refusals == state.epoch == 20

    @pytest.mark.parametrize(("later", "refusals"), [(0, 4), (59_999, 4), (60_000, 1)])
    def test_a_minute_without_one_ends_the_row(self, later: int, refusals: int) -> None:
        state = busy(refusals=3, resume_ms=NOW - later)

        assert gcra.refuse(state, NOW, None).refusals == refusals

    def test_answers_to_calls_from_before_the_pause_count_once(self) -> None:
        refused = gcra.refuse(busy(), NOW, None)

        assert gcra.refuse(refused, NOW + 300, None) is refused
        assert gcra.refuse(refused, NOW + 300, 4.0) is refused

    def test_one_that_asks_for_more_makes_the_pause_longer(self) -> None:
        refused = gcra.refuse(busy(), NOW, None)

        longer = gcra.refuse(refused, NOW + 300, 30.0)

        assert longer.resume_ms == longer.next_ms == NOW + 30_300
        assert (longer.epoch, longer.refusals) == (2, 1)

    def test_idle_time_before_it_stays_idle(self) -> None:
        state = busy(-MINUTE, utilisation=1.0)

        refused = gcra.refuse(state, NOW, None)

        assert refused.utilisation_at(NOW) == state.utilisation_at(NOW)


class TestUtilisation:
    """The moving average of booked against all time."""

    def test_at_first_nothing_is_booked(self) -> None:
        assert gcra.start(NOW).utilisation_at(NOW) == 0

    def test_it_rises_while_time_is_booked(self) -> None:
        state = busy(10 * MINUTE)

        assert state.utilisation_at(NOW + 10 * MINUTE) == pytest.approx(1 - 1 / math.e)
        assert state.utilisation_at(NOW + 5 * MINUTE) == pytest.approx(1 - math.exp(-0.5))

    def test_it_falls_while_nothing_is(self) -> None:
        assert busy(utilisation=0.8).utilisation_at(NOW + 10 * MINUTE) == pytest.approx(0.8 / math.e)

    def test_a_clock_that_is_behind_sees_it_as_it_was_last_written(self) -> None:
        assert busy(5_000, utilisation=0.8).utilisation_at(NOW - 2_000) == pytest.approx(0.8)

    def test_it_comes_to_the_share_that_is_booked(self) -> None:
        state = IDLE
        for second in range(0, 7_200, 4):
            state = gcra.book(state, NOW + second * 1_000, booking())

        assert state.utilisation_at(NOW + 7_200_000) == pytest.approx(1 / 4, abs=0.01)

    def test_a_pause_counts_as_booked(self) -> None:
        refused = gcra.refuse(busy(), NOW, 60.0)

        assert refused.utilisation_at(NOW + MINUTE) == pytest.approx(1 - math.exp(-0.1))

    @given(
        st.lists(st.tuples(st.integers(0, 900_000), st.integers(1, 3), st.booleans()), max_size=30),
        st.integers(-4_000, 9_000_000),
    )
    def test_it_stays_from_0_to_1(self, steps: list[tuple[int, int, bool]], later: int) -> None:
        state, now = gcra.start(NOW), NOW
        for passed, count, is_refused in steps:
            now += passed
            state = gcra.refuse(state, now, None) if is_refused else gcra.book(state, now, booking(count))

        assert 0 <= state.utilisation_at(now + later) <= 1

    @given(st.integers(0, 900_000), st.integers(0, 900_000))
    def test_to_book_does_not_change_it(self, ahead: int, passed: int) -> None:
        state, now = busy(ahead, utilisation=0.4), NOW + passed

        assert gcra.book(state, now, booking()).utilisation_at(now) == pytest.approx(state.utilisation_at(now))


class TestUnsettledShare:
    """The moving average of what looks leave to be refreshed."""

    def share(self, state: RateState, *looks: tuple[int, int]) -> float:
        for looked, unsettled in looks:
            state = gcra.book(state, NOW, booking(looked=looked, unsettled=unsettled))
        return state.unsettled_share

    def test_before_the_first_look_all_is_taken_for_unsettled(self) -> None:
        assert gcra.start(NOW).unsettled_share == 1

    def test_it_goes_towards_what_looks_find(self) -> None:
        assert self.share(IDLE, (200, 0)) == pytest.approx(1 / math.e)
        assert self.share(IDLE, *[(25, 5)] * 100) == pytest.approx(0.2, abs=1e-4)

    def test_many_small_looks_weigh_as_much_as_few_large_ones(self) -> None:
        assert self.share(IDLE, *[(1, 0)] * 25) == pytest.approx(self.share(IDLE, (25, 0)))

    def test_it_stays_a_share_where_payments_were_read_one_by_one(self) -> None:
        assert self.share(IDLE, (1, 25)) == 1

    def test_neither_time_nor_slots_change_it(self) -> None:
        state = busy(unsettled_share=0.3)

        assert gcra.book(state, NOW + 600 * MINUTE, booking(3)).unsettled_share == 0.3
