"""Invariants of a watch, whatever happens to it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import assume, given
from hypothesis import strategies as st

from payment_refresh.domain import leases, rounds, transitions
from payment_refresh.domain.attribution import SentRefresh
from payment_refresh.domain.check_results import Answered, Failed, Missing
from payment_refresh.domain.endings import is_stale
from payment_refresh.domain.policy import Policy
from payment_refresh.domain.verdict import Kind, judge
from payment_refresh.domain.watch import CHECKS_KEPT, OutboxItem, Reason, SettledBy, Status, Watch
from payment_refresh.times import to_iso
from tests.support import samples
from tests.support.clock import START
from tests.unit.strategies import WHILE_OPEN, answers, jitters, moments, open_watches, orders, policies, texts
from tests.unit.transition_steps import apply_result

if TYPE_CHECKING:
    from hypothesis.strategies import DataObject

    from payment_refresh.domain.order import Order

GIVEN_UP = (Status.DEAD_LETTERED, Status.ABANDONED)


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
    assert (watch.ended_at, watch.expires_at) == (now, now + policy.retention)
    assert watch.due_at == (now + policy.first if watch.outbox else None)
    given_up = watch.status is Status.DEAD_LETTERED
    assert (OutboxItem.DEAD_LETTER in watch.outbox) is (watch.reason is Reason.STAYED_PENDING) is given_up
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

    order = None if isinstance(answer, Missing) else answer.order
    if order is None or is_stale(order, watch):
        assert after.status in (Status.WATCHING, Status.MISSING)
        assert (after.status is Status.MISSING) <= isinstance(answer, Missing)
        return
    kind = judge(order, watch.key).kind
    assert (
        after.status
        in {
            Kind.SETTLED: (Status.SETTLED,),
            Kind.CLOSED: (Status.CLOSED,),
            Kind.SETTLED_UNPLACED: (Status.SETTLED, Status.WATCHING),
            Kind.PENDING: (Status.WATCHING, *GIVEN_UP),
        }[kind]
    )


@given(st.data(), open_watches(), moments, policies(), jitters)
def test_an_older_order_changes_no_fact(
    data: DataObject, watch: Watch, now: int, policy: Policy, jitter: float
) -> None:
    seen_at = data.draw(moments)
    watch = replace(watch, order_id="order-a", order_updated_at=to_iso(seen_at))
    order = replace(data.draw(orders), updated_at=to_iso(seen_at - data.draw(st.floats(0.001, 1e6))))
    answer = Answered(order=order, looked=True)

    after = apply_result(watch, answer, samples.moment(now, policy, jitter))

    nothing = transitions.apply_answer(watch, Answered(), samples.moment(now, policy, jitter))
    assert after == nothing
    kept = ("status", "watch_class", "started_at", "order_updated_at", "look_only", "failed_attempt", "notice")
    assert [getattr(after, name) for name in kept] == [getattr(watch, name) for name in kept]


@given(st.data(), open_watches(), moments, policies(), jitters)
def test_a_recorded_event_is_never_forgotten(
    data: DataObject, watch: Watch, now: int, policy: Policy, jitter: float
) -> None:
    """Whatever was answered: a watch that is still open is due at once, and none was given up."""
    answer = data.draw(answers(now))

    after = apply_result(leases.mark_event(watch), answer, samples.moment(now, policy, jitter))

    assert after.status in (Status.WATCHING, Status.SETTLED, Status.CLOSED)
    assert not after.is_open or after.due_at == now


@given(open_watches(), texts, moments, policies(), jitters, st.booleans())
def test_an_failed_call_is_no_check(
    watch: Watch, last_error: str, now: int, policy: Policy, jitter: float, sent: bool
) -> None:
    sent_refresh = SentRefresh(now - 1, now) if sent else None

    after = transitions.back_off(watch, Failed(last_error, sent_refresh), samples.moment(now, policy, jitter))

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
    check_not_lost(
        replace(transitions.dead_letter_poison(watch, samples.moment(now, policy)), reason=Reason.STAYED_PENDING),
        now,
        policy,
    )
    check_not_lost(transitions.close_resolved(watch, samples.moment(now, policy)), now, policy)
    after = transitions.snooze(watch, now)
    taken_back = (max(0, watch.claims - 1), max(0, watch.isolated_attempts - 1))
    assert (after.claims, after.isolated_attempts) == taken_back, "it was neither a try nor an outcome"
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
        policy = Policy(first=5, give_up=40, cap_idle=10, cap_busy=20, cart_ages=(20, 40))
        watch, time = rounds.start_round(samples.key(), order, samples.moment(START, policy)), START + fraction
        refreshes: list[float] = []
        for _ in range(12):
            now = int(time)
            kind = data.draw(st.sampled_from(["look", "refresh", "refresh", "no answer", "observed", "nothing"]))
            if kind == "no answer":
                watch = transitions.back_off(
                    watch, Failed("503", SentRefresh(time, time)), samples.moment(now, policy, jitter)
                )
            else:
                answer = Answered(
                    order=None if kind == "nothing" else order,
                    looked=kind != "nothing",
                    can_refresh=kind != "observed",
                    sent_refresh=SentRefresh(time, time) if kind == "refresh" else None,
                )
                watch = apply_result(watch, answer, samples.moment(now, policy, jitter))
                refreshes += [time] if kind == "refresh" else []
            if not watch.is_open:
                assert watch.status in GIVEN_UP
                assert now >= policy.ends_at(watch)
                assert kind in ("look", "observed")
                final = [at for at in refreshes if at >= policy.ends_at(watch) and time - at >= policy.first]
                assert final or kind == "observed" or watch.look_only
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
            sends = may_refresh and not transitions.is_last_look(watch, now, policy)
            answer = Answered(
                order=order,
                looked=True,
                can_refresh=may_refresh,
                sent_refresh=SentRefresh(now + fraction, now + fraction) if sends else None,
            )
            watch = apply_result(watch, answer, samples.moment(now, policy, jitter))

        assert watch.status in GIVEN_UP
        assert checks == (2 if may_refresh else 1)


@given(st.floats(0, 60), st.floats(0.201, 1e6), st.booleans(), st.integers(1, 600), st.floats(0, 1))
def test_a_settlement_is_laid_to_our_refresh_only_where_it_moved_with_it(
    lasted: float, away: float, before: bool, first: int, share: float
) -> None:
    policy, until = Policy(first=first), START + lasted
    watch = replace(
        samples.watch(samples.order(), policy), refresh_sent_at=to_iso(START), refresh_answered_at=to_iso(until)
    )

    def settled_by(moved: float) -> SettledBy | None:
        order = samples.authorized(samples.order(), START + 2e6, payment_updated_at=to_iso(moved))
        return transitions.apply_event(watch, order, samples.moment(START, policy)).settled_by

    assert settled_by(START - away if before else until + policy.shortly + away) is SettledBy.WEBHOOK
    assert settled_by(START + share * lasted) is SettledBy.REFRESH
