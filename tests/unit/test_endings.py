"""Effects of an order on a watch, and the outbox of one that ended, which is sent in time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_refresh.domain import leases, transitions
from payment_refresh.domain.endings import due_until_relayed, enqueue_outcome_events
from payment_refresh.domain.outcome_events import NEEDS_A_PERSON, outcome_of
from payment_refresh.domain.verdict import judge
from payment_refresh.domain.vocabulary import STUCK, Notice, OutboxItem, SettledBy, Status
from tests.support import samples
from tests.support.clock import START
from tests.unit.strategies import WHILE_OPEN, answers, jitters, moments, open_watches, orders, policies
from tests.unit.transition_steps import CART, MISMATCHED, NOW, PLACED, POLICY, answered, apply_result, refreshed

if TYPE_CHECKING:
    from hypothesis.strategies import DataObject

    from payment_refresh.domain.order import Order
    from payment_refresh.domain.policy import Policy
    from payment_refresh.domain.watch import Watch

FREE = samples.watch(samples.order(), POLICY)
"""A watch that nobody holds, so that an order event is applied to it."""


def failing(attempt: str, at: float = START + 9) -> Order:
    """The order with a failed attempt to pay."""
    return samples.order(authorizations=(samples.attempt(attempt, samples.key(), at),))


class TestChecks:
    """What a look or a refresh showed is announced at once, each kind once a round."""

    def test_a_failed_attempt_is_reported_and_the_payment_still_watched(self) -> None:
        watch = answered(PLACED, failing("first"))

        assert (watch.outbox, watch.failed_attempt) == (samples.outbox_of(OutboxItem.ATTEMPT_FAILED), "first")
        assert watch.due_at == POLICY.next_due(PLACED, NOW, jitter=0, interval=POLICY.cap)

    def test_a_second_one_is_not_reported_again(self) -> None:
        """A refresh may itself leave a failed attempt each time."""
        watch = refreshed(answered(PLACED, failing("first")), failing("second", NOW), NOW + 60)

        assert (watch.failed_attempt, watch.notice) == ("second", "attempt_failed")
        assert watch.outbox == watch.announced == samples.outbox_of(OutboxItem.ATTEMPT_FAILED)

    def test_the_attempt_of_an_earlier_round_is_not_reported_again(self) -> None:
        assert answered(replace(PLACED, failed_attempt="first", round=2), failing("first")).outbox == frozenset()

    def test_what_an_event_reported_an_attempt_is_reported_by_the_look_after_it(self) -> None:
        reported = transitions.apply_event(FREE, failing("first"), samples.moment(NOW, POLICY))
        assert (reported.outbox, reported.notice) == (frozenset(), "attempt_failed")

        watch = answered(leases.claim(reported, "token", NOW + 600), failing("first"))

        assert watch.outbox == samples.outbox_of(OutboxItem.ATTEMPT_FAILED)

    def test_an_amount_that_differs_is_reported_once(self) -> None:
        watch = answered(PLACED, MISMATCHED)
        assert watch.outbox == samples.outbox_of(OutboxItem.AMOUNT_MISMATCH)

        later = answered(transitions.clear_outbox(watch, watch.outbox), MISMATCHED, NOW + 60)

        assert (later.outbox, later.announced) == (frozenset(), watch.announced)

    def test_what_was_unrelayed_before_is_unrelayed_with_the_end(self) -> None:
        watch = answered(answered(PLACED, failing("first")), samples.authorized(samples.order(), NOW + 5), NOW + 9)

        assert watch.outbox == samples.outbox_of(OutboxItem.ATTEMPT_FAILED, OutboxItem.SETTLED)
        assert watch.due_at == NOW + 9 + POLICY.first

    def test_an_amount_that_differed_to_the_end_is_still_pending(self) -> None:
        watch = answered(PLACED, MISMATCHED, POLICY.ends_at(PLACED))

        assert watch.status is Status.DEAD_LETTERED
        assert watch.outbox == samples.outbox_of(
            OutboxItem.DEAD_LETTER, OutboxItem.AMOUNT_MISMATCH, OutboxItem.STILL_PENDING
        )


class TestOrderEvents:
    """What only an order event reported is announced where it needs a person, and is due at once to be sent."""

    @pytest.mark.parametrize(
        ("order", "status"),
        [
            (samples.authorized(samples.order(), NOW), Status.SETTLED),
            (samples.order(payment_status="refunded"), Status.CLOSED),
        ],
    )
    def test_what_went_its_way_is_not_reported(self, order: Order, status: Status) -> None:
        watch = transitions.apply_event(FREE, order, samples.moment(NOW, POLICY))

        assert (watch.status, watch.outbox, watch.announced, watch.due_at) == (
            status,
            frozenset(),
            frozenset(),
            None,
        )

    @pytest.mark.parametrize(
        ("order", "outcome"),
        [
            (samples.order(payment_status="paid", status="cancelled"), OutboxItem.ON_CANCELLED_ORDER),
        ],
    )
    def test_what_needs_a_person_is(self, order: Order, outcome: OutboxItem) -> None:
        watch = transitions.apply_event(FREE, order, samples.moment(NOW, POLICY))

        assert (watch.status, watch.outbox, watch.due_at) == (Status.CLOSED, samples.outbox_of(outcome), NOW)

    def test_money_long_on_an_order_not_placed_is(self) -> None:
        paid = samples.authorized(samples.cart(), START)
        waiting = transitions.apply_event(samples.watch(samples.cart(), POLICY), paid, samples.moment(NOW, POLICY))
        assert (waiting.outbox, waiting.due_at) == (frozenset(), NOW + POLICY.unplaced_after)

        watch = transitions.apply_event(waiting, paid, samples.moment(NOW + POLICY.unplaced_after, POLICY))

        assert (watch.status, watch.outbox) == (Status.SETTLED, samples.outbox_of(OutboxItem.NOT_PLACED))
        assert watch.due_at == NOW + POLICY.unplaced_after

    def test_an_amount_that_differs_is_and_the_watch_is_checked_at_once(self) -> None:
        watch = transitions.apply_event(FREE, MISMATCHED, samples.moment(START + 5, POLICY))

        assert (watch.status, watch.outbox) == (Status.WATCHING, samples.outbox_of(OutboxItem.AMOUNT_MISMATCH))
        assert watch.due_at == START + 5

    def test_a_watch_that_waits_for_its_turn_already_does_not_lose_it(self) -> None:
        watch = transitions.apply_event(
            replace(FREE, due_at=START + 60), MISMATCHED, samples.moment(START + 900, POLICY)
        )

        assert watch.due_at == START + 60

    def test_then_its_settlement_is_reported_too(self) -> None:
        watch = transitions.apply_event(FREE, MISMATCHED, samples.moment(NOW, POLICY))

        settled = transitions.apply_event(
            watch, samples.authorized(samples.order(), NOW + 5), samples.moment(NOW + 5, POLICY)
        )

        assert settled.outbox == samples.outbox_of(OutboxItem.AMOUNT_MISMATCH, OutboxItem.SETTLED)


@pytest.mark.parametrize("watch", [PLACED, CART], ids=["placed", "cart"])
def test_money_that_waits_for_its_order_to_be_placed_keeps_who_moved_it(watch: Watch) -> None:
    order = samples.authorized(samples.cart(), NOW)
    waiting = refreshed(watch, order)

    settled = transitions.apply_event(
        waiting, samples.authorized(samples.order(), NOW + 600), samples.moment(NOW + 600, POLICY)
    )

    assert (waiting.settled_by, settled.status, settled.settled_by) == (
        SettledBy.REFRESH,
        Status.SETTLED,
        SettledBy.REFRESH,
    )


class TestSending:
    """A row stays due until its whole outbox was taken."""

    unrelayed = replace(
        FREE,
        status=Status.CLOSED,
        outbox=samples.outbox_of(OutboxItem.DEAD_LETTER, OutboxItem.CLOSED),
        due_at=NOW,
        claims=2,
    )

    def test_what_was_taken_is_unrelayed_no_more(self) -> None:
        watch = transitions.clear_outbox(self.unrelayed, samples.outbox_of(OutboxItem.CLOSED))

        assert watch == replace(self.unrelayed, outbox=samples.outbox_of(OutboxItem.DEAD_LETTER))

    def test_when_all_was_taken_an_ended_row_is_done(self) -> None:
        watch = transitions.clear_outbox(replace(self.unrelayed, claim="token"), self.unrelayed.outbox)

        assert watch.is_done
        assert (watch.due_at, watch.claim, watch.claims) == (None, None, 0)

    def test_an_open_one_goes_on(self) -> None:
        open_ = replace(PLACED, outbox=samples.outbox_of(OutboxItem.ATTEMPT_FAILED))

        assert transitions.clear_outbox(open_, open_.outbox) == replace(open_, outbox=frozenset())

    @pytest.mark.parametrize("due_at", [None, NOW - 1, NOW + 1])
    def test_what_an_ended_row_has_is_sent_then(self, due_at: int | None) -> None:
        assert due_until_relayed(replace(self.unrelayed, due_at=due_at), NOW).due_at == NOW

    @pytest.mark.parametrize(("due_at", "then"), [(None, NOW), (NOW - 1, NOW - 1), (NOW + 1, NOW)])
    def test_what_an_open_row_has_is_sent_by_then_at_the_latest(self, due_at: int | None, then: int) -> None:
        open_ = replace(FREE, outbox=samples.outbox_of(OutboxItem.ATTEMPT_FAILED), due_at=due_at)

        assert due_until_relayed(open_, NOW).due_at == then

    def test_what_has_an_empty_outbox_is_left_alone(self) -> None:
        assert due_until_relayed(FREE, NOW) is FREE


@given(st.data(), open_watches(), moments, policies(), jitters)
def test_a_check_enqueues_each_kind_once_a_round(
    data: DataObject, watch: Watch, now: int, policy: Policy, jitter: float
) -> None:
    after = apply_result(watch, data.draw(answers(now)), samples.moment(now, policy, jitter))

    fresh = after.outbox - watch.outbox - {OutboxItem.DEAD_LETTER}
    assert fresh.isdisjoint(watch.announced)
    assert after.announced == watch.announced | fresh
    assert after.outbox >= watch.outbox
    if after.is_open:
        assert fresh <= WHILE_OPEN
    else:
        outcome = outcome_of(replace(after, announced=watch.announced))
        assert outcome is None or outcome in after.announced or after.key.is_order
        resting = now if after.status in STUCK else None
        assert after.due_at == (now + policy.first if after.outbox else resting)


@given(open_watches(), st.sampled_from(Status), orders, moments, policies())
def test_an_event_enqueues_each_kind_once_a_round_and_is_due_at_once(
    watch: Watch, status: Status, order: Order, now: int, policy: Policy
) -> None:
    watch = replace(watch, claim=None, status=status, outbox=watch.outbox | {OutboxItem.DEAD_LETTER})

    after = transitions.apply_event(watch, order, samples.moment(now, policy))

    kept = watch.outbox if watch.is_open else frozenset()
    fresh = after.outbox - kept
    assert fresh.isdisjoint(watch.announced)
    assert after.announced == watch.announced | fresh
    assert fresh <= NEEDS_A_PERSON or watch.announced & NEEDS_A_PERSON
    verdict = judge(order, watch.key)
    if not (verdict.needs_look and watch.is_open):
        assert (verdict.notice is Notice.AMOUNT_MISMATCH) <= (OutboxItem.AMOUNT_MISMATCH in after.announced)
    assert not after.outbox or (after.due_at is not None and after.due_at <= now)


@given(open_watches(), orders, moments, policies())
def test_a_step_that_reported_nothing_new_has_an_empty_outbox_new(
    watch: Watch, order: Order, now: int, policy: Policy
) -> None:
    at, verdict = samples.moment(now, policy), judge(order, watch.key)
    once = transitions.apply_event(replace(watch, claim=None), order, at)
    announced = None if verdict.needs_look and once.is_open else verdict

    assert enqueue_outcome_events(once, once, announced, at, due_at=now, by_event=True) == once
