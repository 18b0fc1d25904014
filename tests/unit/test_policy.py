"""The times at which a payment is checked again."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_refresh.domain.policy import DAY, HOUR, JITTER, MINUTE, Policy, slide
from payment_refresh.domain.vocabulary import WatchClass
from payment_refresh.domain.watch import Watch
from payment_refresh.rate_limit.budget import CARTS_QUARTER
from payment_refresh.times import to_iso
from tests.support.clock import START
from tests.support.samples import key
from tests.unit.strategies import jitters, open_watches, policies

POLICY = Policy()
PLACED = Watch(key=key(), watch_class=WatchClass.PLACED, since=START, started_at=START, due_at=START)
CART = replace(PLACED, watch_class=WatchClass.CART)
AUTO_PLACE = replace(CART, auto_place=True)
HALF_USED = POLICY.under(0.5)


class TestUtilisation:
    """Growth and cap slide with it: spare budget buys speed, load costs patience."""

    @pytest.mark.parametrize(
        ("utilisation", "growth", "cap"),
        [(-1, 0.05, HOUR / 2), (0, 0.05, HOUR / 2), (0.5, 0.1871, 12471), (1, 0.7, DAY), (7, 0.7, DAY)],
    )
    def test_growth_and_cap_go_from_idle_to_busy(self, utilisation: float, growth: float, cap: float) -> None:
        assert POLICY.under(utilisation).growth == pytest.approx(growth, rel=1e-3)
        assert POLICY.under(utilisation).cap == pytest.approx(cap, rel=1e-3)

    def test_before_anything_is_known_of_the_rate_limiter_it_is_idle(self) -> None:
        assert (POLICY.growth, POLICY.cap) == (POLICY.growth_idle, POLICY.cap_idle)

    @given(st.floats(1e-3, 1e6), st.floats(1, 1e3), st.floats(-2, 3), st.floats(-2, 3))
    def test_the_slide_stays_within_its_bounds_and_never_turns_back(
        self, idle: float, times: float, one: float, other: float
    ) -> None:
        busy = idle * times
        less, more = (slide(idle, busy, utilisation) for utilisation in sorted((one, other)))

        assert idle * (1 - 1e-9) <= less <= more * (1 + 1e-9) <= busy * (1 + 1e-8)


class TestPlacedOrders:
    """First after a minute, then at growing intervals, to the twenty-fourth day."""

    @pytest.mark.parametrize(("now", "due"), [(0, 60), (59, 60), (60, 60), (4000, 4000)])
    def test_the_first_check_is_due_a_minute_after_the_placement(self, now: int, due: int) -> None:
        assert POLICY.first_due(PLACED, START + now) == START + due

    @pytest.mark.parametrize(
        ("age", "interval"),
        [
            (60, 12),
            (HOUR, 674),
            (DAY, 12471),
            (10 * DAY, 12471),
            (24 * DAY - 10, 10),
        ],
    )
    def test_the_interval_grows_with_the_age_to_the_cap_and_never_past_the_end(
        self, age: int, interval: int
    ) -> None:
        assert HALF_USED.next_due(PLACED, START + age, jitter=0) == START + age + interval

    def test_where_only_time_can_help_the_interval_is_the_cap(self) -> None:
        assert HALF_USED.next_due(PLACED, START + 60, jitter=0, interval=HALF_USED.cap) == START + 60 + 12471

    @pytest.mark.parametrize("age", [0, 1, 30])
    def test_a_check_before_its_time_does_not_bring_the_first_one_forward(self, age: int) -> None:
        assert POLICY.next_due(PLACED, START + age, jitter=0) == START + 60

    def test_the_policy_ends_after_twenty_four_days(self) -> None:
        assert POLICY.ends_at(PLACED) == START + 24 * DAY

    @given(policies(), st.integers(0, 40 * DAY), jitters, st.booleans())
    def test_intervals_keep_within_their_bounds(
        self, policy: Policy, age: int, jitter: float, patient: bool
    ) -> None:
        now = START + age
        interval = policy.cap if patient else None
        due, end = policy.next_due(PLACED, now, jitter=jitter, interval=interval), policy.ends_at(PLACED)

        assert due > now
        if now < end:
            assert due <= end
            longest = max(policy.first, policy.cap if patient else min(policy.cap, policy.growth * age))
            assert due - now <= math.ceil(longest * (1 + JITTER))
        else:
            assert policy.first < due - now <= 2 + policy.first * (1 + JITTER)

    @given(jitters)
    def test_the_last_regular_check_falls_on_the_policys_end(self, jitter: float) -> None:
        checks = [POLICY.first_due(PLACED, START)]
        while checks[-1] < POLICY.ends_at(PLACED):
            checks.append(POLICY.next_due(PLACED, checks[-1], jitter=jitter))

        assert checks[-1] == POLICY.ends_at(PLACED)
        assert all(later > earlier for earlier, later in pairwise(checks))


class TestCarts:
    """Fixed ages from their last change; the last is that of placed orders where money places the order."""

    @pytest.mark.parametrize(
        ("watch", "ages"),
        [(CART, [45 * MINUTE, DAY, 10 * DAY]), (AUTO_PLACE, [45 * MINUTE, DAY, 24 * DAY])],
    )
    def test_while_the_budget_is_used_carts_are_checked_at_fixed_ages(self, watch: Watch, ages: list[int]) -> None:
        policy = POLICY.under(CARTS_QUARTER)
        dues = [policy.first_due(watch, START)]
        while dues[-1] < policy.ends_at(watch):
            dues.append(policy.next_due(watch, dues[-1], jitter=0))

        assert dues == [START + age for age in ages]
        assert policy.ends_at(watch) == START + ages[-1]

    @pytest.mark.parametrize(
        ("age", "due"),
        [
            (0, 45 * MINUTE),
            (45 * MINUTE, 75 * MINUTE),
            (3 * HOUR, 3.5 * HOUR),
            (DAY - MINUTE, DAY),
            (DAY, 10 * DAY),
        ],
    )
    def test_while_it_is_idle_they_are_asked_each_half_hour_between_the_first_two(
        self, age: int, due: float
    ) -> None:
        assert POLICY.next_due(CART, START + age, jitter=0) == START + due

    def test_an_age_that_passed_already_is_due_at_once(self) -> None:
        assert POLICY.first_due(CART, START + HOUR) == START + HOUR

    def test_thirty_days_after_its_creation_no_cart_is_watched_whatever_changes(self) -> None:
        watch = replace(CART, order_at=to_iso(START - 29 * DAY))

        assert POLICY.ends_at(watch) == START + DAY
        assert POLICY.times(watch) == (START + 45 * MINUTE, START + DAY)

    def test_one_that_changed_after_that_is_checked_now(self) -> None:
        watch = replace(CART, order_at=to_iso(START - 31 * DAY))

        assert POLICY.ends_at(watch) == START
        assert POLICY.times(watch) == (START,)

    @given(policies(), st.integers(0, 60 * DAY), jitters, st.booleans())
    def test_a_check_is_never_before_its_age_and_at_most_a_tenth_late(
        self, policy: Policy, age: int, jitter: float, auto_place: bool
    ) -> None:
        watch, now, busy = replace(CART, auto_place=auto_place), START + age, policy.under(CARTS_QUARTER)

        due = busy.next_due(watch, now, jitter=jitter)

        times = [time for time in policy.times(watch) if time > now]
        if times:
            assert times[0] <= due <= times[0] + math.ceil((times[0] - now) * JITTER)
            assert policy.next_due(watch, now, jitter=jitter) <= due
        else:
            assert policy.first < due - now <= 2 + policy.first * (1 + JITTER)


class TestGivingUp:
    """Two steps: a refresh, and a look at least one ``first`` later."""

    @given(policies(), open_watches(), st.integers(0, 60 * DAY), st.floats(0, 0.999), jitters)
    def test_what_was_refreshed_within_this_second_is_a_whole_first_ago_at_the_next_check(
        self, policy: Policy, watch: Watch, age: int, fraction: float, jitter: float
    ) -> None:
        now = policy.ends_at(watch) + age

        assert policy.next_due(watch, now, jitter=jitter) >= now + fraction + policy.first


class TestCallsWithoutAnswer:
    """Asked again after 1, 2, 4 … 15 min, never later than the policy says."""

    @pytest.mark.parametrize(
        ("consecutive_failures", "minutes"), [(1, 1), (2, 2), (3, 4), (4, 8), (5, 15), (6, 15), (99, 15)]
    )
    def test_the_wait_doubles_to_a_quarter_of_an_hour(self, consecutive_failures: int, minutes: int) -> None:
        watch, now = replace(PLACED, consecutive_failures=consecutive_failures), START + 10 * DAY

        assert POLICY.retry_due(watch, now, jitter=0) == now + 60 * minutes

    def test_a_young_payment_is_not_put_off_longer_than_the_policy_says(self) -> None:
        watch, now = replace(PLACED, consecutive_failures=5), START + 10 * MINUTE

        assert HALF_USED.retry_due(watch, now, jitter=0) == HALF_USED.next_due(watch, now, jitter=0) == now + 113

    def test_past_the_end_it_still_backs_off(self) -> None:
        watch, now = replace(PLACED, consecutive_failures=5), START + 24 * DAY

        assert POLICY.retry_due(watch, now, jitter=0) == now + 15 * MINUTE

    def test_where_only_its_own_refresh_fails_the_wait_is_the_same(self) -> None:
        watch, now = replace(PLACED, consecutive_failures=99), START + 10 * DAY
        failing = replace(watch, refresh_failing_since=START)

        assert POLICY.retry_due(failing, now, jitter=0) == POLICY.retry_due(watch, now, jitter=0)

    @given(policies(), open_watches(), st.integers(0, 60 * DAY), jitters)
    def test_it_is_asked_again_in_time(self, policy: Policy, watch: Watch, age: int, jitter: float) -> None:
        now = watch.started_at + age
        due = policy.retry_due(watch, now, jitter=jitter)

        assert now < due <= now + math.ceil(15 * policy.first * (1 + JITTER))
        if now < policy.ends_at(watch):
            assert due <= max(policy.next_due(watch, now, jitter=jitter), now + policy.first)


@pytest.mark.parametrize(("first", "shortly", "echo"), [(60, 5.0, 120), (6, 0.5, 12)])
def test_how_long_a_change_may_be_our_refreshs_goes_by_first(first: int, shortly: float, echo: int) -> None:
    policy = Policy(first=first)

    assert (policy.shortly, policy.echo) == (shortly, echo)


@pytest.mark.parametrize(("ages", "late"), [((HOUR, DAY, 9 * DAY), DAY), ((HOUR,), HOUR)])
def test_a_placement_is_late_from_the_second_age_of_a_cart_on(ages: tuple[int, ...], late: int) -> None:
    assert Policy(cart_ages=ages).late_placement == late
