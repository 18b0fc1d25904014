"""Giving up on a payment that stayed pending: from when on, and what becomes of it then."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain.attribution import SentRefresh
from payment_refresh.domain.check_results import Answered
from payment_refresh.domain.giving_up import (
    end_gone,
    end_stuck,
    give_up,
    is_failing_too_long,
    is_last_look,
    may_give_up,
)
from payment_refresh.domain.policy import DAY
from payment_refresh.domain.vocabulary import OutboxItem, Reason, Status, WatchClass
from tests.support import samples
from tests.support.clock import START
from tests.unit.transition_steps import CART, END, NOW, PLACED, POLICY

if TYPE_CHECKING:
    from payment_refresh.domain.watch import Watch

CANCELLED = replace(PLACED, cancelled_at=START)
REPLACED = replace(PLACED, replaced_at=START)
REFRESHED = replace(PLACED, refreshed_at=END)
LOOKED = Answered(order=samples.order(), looked=True)
ONLY_LOOKED = replace(LOOKED, can_refresh=False)


def may(watch: Watch, answer: Answered, now: int) -> bool:
    return may_give_up(watch, answer, samples.moment(now, POLICY))


@pytest.mark.parametrize(
    ("refreshed_at", "now", "is_last"),
    [(None, END + 61, False), (END - 1, END + 61, False), (END, END + 60, False), (END, END + 61, True)],
    ids=["never refreshed", "refreshed before the end", "too soon after", "a minute after"],
)
def test_the_last_look_comes_a_minute_after_a_refresh_at_the_end(
    refreshed_at: int | None, now: int, is_last: bool
) -> None:
    assert is_last_look(replace(PLACED, refreshed_at=refreshed_at), now, POLICY) is is_last


class TestMayGiveUp:
    """A refresh and then a look; where no refresh may be sent, what no order waits for takes two looks."""

    @pytest.mark.parametrize(
        ("watch", "answer", "now", "may_end"),
        [
            (REFRESHED, LOOKED, END + 61, True),
            (PLACED, LOOKED, END + 61, False),
            (REFRESHED, replace(LOOKED, sent_refresh=SentRefresh(END, END)), END + 61, False),
            (REFRESHED, Answered(), END + 61, False),
            (PLACED, ONLY_LOOKED, END - 1, False),
            (PLACED, ONLY_LOOKED, END, True),
            (replace(PLACED, look_only=True), LOOKED, END, True),
        ],
        ids=[
            "refresh and look",
            "no refresh yet",
            "a refresh is no look",
            "no look",
            "before the end",
            "no refresh may be sent",
            "a refresh is pointless",
        ],
    )
    def test_what_an_order_waits_for(self, watch: Watch, answer: Answered, now: int, may_end: bool) -> None:
        assert may(watch, answer, now) is may_end

    @pytest.mark.parametrize("watch", [CANCELLED, REPLACED], ids=["cancelled", "replaced"])
    @pytest.mark.parametrize(
        ("final_look", "later", "may_end"), [(None, 61, False), (0, 60, False), (0, 61, True)]
    )
    def test_what_no_order_waits_for_takes_two_looks_a_minute_apart(
        self, watch: Watch, final_look: int | None, later: int, may_end: bool
    ) -> None:
        end = POLICY.ends_at(watch)
        looked = replace(watch, final_look_at=None if final_look is None else end + final_look)

        assert may(looked, ONLY_LOOKED, end + later) is may_end


@pytest.mark.parametrize(
    ("since", "now", "too_long"),
    [
        (None, END + 9 * DAY, False),
        (START, END + DAY - 1, False),
        (START, END + DAY, True),
        (END + 9, END + DAY, False),
    ],
    ids=["never failed", "within the grace", "past it", "not for a whole grace yet"],
)
def test_a_refresh_fails_too_long_a_grace_after_the_end(since: int | None, now: int, too_long: bool) -> None:
    watch = replace(PLACED, refresh_failing_since=since)

    assert is_failing_too_long(watch, samples.moment(now, POLICY)) is too_long


class TestGiveUp:
    """Only a placed order that waits for its payment is a person's."""

    at = samples.moment(NOW, POLICY)

    @pytest.mark.parametrize("is_observed", [False, True])
    @pytest.mark.parametrize(
        ("watch", "status", "reason"),
        [
            (CANCELLED, Status.CLOSED, Reason.CANCELLED),
            (REPLACED, Status.CLOSED, Reason.REPLACED),
            (replace(CART, replaced_at=START), Status.CLOSED, Reason.REPLACED),
            (CART, Status.ABANDONED, None),
        ],
        ids=["cancelled", "replaced", "replaced on a cart", "cart"],
    )
    def test_what_nobody_waits_for_ends_quietly(
        self, watch: Watch, status: Status, reason: Reason | None, is_observed: bool
    ) -> None:
        ended = give_up(watch, self.at, Reason.STAYED_PENDING, is_observed=is_observed)

        assert (ended.status, ended.reason, ended.outbox) == (status, reason, frozenset())
        assert ended.expires_at == NOW + POLICY.retention

    @pytest.mark.parametrize("reason", [Reason.STAYED_PENDING, Reason.REFRESH_FAILING])
    def test_a_placed_order_is_dead_lettered_and_does_not_expire(self, reason: Reason) -> None:
        ended = give_up(PLACED, self.at, reason, is_observed=False)

        assert (ended.status, ended.reason, ended.expires_at) == (Status.DEAD_LETTERED, reason, None)
        assert ended.outbox == samples.outbox_of(OutboxItem.DEAD_LETTER)

    def test_one_that_is_only_observed_is_reported_and_expires(self) -> None:
        ended = end_stuck(PLACED, self.at, Reason.STAYED_PENDING, is_observed=True)

        assert (ended.status, ended.reason, ended.outbox) == (Status.REPORTED, Reason.STAYED_PENDING, frozenset())
        assert ended.expires_at == NOW + POLICY.retention

    def test_what_its_row_had_to_send_before_is_kept(self) -> None:
        watch = replace(PLACED, outbox=samples.outbox_of(OutboxItem.ATTEMPT_FAILED))

        ended = end_stuck(watch, self.at, Reason.CANNOT_PROCESS, is_observed=False)

        assert ended.outbox == samples.outbox_of(OutboxItem.DEAD_LETTER, OutboxItem.ATTEMPT_FAILED)


@pytest.mark.parametrize(
    ("watch", "status", "reason"),
    [
        (PLACED, Status.MISSING, None),
        (replace(PLACED, watch_class=WatchClass.CART), Status.CLOSED, Reason.DELETED),
        (CANCELLED, Status.CLOSED, Reason.DELETED),
        (REPLACED, Status.CLOSED, Reason.DELETED),
    ],
    ids=["placed", "cart", "cancelled", "replaced"],
)
def test_a_payment_that_is_gone_is_missing_only_where_an_order_waits_for_it(
    watch: Watch, status: Status, reason: Reason | None
) -> None:
    ended = end_gone(watch, samples.moment(NOW, POLICY))

    assert (ended.status, ended.reason) == (status, reason)
