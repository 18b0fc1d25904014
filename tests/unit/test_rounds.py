"""The beginning of a round, and what a watch takes over from an order."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from payment_refresh.domain.policy import DAY, Policy
from payment_refresh.domain.rounds import start_next_round, start_round, with_order_facts
from payment_refresh.domain.watch import Check, CheckSource, FoundBy, Notice, OutboxItem, Status, WatchClass
from payment_refresh.times import to_iso
from tests.support import samples
from tests.support.clock import START
from tests.unit.strategies import moments, orders, policies, watches

if TYPE_CHECKING:
    from payment_refresh.domain.order import Order
    from payment_refresh.domain.watch import Watch

KEY, POLICY = samples.key(), Policy()


class TestTheFirstRound:
    """It begins when somebody began to wait."""

    def test_a_placed_order_is_waited_for_since_its_placement(self) -> None:
        watch = start_round(KEY, samples.order(), samples.moment(START + 10, POLICY))

        assert (watch.status, watch.watch_class, watch.round) == (Status.WATCHING, WatchClass.PLACED, 1)
        assert (watch.since, watch.started_at, watch.due_at) == (START, START, START + 60)

    def test_a_placement_in_the_future_is_a_clock_that_is_wrong(self) -> None:
        assert start_round(KEY, samples.order(at=START + 30), samples.moment(START, POLICY)).started_at == START

    def test_an_order_that_is_being_placed_is_waited_for_since_it_changed(self) -> None:
        watch = start_round(
            KEY, samples.order(status="placing", placed_at=None), samples.moment(START + 10, POLICY)
        )

        assert (watch.watch_class, watch.started_at) == (WatchClass.PLACED, START)

    @pytest.mark.parametrize(("auto_place", "end"), [(False, DAY), (True, 14 * DAY)])
    def test_a_cart_is_watched_since_it_changed_as_its_payment_method_asks(
        self, auto_place: bool, end: int
    ) -> None:
        """It may have been found long after."""
        watch = start_round(KEY, samples.cart(auto_place=auto_place), samples.moment(START + 500, POLICY))

        assert (watch.watch_class, watch.since, watch.due_at) == (WatchClass.CART, START, START + 45 * 60)
        assert POLICY.ends_at(watch) == START + end

    @pytest.mark.parametrize("changed_at", [None, to_iso(START + 9)], ids=["not shown", "in the future"])
    def test_a_change_that_is_not_known_was_just_now(self, changed_at: str | None) -> None:
        watch = start_round(KEY, samples.cart(updated_at=changed_at), samples.moment(START, POLICY))

        assert (watch.since, watch.started_at) == (START, START)

    @pytest.mark.parametrize("found_by", FoundBy)
    def test_it_remembers_what_it_is_put_down_to(self, found_by: FoundBy) -> None:
        assert (
            start_round(KEY, samples.order(), samples.moment(START, POLICY), found_by=found_by).found_by
            is found_by
        )

    def test_without_an_order_somebody_waits_for_it(self) -> None:
        watch = start_round(KEY, None, samples.moment(START, POLICY), round_=4)

        assert (watch.watch_class, watch.round, watch.due_at) == (WatchClass.PLACED, 4, START + 60)
        assert watch.order_id is None


class TestFacts:
    """Everything that a person needs to find the payment."""

    def test_the_order_is_remembered(self) -> None:
        watch = start_round(KEY, samples.order(), samples.moment(START, POLICY))

        assert (watch.order_id, watch.order_number, watch.gateway_id) == ("order-a", "10a", "pi_a")
        assert (watch.amount_cents, watch.currency) == (9900, "EUR")
        assert watch.order_at == watch.order_updated_at == "2026-01-01T00:00:00.000Z"

    def test_what_a_later_document_leaves_out_is_kept(self) -> None:
        watch = start_round(KEY, samples.order(auto_place=True), samples.moment(START, POLICY))
        left_out: dict[str, Any] = dict.fromkeys(
            ("number", "amount_cents", "currency", "placed_at", "created_at", "updated_at", "gateway_id")
        )

        after = with_order_facts(watch, samples.without_source(samples.order(**left_out)), START + 5)

        assert after == watch

    def test_nothing_of_another_order_is_kept(self) -> None:
        watch = start_round(KEY, samples.order(), samples.moment(START, POLICY))
        left_out: dict[str, Any] = dict.fromkeys(("number", "amount_cents", "currency", "updated_at"))

        after = with_order_facts(watch, samples.order("b", **left_out), START + 5)

        facts = (after.order_id, after.order_number, after.amount_cents, after.currency, after.order_updated_at)
        assert facts == ("order-b", None, None, None, None)

    def test_an_amount_of_nothing_is_an_amount(self) -> None:
        watch = start_round(KEY, samples.order(), samples.moment(START, POLICY))

        assert with_order_facts(watch, samples.order(amount_cents=0), START).amount_cents == 0

    def test_the_gateways_id_of_another_payment_is_not_taken_over(self) -> None:
        watch = start_round(KEY, samples.order(), samples.moment(START, POLICY))

        after = with_order_facts(watch, samples.order(source_id="pay-b", gateway_id="pi_b"), START)

        assert after.gateway_id == "pi_a"

    def test_a_cart_that_is_placed_is_waited_for_since_its_placement(self) -> None:
        watch = start_round(KEY, samples.cart(), samples.moment(START, POLICY))

        after = with_order_facts(watch, samples.order(at=START + 595), START + 600)

        assert (after.watch_class, after.started_at, after.since) == (WatchClass.PLACED, START + 595, START)

    def test_an_order_that_is_a_cart_again_begins_its_ages_anew(self) -> None:
        watch = start_round(KEY, samples.order(), samples.moment(START, POLICY))

        after = with_order_facts(watch, samples.cart(updated_at=to_iso(START + 590)), START + 600)

        assert (after.watch_class, after.started_at) == (WatchClass.CART, START + 590)

    def test_news_of_the_same_class_does_not_move_the_start(self) -> None:
        watch = start_round(KEY, samples.order(), samples.moment(START, POLICY))

        assert with_order_facts(watch, samples.order(at=START + 50), START + 60).started_at == START

    @given(orders, moments, policies())
    def test_facts_taken_over_twice_are_the_same(self, order: Order, now: int, policy: Policy) -> None:
        watch = start_round(KEY, order, samples.moment(now, policy))

        assert with_order_facts(watch, order, now + 60) == watch


class TestTheNextRound:
    """An ended watch begins anew; who it is about, and its history, stay."""

    ended = samples.unrelayed(
        samples.order(),
        POLICY,
        at=START + 20 * DAY,
        claim="token",
        claims=2,
        refreshes=9,
        refreshed_at=START + 20 * DAY,
        refresh_sent_at="2026-01-21T00:00:00.000Z",
        refresh_answered_at="2026-01-21T00:00:00.000Z",
        checks=(Check(at=START, by=CheckSource.LOOK, verdict="pending"),),
        failed_attempt="attempt-1",
        notice=Notice.ATTEMPT_FAILED,
        announced=samples.outbox_of(OutboxItem.STILL_PENDING),
    )

    def test_the_next_round_starts_clean_with_its_history(self) -> None:
        now = START + 21 * DAY

        watch = start_next_round(self.ended, None, now, due_at=now, found_by=FoundBy.REDRIVE)

        assert watch == replace(
            start_round(KEY, samples.order(), samples.moment(START, POLICY)),
            round=2,
            found_by=FoundBy.REDRIVE,
            revision=1,
            started_at=now,
            due_at=now,
            checks=self.ended.checks,
            failed_attempt="attempt-1",
        )

    def test_another_order_brings_its_own_facts(self) -> None:
        order = samples.cart("b", source_id="pay-a", gateway_id="pi_b")

        watch = start_next_round(self.ended, order, START + 5, due_at=START + 9)

        assert (watch.order_id, watch.order_number, watch.gateway_id) == ("order-b", "10b", "pi_b")
        assert (watch.watch_class, watch.due_at) == (WatchClass.CART, START + 9)

    @given(watches(), moments)
    def test_the_next_round_is_open_and_has_an_empty_outbox(self, ended: Watch, now: int) -> None:
        watch = start_next_round(ended, None, now, due_at=now)

        assert watch.is_open
        assert (watch.outbox, watch.announced) == (frozenset(), frozenset())
        assert (watch.round, watch.due_at, watch.claim, watch.event_during_lease) == (
            ended.round + 1,
            now,
            None,
            False,
        )
        assert (watch.refreshes, watch.refreshed_at, watch.expires_at, watch.reason) == (0, None, None, None)
        assert POLICY.ends_at(watch) > now
