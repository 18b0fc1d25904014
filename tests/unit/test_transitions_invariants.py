"""Invariants of a watch, whatever happens to it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import assume, given
from hypothesis import strategies as st

from payment_refresh.domain import rounds, transitions
from payment_refresh.domain.attribution import SentRefresh
from payment_refresh.domain.check_results import Answered, Failed, Gone
from payment_refresh.domain.endings import is_stale
from payment_refresh.domain.giving_up import is_last_look
from payment_refresh.domain.policy import Policy
from payment_refresh.domain.verdict import Kind, judge
from payment_refresh.domain.vocabulary import STUCK, OutboxItem, Reason, Status
from payment_refresh.domain.watch import CHECKS_KEPT, Watch
from payment_refresh.times import to_iso
from tests.support import samples
from tests.support.clock import START
from tests.unit.strategies import WHILE_OPEN, answers, jitters, moments, open_watches, orders, policies, texts
from tests.unit.transition_steps import apply_result

if TYPE_CHECKING:
    from hypothesis.strategies import DataObject

    from payment_refresh.domain.order import Order

GIVEN_UP = (Status.DEAD_LETTERED, Status.REPORTED, Status.ABANDONED)
KINDS_OF_CHECK = ("look", "refresh", "refresh", "outage", "own failure", "observed", "nothing", "orphan")
NO_ORDER = ("nothing", "orphan")
QUIETLY = (Reason.CANCELLED, Reason.REPLACED)
"""Why a payment is closed that stayed pending, and that no order waits for."""


def check_not_lost(watch: Watch, now: int, policy: Policy) -> None:
    """Hold a row against the first invariant: open and due, or ended and kept."""
    assert watch.claim is None
    assert (watch.claims, watch.isolated_attempts, watch.event_during_lease) == (0, 0, False)
    if watch.is_open:
        assert watch.due_at is not None
        assert watch.due_at >= now
        assert (watch.expires_at, watch.ended_at) == (None, None)
        assert watch.outbox <= WHILE_OPEN
        return
    is_letter = watch.status is Status.DEAD_LETTERED
    assert (watch.ended_at, watch.expires_at) == (now, None if is_letter else now + policy.retention)
    resting = now if watch.status in STUCK else None
    assert watch.due_at == (now + policy.first if watch.outbox else resting)
    assert (OutboxItem.DEAD_LETTER in watch.outbox) is is_letter
    assert (watch.reason is Reason.STAYED_PENDING) is (watch.status in STUCK)
    assert (watch.settled_by is not None) is (watch.status is Status.SETTLED)


@given(st.data(), open_watches(), moments, policies(), jitters)
def test_no_answer_loses_a_watch(data: DataObject, watch: Watch, now: int, policy: Policy, jitter: float) -> None:
    answer = data.draw(answers(now))

    after = apply_result(watch, answer, samples.moment(now, policy, jitter))

    check_not_lost(after, now, policy)
    assert len(after.checks) == min(len(watch.checks) + 1, CHECKS_KEPT)
    assert (after.key, after.round, after.revision, after.since) == (
        watch.key,
        watch.round,
        watch.revision,
        watch.since,
    )


@given(st.data(), open_watches(), moments, policies(), jitters)
def test_an_end_says_what_the_order_said(
    data: DataObject, watch: Watch, now: int, policy: Policy, jitter: float
) -> None:
    """Money is never given up or called missing, and no end comes from an order that was overtaken."""
    answer = data.draw(answers(now))

    after = apply_result(watch, answer, samples.moment(now, policy, jitter))

    if after.is_open:
        return
    if not isinstance(answer, Answered) or answer.order is None:
        assert isinstance(answer, Gone | Answered)
        if isinstance(answer, Gone) or answer.is_orphan:
            assert after.status is Status.MISSING or after.reason is Reason.DELETED
        else:
            assert after.status in GIVEN_UP or after.reason in QUIETLY
            assert now >= policy.ends_at(watch) + policy.give_up_grace
        return
    is_old = is_stale(answer.order, watch)
    verdict = None if is_old else judge(answer.order, watch.key)
    match None if verdict is None else verdict.kind:
        case Kind.SETTLED | Kind.SETTLED_UNPLACED:
            assert after.status is Status.SETTLED
        case Kind.CLOSED:
            assert (after.status, after.reason) == (Status.CLOSED, verdict and verdict.reason)
        case _:
            assert after.status in GIVEN_UP or after.reason in QUIETLY
            assert now >= policy.ends_at(watch if is_old else after) or (verdict is not None and verdict.is_kept)


@given(st.data(), open_watches(), moments, policies(), jitters)
def test_an_older_order_changes_no_fact(
    data: DataObject, watch: Watch, now: int, policy: Policy, jitter: float
) -> None:
    seen_at = data.draw(moments)
    watch = replace(watch, order_id="order-a", order_updated_at=to_iso(seen_at))
    order = replace(data.draw(orders), updated_at=to_iso(seen_at - data.draw(st.floats(0.001, 1e6))))
    answer = Answered(order=order, looked=True)

    after = apply_result(watch, answer, samples.moment(now, policy, jitter))

    if after.is_open and now < policy.ends_at(watch):
        assert after == transitions.apply_answer(watch, Answered(), samples.moment(now, policy, jitter))
    kept = ("watch_class", "started_at", "order_updated_at", "look_only", "failed_attempt", "notice")
    assert [getattr(after, name) for name in kept] == [getattr(watch, name) for name in kept]


@given(st.data(), open_watches(), moments, policies(), jitters)
def test_a_recorded_event_is_never_forgotten(
    data: DataObject, watch: Watch, now: int, policy: Policy, jitter: float
) -> None:
    """Whatever was answered: a watch that is still open is due at once, and none was given up."""
    answer = data.draw(answers(now))

    after = apply_result(replace(watch, event_during_lease=True), answer, samples.moment(now, policy, jitter))

    assert after.status in (Status.WATCHING, Status.SETTLED, Status.CLOSED)
    assert not after.is_open or after.due_at == now


@given(open_watches(), texts, moments, policies(), jitters, st.booleans())
def test_a_failed_call_is_no_check(
    watch: Watch, last_error: str, now: int, policy: Policy, jitter: float, sent: bool
) -> None:
    sent_refresh = SentRefresh(now - 1, now) if sent else None

    failure = Failed(reason=last_error, sent_refresh=sent_refresh)
    after = transitions.back_off(watch, failure, samples.moment(now, policy, jitter))

    assert after == replace(
        watch,
        claim=None,
        claims=0,
        isolated_attempts=0,
        event_during_lease=False,
        consecutive_failures=watch.consecutive_failures + 1,
        last_error=last_error,
        due_at=after.due_at,
        refresh_sent_at=to_iso(now - 1) if sent else watch.refresh_sent_at,
        refresh_answered_at=to_iso(now) if sent else watch.refresh_answered_at,
    )
    assert after.due_at is not None
    assert after.due_at > now


@given(open_watches(), moments, policies())
def test_ends_without_an_answer_are_kept_too(watch: Watch, now: int, policy: Policy) -> None:
    for is_observed in (False, True):
        poison = transitions.dead_letter_poison(watch, samples.moment(now, policy), is_observed=is_observed)
        check_not_lost(replace(poison, reason=Reason.STAYED_PENDING), now, policy)
    check_not_lost(transitions.close_resolved(watch, samples.moment(now, policy)), now, policy)
    after = transitions.snooze(watch, now)
    assert (after.claims, after.isolated_attempts) == (max(0, watch.claims - 1), 0), "it was no outcome"
    assert transitions.snooze(watch, now, attempts=2).isolated_attempts == 2, "nor was it a try"
    check_not_lost(replace(after, claims=0, isolated_attempts=0), now, policy)


@given(open_watches(), orders, moments, policies())
def test_an_event_reported_twice_changes_nothing_the_second_time(
    watch: Watch, order: Order, now: int, policy: Policy
) -> None:
    once = transitions.apply_event(replace(watch, claim=None), order, samples.moment(now, policy))
    assume(once.is_open)

    assert transitions.apply_event(once, order, samples.moment(now, policy)) == once


class TestGivingUp:
    """It takes an answered refresh at or after the end, then, at least one ``first`` later, a look."""

    @given(
        st.data(),
        st.sampled_from([samples.order(), samples.cart(), samples.order(status="cancelled")]),
        st.floats(0, 0.999),
        jitters,
    )
    def test_no_history_of_checks_leads_to_it_otherwise(
        self, data: DataObject, order: Order, fraction: float, jitter: float
    ) -> None:
        policy = Policy(first=5, give_up=40, give_up_grace=20, cap_idle=10, cap_busy=20, cart_ages=(20, 40))
        policy = replace(policy, cancelled_ages=(10, 40), replaced_ages=(10, 40))
        watch, time = rounds.start_round(samples.key(), order, samples.moment(START, policy)), START + fraction
        refreshes: list[float] = []
        for _ in range(12):
            now = int(time)
            kind = data.draw(st.sampled_from(KINDS_OF_CHECK))
            if kind in ("outage", "own failure"):
                failure = Failed(reason="503", is_own=kind == "own failure", sent_refresh=SentRefresh(time, time))
                watch = transitions.back_off(watch, failure, samples.moment(now, policy, jitter))
            else:
                answer = Answered(
                    order=None if kind in NO_ORDER else order,
                    looked=kind not in NO_ORDER,
                    is_orphan=kind == "orphan",
                    can_refresh=kind != "observed",
                    sent_refresh=SentRefresh(time, time) if kind == "refresh" else None,
                )
                watch = apply_result(watch, answer, samples.moment(now, policy, jitter))
                refreshes += [time] if kind == "refresh" else []
            if not watch.is_open:
                end = policy.ends_at(watch)
                assert now >= end
                if kind == "orphan":
                    assert watch.status is Status.MISSING or watch.reason is Reason.DELETED
                elif kind in ("own failure", "nothing"):
                    assert now >= end + policy.give_up_grace
                else:
                    assert watch.status in GIVEN_UP or watch.reason in QUIETLY
                    assert kind in ("look", "observed")
                    final = [at for at in refreshes if at >= end and time - at >= policy.first]
                    assert final or kind == "observed"
                return
            assert watch.due_at is not None
            time = max(time, watch.due_at) + data.draw(st.floats(0, 3))

    @given(
        st.sampled_from([samples.order(), samples.cart()]), policies(), jitters, st.booleans(), st.floats(0, 0.999)
    )
    def test_answered_in_turn_every_pending_payment_is_given_up_at_its_second_check_past_the_end(
        self, order: Order, policy: Policy, jitter: float, may_refresh: bool, fraction: float
    ) -> None:
        started = rounds.start_round(samples.key(), order, samples.moment(START, policy))
        watch, checks = replace(started, due_at=policy.ends_at(started)), 0
        while watch.is_open:
            assert watch.due_at is not None
            now, checks = watch.due_at, checks + 1
            sends = may_refresh and not is_last_look(watch, now, policy)
            answer = Answered(
                order=order,
                looked=True,
                can_refresh=may_refresh,
                sent_refresh=SentRefresh(now + fraction, now + fraction) if sends else None,
            )
            watch = apply_result(watch, answer, samples.moment(now, policy, jitter))

        assert watch.status in GIVEN_UP
        assert checks == (2 if may_refresh else 1)
