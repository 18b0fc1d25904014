"""Attribution of a settlement: to our refresh, or to the gateway's webhook; and which changes are our own."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_refresh.domain import transitions
from payment_refresh.domain.attribution import SentRefresh, attribute_check, attribute_event, is_own_change
from payment_refresh.domain.check_results import Answered, Failed
from payment_refresh.domain.policy import Policy
from payment_refresh.domain.vocabulary import CheckSource, OutboxItem, SettledBy, Status
from payment_refresh.domain.watch import Check, Watch
from payment_refresh.times import to_iso
from tests.support import samples
from tests.support.clock import START
from tests.unit.transition_steps import NOW, PLACED, POLICY, answered, refreshed

REFRESHED = replace(PLACED, refresh_sent_at=to_iso(NOW), refresh_answered_at=to_iso(NOW + 2))
"""A watch whose last refresh ran for two seconds."""

LOOKED = Check(at=NOW + 30, by=CheckSource.LOOK, verdict="pending")
ANSWERED = replace(REFRESHED, checks=(Check(at=NOW + 2, by=CheckSource.REFRESH, verdict="pending"),))
"""The same, where the answer to that refresh came."""


def by_check(watch: Watch, now: int, *, refreshed: bool = False) -> SettledBy:
    return attribute_check(watch, samples.moment(now, POLICY), refreshed=refreshed)


class TestChecks:
    """Ours where the answer to our refresh shows money, or the first look within two minutes after it."""

    def test_what_the_answer_to_a_refresh_shows_is_ours(self) -> None:
        assert by_check(REFRESHED, NOW + 2, refreshed=True) is SettledBy.REFRESH

    @pytest.mark.parametrize(
        ("later", "by"), [(2, SettledBy.REFRESH), (122, SettledBy.REFRESH), (123, SettledBy.WEBHOOK)]
    )
    def test_what_the_first_look_shows_is_ours_for_two_minutes(self, later: int, by: SettledBy) -> None:
        assert by_check(REFRESHED, NOW + later) is by

    def test_what_only_a_second_look_shows_is_the_webhooks(self) -> None:
        assert by_check(replace(REFRESHED, checks=(LOOKED,)), NOW + 60) is SettledBy.WEBHOOK

    def test_a_look_before_the_refresh_was_none_after_it(self) -> None:
        before = replace(LOOKED, at=NOW)

        assert by_check(replace(REFRESHED, checks=(before,)), NOW + 60) is SettledBy.REFRESH

    @pytest.mark.parametrize(
        ("seen", "by"), [(-0.201, SettledBy.WEBHOOK), (-0.199, SettledBy.REFRESH), (1, SettledBy.REFRESH)]
    )
    @pytest.mark.parametrize("is_refresh", [True, False])
    def test_an_event_that_showed_money_before_our_refresh_was_sent_decides(
        self, seen: float, by: SettledBy, is_refresh: bool
    ) -> None:
        watch = replace(REFRESHED, event_money_at=to_iso(NOW + seen))

        assert by_check(watch, NOW + 2, refreshed=is_refresh) is by

    @pytest.mark.parametrize(
        "watch", [PLACED, replace(REFRESHED, refresh_sent_at=None), replace(REFRESHED, refresh_answered_at=None)]
    )
    def test_a_refresh_that_was_never_sent_settled_nothing(self, watch: Watch) -> None:
        assert by_check(watch, NOW + 2) is SettledBy.WEBHOOK

    def test_a_capture_that_moves_the_time_of_payment_later_changes_nothing(self) -> None:
        order = samples.authorized(samples.order(), NOW + 110, payment_status="paid")
        answer = Answered(order=order, looked=True, sent_refresh=SentRefresh(NOW, NOW + 2))

        watch = transitions.apply_answer(PLACED, answer, samples.moment(NOW + 2, POLICY))

        assert (watch.status, watch.settled_by) == (Status.SETTLED, SettledBy.REFRESH)

    def test_the_look_after_a_refresh_that_showed_no_money_yet_is_still_its_work(self) -> None:
        watch = refreshed(PLACED, samples.order())

        settled = answered(watch, samples.authorized(samples.order(), NOW + 1), NOW + 60)

        assert settled.settled_by is SettledBy.REFRESH


class TestEvents:
    """An event's money is ours only if it came while our refresh ran, or shortly after."""

    @pytest.mark.parametrize(
        ("moved", "by"),
        [
            (-0.201, SettledBy.WEBHOOK),
            (-0.199, SettledBy.REFRESH),
            (2, SettledBy.REFRESH),
            (7, SettledBy.REFRESH),
            (7.001, SettledBy.WEBHOOK),
        ],
    )
    def test_the_time_of_the_move_decides(self, moved: float, by: SettledBy) -> None:
        assert attribute_event(ANSWERED, samples.authorized(samples.order(), NOW + moved), POLICY) is by

    @pytest.mark.parametrize("checks", [(), (replace(LOOKED, at=NOW - 1),)], ids=["no check", "one before it"])
    @pytest.mark.parametrize(("moved", "by"), [(122, SettledBy.REFRESH), (122.001, SettledBy.WEBHOOK)])
    def test_where_the_answer_was_lost_it_is_ours_for_two_minutes(
        self, moved: float, by: SettledBy, checks: tuple[Check, ...]
    ) -> None:
        watch = replace(REFRESHED, checks=checks)

        assert attribute_event(watch, samples.authorized(samples.order(), NOW + moved), POLICY) is by

    def test_without_any_refresh_it_is_the_webhooks(self) -> None:
        assert attribute_event(PLACED, samples.authorized(samples.order(), NOW), POLICY) is SettledBy.WEBHOOK

    def test_an_order_that_does_not_show_when_it_moved_was_not_moved_by_us(self) -> None:
        order = samples.authorized(samples.order(), NOW + 1, payment_updated_at=None)

        assert attribute_event(REFRESHED, order, POLICY) is SettledBy.WEBHOOK

    def test_a_refresh_half_sent_moved_nothing(self) -> None:
        watch = replace(REFRESHED, refresh_answered_at=None)

        assert attribute_event(watch, samples.authorized(samples.order(), NOW), POLICY) is SettledBy.WEBHOOK

    def test_what_a_refresh_whose_answer_was_lost_settled_is_announced_though_an_event_reports_it(self) -> None:
        lost = Failed(reason="ReadError", sent_refresh=SentRefresh(NOW - 1, NOW))
        watch = transitions.back_off(PLACED, lost, samples.moment(NOW, POLICY))

        reported = transitions.apply_event(
            watch, samples.authorized(samples.order(), NOW), samples.moment(NOW + 1, POLICY)
        )

        assert (reported.status, reported.settled_by) == (Status.SETTLED, SettledBy.REFRESH)
        assert (reported.outbox, reported.due_at) == (samples.outbox_of(OutboxItem.SETTLED), NOW + 1)

    def test_what_the_webhook_settled_is_not_announced_where_an_event_tells_it(self) -> None:
        reported = transitions.apply_event(
            PLACED, samples.authorized(samples.order(), NOW), samples.moment(NOW + 1, POLICY)
        )

        assert (reported.status, reported.settled_by) == (Status.SETTLED, SettledBy.WEBHOOK)
        assert (reported.outbox, reported.due_at) == (frozenset(), None)

    @given(st.floats(0, 60), st.floats(0.201, 1e6), st.booleans(), st.integers(1, 600), st.floats(0, 1))
    def test_only_what_moved_with_our_refresh_is_its_work(
        self, lasted: float, away: float, before: bool, first: int, share: float
    ) -> None:
        policy, until = Policy(first=first), START + lasted
        refreshed = replace(PLACED, refresh_sent_at=to_iso(START), refresh_answered_at=to_iso(until))
        watch = replace(refreshed, checks=(Check(at=START, by=CheckSource.REFRESH, verdict="pending"),))

        def settled_by(moved: float) -> SettledBy:
            order = samples.authorized(samples.order(), START + 2e6, payment_updated_at=to_iso(moved))
            return attribute_event(watch, order, policy)

        assert settled_by(START - away if before else until + policy.shortly + away) is SettledBy.WEBHOOK
        assert settled_by(START + share * lasted) is SettledBy.REFRESH


@pytest.mark.parametrize(("changed", "ours"), [(-5.001, False), (-5, True), (122, True), (122.001, False)])
def test_a_change_within_two_minutes_of_our_refresh_may_be_its_work(changed: float, ours: bool) -> None:
    assert is_own_change(REFRESHED, to_iso(NOW + changed), POLICY) is ours
    assert not is_own_change(PLACED, to_iso(NOW + changed), POLICY)
