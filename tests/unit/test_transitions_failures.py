"""Transitions of a watch whose call got no answer."""

from __future__ import annotations

from dataclasses import replace

from payment_refresh.domain import transitions
from payment_refresh.domain.attribution import SentRefresh
from payment_refresh.domain.check_results import Failed
from payment_refresh.domain.policy import DAY
from payment_refresh.domain.watch import (
    OutboxItem,
    SettledBy,
    Status,
)
from tests.support import samples
from tests.support.clock import START
from tests.unit.transition_steps import END, NOW, PLACED, POLICY, answered

SUPERSEDED = (Status.CLOSED, "superseded", OutboxItem.SUPERSEDED)
ON_CANCELLED_ORDER = (Status.CLOSED, "on_cancelled_order", OutboxItem.ON_CANCELLED_ORDER)


class TestCallsWithoutAnswer:
    """They are no check."""

    def test_the_watch_backs_off_and_nothing_else_changes(self) -> None:
        before = replace(PLACED, refreshes=2, refreshed_at=START + 5, consecutive_failures=1)

        watch = transitions.back_off(before, Failed("503"), samples.moment(NOW, POLICY))

        assert watch == replace(
            before,
            claim=None,
            claims=0,
            consecutive_failures=2,
            last_error="503",
            due_at=POLICY.retry_due(watch, NOW, jitter=0),
        )

    def test_a_refresh_that_was_sent_may_have_moved_the_order_all_the_same(self) -> None:
        watch = transitions.back_off(
            PLACED, Failed("ReadTimeout", SentRefresh(NOW - 10, NOW)), samples.moment(NOW, POLICY)
        )

        assert (watch.refreshes, watch.refreshed_at) == (0, None)
        assert answered(watch, samples.authorized(samples.order(), NOW - 9)).settled_by is SettledBy.REFRESH

    def test_past_the_end_giving_up_waits_for_an_answer(self) -> None:
        assert transitions.back_off(PLACED, Failed("503"), samples.moment(END + DAY, POLICY)).is_open
