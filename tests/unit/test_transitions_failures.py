"""Transitions of a watch whose call got no answer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from payment_refresh.domain import transitions
from payment_refresh.domain.attribution import SentRefresh
from payment_refresh.domain.check_results import Failed
from payment_refresh.domain.policy import DAY
from payment_refresh.domain.vocabulary import DueClass, OutboxItem, Reason, SettledBy, Status
from payment_refresh.times import to_iso
from tests.support import samples
from tests.support.clock import START
from tests.unit.transition_steps import CART, END, NOW, PLACED, POLICY, RECORDED, answered, refreshed

if TYPE_CHECKING:
    from payment_refresh.domain.watch import Watch

OVER = END + POLICY.give_up_grace


def failed(watch: Watch, now: int = NOW, **changes: Any) -> Watch:
    return transitions.back_off(watch, Failed(reason="503", **changes), samples.moment(now, POLICY))


class TestCallsWithoutAnswer:
    """They are no check."""

    def test_the_watch_backs_off_and_nothing_else_changes(self) -> None:
        before = replace(PLACED, refreshes=2, refreshed_at=START + 5, consecutive_failures=1)

        watch = failed(before)

        assert watch == replace(
            before,
            claim=None,
            claims=0,
            consecutive_failures=2,
            last_error="503",
            due_at=POLICY.retry_due(watch, NOW, jitter=0),
        )

    def test_a_refresh_that_was_sent_may_have_moved_the_order_all_the_same(self) -> None:
        watch = failed(PLACED, sent_refresh=SentRefresh(NOW - 10, NOW))

        assert (watch.refreshes, watch.refreshed_at) == (0, None)
        assert answered(watch, samples.authorized(samples.order(), NOW - 9)).settled_by is SettledBy.REFRESH

    @pytest.mark.parametrize("later", [0, DAY, 60 * DAY])
    def test_past_the_end_giving_up_waits_for_an_answer(self, later: int) -> None:
        assert failed(PLACED, END + later).is_open

    def test_a_manual_message_still_waits_for_its_refresh(self) -> None:
        assert failed(replace(PLACED, asked_manually=True)).asked_manually


class TestRefreshFailing:
    """Where looks are answered and this payment's own refresh never is, it is given up after a grace."""

    failing = replace(PLACED, refresh_failing_since=END)

    def test_since_when_is_remembered_once(self) -> None:
        watch = failed(failed(PLACED, is_own=True), NOW + 60, is_own=True)

        assert (watch.refresh_failing_since, watch.consecutive_failures) == (NOW, 2)

    def test_an_outage_is_not_its_own(self) -> None:
        assert failed(PLACED).refresh_failing_since is None

    def test_it_backs_off_as_in_an_outage(self) -> None:
        now = START + 10 * DAY
        often = replace(PLACED, consecutive_failures=10, refresh_failing_since=NOW)

        assert failed(often, now, is_own=True).due_at == failed(often, now).due_at == now + 15 * POLICY.first

    def test_a_refresh_that_is_answered_again_forgets_it(self) -> None:
        assert refreshed(self.failing, samples.order()).refresh_failing_since is None

    def test_a_look_that_is_answered_does_not(self) -> None:
        assert answered(self.failing, samples.order()).refresh_failing_since == END

    def test_a_day_after_the_end_it_is_given_up(self) -> None:
        assert failed(self.failing, OVER - 1, is_own=True).is_open

        watch = failed(self.failing, OVER, is_own=True)

        assert (watch.status, watch.reason) == (Status.DEAD_LETTERED, Reason.REFRESH_FAILING)
        assert watch.outbox == samples.outbox_of(OutboxItem.DEAD_LETTER, OutboxItem.STILL_PENDING)
        assert (watch.due_at, watch.expires_at) == (OVER + 60, None)

    def test_one_that_began_to_fail_late_has_a_whole_day_of_its_own(self) -> None:
        late = replace(PLACED, refresh_failing_since=OVER)

        assert failed(late, OVER + POLICY.give_up_grace - 1, is_own=True).is_open
        assert not failed(late, OVER + POLICY.give_up_grace, is_own=True).is_open

    def test_an_outage_that_comes_then_gives_up_nothing(self) -> None:
        assert failed(self.failing, OVER).is_open

    def test_what_an_order_event_just_reported_is_asked_once_more(self) -> None:
        watch = failed(replace(self.failing, event_during_lease=True), OVER, is_own=True)

        assert (watch.status, watch.event_during_lease) == (Status.WATCHING, False)

    def test_where_the_order_is_only_observed_it_is_reported(self) -> None:
        watch = failed(self.failing, OVER, is_own=True, is_observed=True)

        assert (watch.status, watch.outbox, watch.due_class) == (Status.REPORTED, frozenset(), DueClass.STUCK)

    @pytest.mark.parametrize(
        ("watch", "status", "reason"),
        [
            (CART, Status.ABANDONED, None),
            (replace(PLACED, cancelled_at=START), Status.CLOSED, Reason.CANCELLED),
            (replace(PLACED, replaced_at=START), Status.CLOSED, Reason.REPLACED),
        ],
        ids=["cart", "cancelled", "replaced"],
    )
    def test_what_no_order_waits_for_ends_quietly(
        self, watch: Watch, status: Status, reason: Reason | None
    ) -> None:
        end = POLICY.ends_at(watch)

        given_up = failed(replace(watch, refresh_failing_since=end), end + POLICY.give_up_grace, is_own=True)

        assert (given_up.status, given_up.reason) == (status, reason)


def test_an_event_that_showed_money_is_remembered_for_the_next_check() -> None:
    assert failed(replace(RECORDED, event_money_at=to_iso(NOW))).event_money_at == to_iso(NOW)


@pytest.mark.parametrize("failures", [0, 9], ids=["sooner than that", "later"])
def test_what_an_event_reported_meanwhile_is_due_within_a_minute(failures: int) -> None:
    watch = replace(RECORDED, consecutive_failures=failures)
    alone = failed(replace(watch, event_during_lease=False)).due_at or 0

    assert failed(watch).due_at == min(alone, NOW + POLICY.first)
