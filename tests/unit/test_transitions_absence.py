"""Transitions of a watch whose payment no list shows, or that has no order: evidence decides, not a 404 alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain import transitions
from payment_refresh.domain.check_results import Absent, Failed, Gone
from payment_refresh.domain.policy import DAY, HOUR
from payment_refresh.domain.vocabulary import CheckSource, DueClass, OutboxItem, Reason, Status, WatchClass
from payment_refresh.domain.watch import Check, Watch
from payment_refresh.times import to_iso
from tests.support import samples
from tests.support.clock import START
from tests.unit.transition_steps import CART, END, NOW, PLACED, POLICY, RECORDED, answered

if TYPE_CHECKING:
    from payment_refresh.domain.order import Order

UNKNOWN = replace(PLACED, order_id=None, order_updated_at=None)
"""A watch made by hand of a payment that nobody ever saw."""


def absent(watch: Watch, now: int = NOW) -> Watch:
    return transitions.apply_absence(watch, Absent(), samples.moment(now, POLICY))


def gone(watch: Watch, now: int = NOW, *, is_confirmed: bool) -> Watch:
    return transitions.apply_gone(watch, Gone(is_confirmed=is_confirmed), samples.moment(now, POLICY))


class TestAbsence:
    """That lists leave a payment out proves nothing: twice, an hour apart, single calls must confirm it."""

    def test_the_first_is_asked_about_again_an_hour_later(self) -> None:
        watch = absent(CART)

        assert (watch.status, watch.first_absent_at, watch.due_at) == (Status.WATCHING, NOW, NOW + HOUR)
        assert not watch.absent_twice
        assert watch.checks[-1] == Check(at=NOW, by=CheckSource.LOOK, verdict="not_found")

    def test_a_placed_order_is_listed_as_often_as_before(self) -> None:
        """A list may lag behind, and somebody waits for it."""
        watch = absent(PLACED)

        assert (watch.first_absent_at, watch.due_at) == (NOW, POLICY.next_due(PLACED, NOW, jitter=0))
        assert not watch.absent_twice

    def test_past_its_end_it_is_only_asked_about_an_hour_later(self) -> None:
        assert absent(PLACED, END).due_at == END + HOUR

    def test_one_that_comes_sooner_does_not_count(self) -> None:
        watch = absent(absent(CART), NOW + HOUR - 1)

        assert (watch.first_absent_at, watch.absent_twice, watch.due_at) == (NOW, False, NOW + HOUR)

    @pytest.mark.parametrize("later", [HOUR, 20 * DAY])
    def test_the_second_an_hour_later_waits_for_single_calls_to_confirm_it(self, later: int) -> None:
        watch = absent(absent(PLACED), NOW + later)

        assert (watch.status, watch.absent_twice, watch.due_at) == (Status.WATCHING, True, NOW + later)
        assert watch.due_class is DueClass.CONFIRM

    def test_an_answer_in_between_begins_the_count_anew(self) -> None:
        watch = answered(absent(absent(PLACED), NOW + HOUR), samples.order(), NOW + HOUR + 60)

        assert (watch.first_absent_at, watch.absent_twice) == (None, False)
        assert watch.due_class is DueClass.PLACED

    @pytest.mark.parametrize(("source_id", "absent_twice"), [("pay-a", False), (None, True), ("pay-b", True)])
    def test_look_that_names_the_payment_refutes_its_absence_though_the_refresh_after_it_fails(
        self, source_id: str | None, absent_twice: bool
    ) -> None:
        """Else an absence of weeks ago would still count as one of two."""
        watch = absent(absent(PLACED), NOW + HOUR)
        later = samples.moment(NOW + DAY, POLICY)
        look = samples.order(source_id=source_id, updated_at=to_iso(NOW + DAY))

        after = transitions.back_off(watch, Failed(reason="ReadTimeout", is_own=True, look=look), later)

        assert after.absent_twice is absent_twice
        assert after.first_absent_at == (NOW if absent_twice else None)

    @pytest.mark.parametrize("first_absent_at", [None, NOW - HOUR])
    def test_what_an_order_event_just_reported_is_due_at_once(self, first_absent_at: int | None) -> None:
        watch = absent(replace(RECORDED, first_absent_at=first_absent_at))

        assert (watch.status, watch.due_at, watch.event_during_lease) == (Status.WATCHING, NOW, False)
        assert watch.first_absent_at == (NOW if first_absent_at is None else first_absent_at)


class TestGone:
    """It ends where its order confirms it; where nothing does, at the policy's end."""

    def test_a_placed_orders_payment_is_missing(self) -> None:
        watch = gone(PLACED, is_confirmed=True)

        assert (watch.status, watch.reason, watch.ended_at) == (Status.MISSING, None, NOW)
        assert (watch.outbox, watch.due_at) == (samples.outbox_of(OutboxItem.MISSING), NOW + 60)
        assert watch.expires_at == NOW + POLICY.retention

    def test_a_carts_is_closed_quietly(self) -> None:
        watch = gone(CART, is_confirmed=True)

        assert (watch.status, watch.reason) == (Status.CLOSED, Reason.DELETED)
        assert watch.outbox == samples.outbox_of(OutboxItem.CLOSED)

    def test_without_confirmation_it_is_asked_about_rarely(self) -> None:
        watch = gone(replace(PLACED, absent_twice=True), is_confirmed=False)

        assert (watch.status, watch.due_at) == (Status.WATCHING, NOW + int(POLICY.cap))
        assert watch.due_class is DueClass.CONFIRM

    @pytest.mark.parametrize(
        ("watch", "status", "reason"),
        [
            (PLACED, Status.MISSING, None),
            (CART, Status.CLOSED, Reason.DELETED),
            (UNKNOWN, Status.CLOSED, Reason.DELETED),
        ],
        ids=["placed", "cart", "class unknown"],
    )
    def test_at_the_policys_end_it_ends_and_never_as_a_dead_letter(
        self, watch: Watch, status: Status, reason: Reason | None
    ) -> None:
        end = POLICY.ends_at(watch)

        assert gone(watch, end - 1, is_confirmed=False).is_open
        ended = gone(watch, end, is_confirmed=False)
        assert (ended.status, ended.reason, ended.expires_at) == (status, reason, end + POLICY.retention)

    @pytest.mark.parametrize("is_confirmed", [True, False])
    def test_what_an_order_event_just_reported_is_not_gone(self, is_confirmed: bool) -> None:
        watch = gone(RECORDED, END, is_confirmed=is_confirmed)

        assert (watch.status, watch.due_at, watch.event_during_lease) == (Status.WATCHING, END, False)


class TestOrphans:
    """A payment that answers, and whose order is null for good, ends at the policy's end."""

    @pytest.mark.parametrize(
        ("watch", "status", "outcome"),
        [(PLACED, Status.MISSING, OutboxItem.MISSING), (CART, Status.CLOSED, OutboxItem.CLOSED)],
    )
    def test_it_ends_with_its_event_and_expires(self, watch: Watch, status: Status, outcome: OutboxItem) -> None:
        end = POLICY.ends_at(watch)

        ended = answered(watch, None, end, is_orphan=True)

        assert (ended.status, ended.outbox) == (status, samples.outbox_of(outcome))
        assert (ended.due_at, ended.expires_at) == (end + 60, end + POLICY.retention)
        assert answered(watch, None, end - 1, is_orphan=True).is_open

    @pytest.mark.parametrize("watch_class", WatchClass)
    def test_an_event_just_now_keeps_it(self, watch_class: WatchClass) -> None:
        watch = answered(replace(RECORDED, watch_class=watch_class), None, END, is_orphan=True)

        assert (watch.status, watch.due_at) == (Status.WATCHING, END)

    @pytest.mark.parametrize(
        ("watch", "status"), [(PLACED, Status.DEAD_LETTERED), (CART, Status.ABANDONED)], ids=["placed", "cart"]
    )
    def test_one_whose_order_is_only_never_shown_is_given_up_after_the_grace(
        self, watch: Watch, status: Status
    ) -> None:
        last = POLICY.ends_at(watch) + POLICY.give_up_grace

        waiting = answered(watch, None, last - 1)

        assert (waiting.status, waiting.due_at) == (Status.WATCHING, last - 1 + int(POLICY.cap))
        assert answered(watch, None, last).status is status


class TestLagging:
    """A row that knows more than any answer shows waits a while past its end; then it is given up."""

    older: Order = samples.order(updated_at=to_iso(START - 1))

    def test_past_the_end_it_is_asked_about_rarely(self) -> None:
        watch = answered(PLACED, self.older, END + POLICY.give_up_grace - 1)

        assert (watch.status, watch.due_at) == (Status.WATCHING, END + POLICY.give_up_grace - 1 + int(POLICY.cap))

    def test_after_the_grace_it_is_given_up(self) -> None:
        watch = answered(PLACED, self.older, END + POLICY.give_up_grace)

        assert (watch.status, watch.reason) == (Status.DEAD_LETTERED, Reason.STAYED_PENDING)
