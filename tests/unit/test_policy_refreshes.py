"""Policy of refreshes: which checks are worth one, and the times of what its order does not wait for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_refresh.domain.policy import DAY, HOUR, MINUTE, Policy, RefreshCancelled
from payment_refresh.domain.vocabulary import WatchClass
from payment_refresh.domain.watch import Watch
from payment_refresh.times import to_iso
from tests.support.clock import START
from tests.support.samples import key
from tests.unit.strategies import jitters, open_watches, policies

POLICY = Policy()
PLACED = Watch(
    key=key(), watch_class=WatchClass.PLACED, since=START, started_at=START, due_at=START, order_at=to_iso(START)
)
CART = replace(PLACED, watch_class=WatchClass.CART)
CANCELLED = replace(PLACED, cancelled_at=START + HOUR)
REPLACED = replace(PLACED, replaced_at=START + HOUR)


class TestByClass:
    """Placed orders always; carts the less, the busier the budget, but at their later ages whatever the load."""

    @pytest.mark.parametrize("utilisation", [0.0, 0.25, 0.5, 1.0])
    def test_placed_orders_whatever_the_load(self, utilisation: float) -> None:
        assert POLICY.under(utilisation).may_refresh(PLACED, START + 60)

    @pytest.mark.parametrize(("utilisation", "may"), [(0.0, True), (0.49, True), (0.5, False), (1.0, False)])
    def test_carts_at_their_first_age_while_less_than_half_is_used(self, utilisation: float, may: bool) -> None:
        assert POLICY.under(utilisation).may_refresh(CART, START + 45 * MINUTE) is may

    @pytest.mark.parametrize(("utilisation", "may"), [(0.0, True), (0.24, True), (0.25, False), (1.0, False)])
    def test_between_the_first_two_while_less_than_a_quarter_is(self, utilisation: float, may: bool) -> None:
        watch = replace(CART, refreshed_at=START + 45 * MINUTE)

        assert POLICY.under(utilisation).may_refresh(watch, START + 2 * HOUR) is may

    @pytest.mark.parametrize("age", [DAY, 2 * DAY, 10 * DAY, 11 * DAY])
    def test_from_the_second_on_whatever_the_load(self, age: int) -> None:
        assert POLICY.under(1.0).may_refresh(CART, START + age)

    def test_a_refresh_before_the_first_age_does_not_count_as_that_ages(self) -> None:
        watch = replace(CART, refreshed_at=START + 45 * MINUTE - 1)

        assert POLICY.under(0.4).may_refresh(watch, START + HOUR)

    def test_a_cart_with_one_age_is_refreshed_at_its_end(self) -> None:
        policy = replace(POLICY, cart_ages=(HOUR,), utilisation=1.0)

        assert policy.may_refresh(CART, START + HOUR)
        assert not policy.may_refresh(CART, START + HOUR - 1)


class TestCancelled:
    """At few ages after the cancellation, the last not before placed orders are given up."""

    def test_the_times_of_one_cancelled(self) -> None:
        at = START + HOUR

        assert POLICY.times(CANCELLED) == (at + HOUR, at + DAY, at + 7 * DAY, START + 24 * DAY)
        assert POLICY.first_due(CANCELLED, at) == at + HOUR

    def test_one_cancelled_late_is_asked_to_its_own_last_age(self) -> None:
        watch = replace(CANCELLED, cancelled_at=START + 20 * DAY)

        assert POLICY.ends_at(watch) == START + 34 * DAY

    def test_one_seen_first_when_ages_have_passed_is_asked_now(self) -> None:
        now = START + 40 * DAY

        assert POLICY.first_due(CANCELLED, now) == now
        assert POLICY.next_due(CANCELLED, now, jitter=0) == now + 61

    @pytest.mark.parametrize(
        ("setting", "auto_place", "auto_capture", "may"),
        [
            (RefreshCancelled.SAFE, False, False, True),
            (RefreshCancelled.SAFE, True, False, False),
            (RefreshCancelled.SAFE, False, True, False),
            (RefreshCancelled.SAFE, None, False, False),
            (RefreshCancelled.SAFE, False, None, False),
            (RefreshCancelled.TRUE, True, True, True),
            (RefreshCancelled.TRUE, None, None, True),
            (RefreshCancelled.FALSE, False, False, False),
        ],
    )
    def test_the_setting_decides_on_refreshes(
        self, setting: RefreshCancelled, auto_place: bool | None, auto_capture: bool | None, may: bool
    ) -> None:
        policy = replace(POLICY, refresh_cancelled=setting)
        watch = replace(CANCELLED, auto_place=auto_place, auto_capture=auto_capture)

        assert policy.may_refresh(watch, START + 2 * HOUR) is may
        assert policy.refreshes_at_end(watch) is may

    @pytest.mark.parametrize(("asked_manually", "may"), [(False, False), (True, True)])
    def test_before_the_first_age_only_a_person_has_it_refreshed(self, asked_manually: bool, may: bool) -> None:
        policy = replace(POLICY, refresh_cancelled=RefreshCancelled.TRUE)

        assert policy.may_refresh(replace(CANCELLED, asked_manually=asked_manually), START + 2 * HOUR - 1) is may


class TestReplaced:
    """At few ages since the other source was seen, refreshed at the first two only."""

    def test_the_times_of_one_replaced(self) -> None:
        at = START + HOUR

        assert POLICY.times(REPLACED) == (at + 5 * MINUTE, at + HOUR, at + DAY, at + 7 * DAY, START + 24 * DAY)

    def test_a_carts_end_with_the_last_age(self) -> None:
        watch = replace(CART, replaced_at=START + HOUR)

        assert POLICY.ends_at(watch) == START + HOUR + 7 * DAY

    def test_they_are_asked_at_each_whatever_the_load(self) -> None:
        at, dues = START + HOUR, [START + HOUR]
        while dues[-1] < POLICY.ends_at(REPLACED):
            dues.append(POLICY.next_due(REPLACED, dues[-1], jitter=0))

        assert dues[1:] == [at + 5 * MINUTE, at + HOUR, at + DAY, at + 7 * DAY, START + 24 * DAY]

    @pytest.mark.parametrize(
        ("later", "may"),
        [(5 * MINUTE - 1, False), (5 * MINUTE, True), (HOUR, True), (DAY - 1, True), (DAY, False)],
    )
    def test_they_are_refreshed_at_the_first_two(self, later: int, may: bool) -> None:
        assert POLICY.may_refresh(REPLACED, START + HOUR + later) is may
        assert not POLICY.refreshes_at_end(REPLACED)

    @pytest.mark.parametrize(("later", "may"), [(0, False), (HOUR, True), (24 * DAY, False)])
    def test_with_two_ages_the_last_is_only_looked_at(self, later: int, may: bool) -> None:
        policy = replace(POLICY, replaced_ages=(HOUR, DAY))

        assert policy.may_refresh(replace(REPLACED, replaced_at=START), START + later) is may

    def test_what_the_order_waits_for_is_refreshed_at_the_end(self) -> None:
        assert POLICY.refreshes_at_end(PLACED)
        assert POLICY.refreshes_at_end(CART)


class TestWhenPlacementIsUnknown:
    """Where the order's document does not say when it was placed, our own knowledge of it counts."""

    @pytest.mark.parametrize("changes", [{"cancelled_at": START}, {"replaced_at": START}])
    def test_it_counts_from_when_the_payment_began_to_be_pending(self, changes: dict[str, int]) -> None:
        watch = replace(PLACED, order_at=None, since=START - DAY, **changes)  # type: ignore[arg-type]  # times

        assert POLICY.ends_at(watch) == START + 23 * DAY


@given(policies(), open_watches(), st.integers(0, 90 * DAY), jitters)
def test_a_watch_is_due_in_the_future_and_at_its_end_at_the_latest(
    policy: Policy, watch: Watch, age: int, jitter: float
) -> None:
    now, end = watch.started_at + age, policy.ends_at(watch)

    due = policy.next_due(watch, now, jitter=jitter)

    assert due > now
    if now < end:
        assert due <= max(end, policy.first_due(watch, now)) + policy.cap_idle * 0.1 + 1


@given(policies(), open_watches())
def test_few_times_come_in_order_and_end_with_the_policy(policy: Policy, watch: Watch) -> None:
    times = policy.times(watch)

    assert not times or times[-1] == policy.ends_at(watch) == max(times)
