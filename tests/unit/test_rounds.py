"""The beginning of a round, and what a watch takes over from an order."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from payment_refresh.domain.policy import DAY, Policy
from payment_refresh.domain.rounds import start_next_round, start_round, with_order_facts
from payment_refresh.domain.vocabulary import CheckSource, FoundBy, Notice, OutboxItem, Status, WatchClass
from payment_refresh.domain.watch import Check
from payment_refresh.times import to_iso
from tests.support import samples
from tests.support.clock import START
from tests.unit.strategies import moments, orders, policies, watches

if TYPE_CHECKING:
    from payment_refresh.domain.order import Order
    from payment_refresh.domain.watch import Watch

KEY, POLICY = samples.key(), Policy()


def facts(watch: Watch, order: Order, now: int = START) -> Watch:
    return with_order_facts(watch, order, samples.moment(now, POLICY))


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

    @pytest.mark.parametrize(("auto_place", "end"), [(None, 10 * DAY), (False, 10 * DAY), (True, 24 * DAY)])
    def test_a_cart_is_watched_since_it_changed_as_its_payment_method_asks(
        self, auto_place: bool | None, end: int
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

        after = facts(watch, samples.without_source(samples.order(**left_out)), START + 5)

        assert after == watch

    def test_nothing_of_another_order_is_kept(self) -> None:
        watch = start_round(KEY, samples.order(), samples.moment(START, POLICY))
        left_out: dict[str, Any] = dict.fromkeys(("number", "amount_cents", "currency", "updated_at"))

        after = facts(watch, samples.order("b", **left_out), START + 5)

        known = (after.order_id, after.order_number, after.amount_cents, after.currency, after.order_updated_at)
        assert known == ("order-b", None, None, None, None)

    def test_an_amount_of_nothing_is_an_amount(self) -> None:
        watch = start_round(KEY, samples.order(), samples.moment(START, POLICY))

        assert facts(watch, samples.order(amount_cents=0), START).amount_cents == 0

    def test_the_gateways_id_of_another_payment_is_not_taken_over(self) -> None:
        watch = start_round(KEY, samples.order(), samples.moment(START, POLICY))

        after = facts(watch, samples.order(source_id="pay-b", gateway_id="pi_b"), START)

        assert after.gateway_id == "pi_a"

    def test_a_cart_that_is_placed_is_waited_for_since_its_placement(self) -> None:
        watch = start_round(KEY, samples.cart(), samples.moment(START, POLICY))

        after = facts(watch, samples.order(at=START + 595), START + 600)

        assert (after.watch_class, after.started_at, after.since) == (WatchClass.PLACED, START + 595, START)

    def test_an_order_that_is_a_cart_again_begins_its_ages_anew(self) -> None:
        watch = start_round(KEY, samples.order(), samples.moment(START, POLICY))

        after = facts(watch, samples.cart(updated_at=to_iso(START + 590)), START + 600)

        assert (after.watch_class, after.started_at) == (WatchClass.CART, START + 590)

    @pytest.mark.parametrize("status", ["on_hold", "placing", "of the future"])
    def test_a_status_nobody_knows_makes_no_cart_of_a_placed_order(self, status: str) -> None:
        watch = start_round(KEY, samples.order(), samples.moment(START, POLICY))

        after = facts(watch, samples.order(status=status, placed_at=None, updated_at=to_iso(START + 9)))

        assert (after.watch_class, after.started_at) == (WatchClass.PLACED, START)

    def test_a_cart_of_a_status_nobody_knows_stays_a_cart(self) -> None:
        assert (
            facts(
                start_round(KEY, samples.cart(), samples.moment(START, POLICY)), samples.cart(status="on_hold")
            ).watch_class
            is WatchClass.CART
        )

    def test_news_of_the_same_class_does_not_move_the_start(self) -> None:
        watch = start_round(KEY, samples.order(), samples.moment(START, POLICY))

        assert facts(watch, samples.order(at=START + 50), START + 60).started_at == START

    @pytest.mark.parametrize("known", [True, False])
    def test_what_its_payment_method_does_is_kept_where_a_document_leaves_it_out(self, known: bool) -> None:
        order = samples.order(auto_place=known, auto_capture=known)
        watch = start_round(KEY, order, samples.moment(START, POLICY))

        after = facts(watch, samples.order(auto_place=None, auto_capture=None))

        assert (after.auto_place, after.auto_capture) == (known, known)
        other = facts(watch, samples.order(auto_place=not known, auto_capture=not known))
        assert (other.auto_place, other.auto_capture) == (not known, not known)

    def test_commerce_layers_gateway_is_that_of_this_payment(self) -> None:
        gateway: dict[str, Any] = {"payment_gateway_type": "stripe_gateways", "payment_gateway_id": "gateway-1"}
        watch = start_round(KEY, samples.order(**gateway), samples.moment(START, POLICY))

        left_out = facts(watch, samples.order())
        others = facts(watch, samples.order(source_id="pay-b", payment_gateway_type="paypal_gateways"))

        for after in (watch, left_out, others):
            assert (after.payment_gateway_type, after.payment_gateway_id) == ("stripe_gateways", "gateway-1")

    @given(orders, moments, policies())
    def test_facts_taken_over_twice_are_the_same(self, order: Order, now: int, policy: Policy) -> None:
        watch = start_round(KEY, order, samples.moment(now, policy))

        assert facts(watch, order, now + 60) == watch


class TestCartsThatChange:
    """A cart's age counts from its last change that is not our own refresh's."""

    cart = start_round(KEY, samples.cart(), samples.moment(START, POLICY))
    refreshed = replace(cart, refresh_sent_at=to_iso(START + 100), refresh_answered_at=to_iso(START + 102))

    def test_a_change_makes_it_young_again(self) -> None:
        assert (
            facts(self.cart, samples.cart(updated_at=to_iso(START + 500)), START + 600).started_at == START + 500
        )

    @pytest.mark.parametrize(("changed", "started"), [(94, 94), (95, 0), (222, 0), (223, 223)])
    def test_what_our_refresh_touched_does_not(self, changed: int, started: int) -> None:
        order = samples.cart(updated_at=to_iso(START + changed))

        assert facts(self.refreshed, order, START + 600).started_at == START + started

    @pytest.mark.parametrize("changed_at", [None, to_iso(START)], ids=["not shown", "as before"])
    def test_an_order_without_a_change_does_not(self, changed_at: str | None) -> None:
        assert facts(self.cart, samples.cart(updated_at=changed_at), START + 600).started_at == START

    def test_a_cart_whose_last_change_is_not_known_does_not_count_as_changed(self) -> None:
        watch = replace(self.cart, order_updated_at=None)

        assert facts(watch, samples.cart(updated_at=to_iso(START + 500)), START + 600).started_at == START


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

        watch = start_next_round(
            self.ended, None, samples.moment(now, POLICY), due_at=now, found_by=FoundBy.REDRIVE
        )

        assert watch == replace(
            start_round(KEY, samples.order(), samples.moment(START, POLICY)),
            round=2,
            found_by=FoundBy.REDRIVE,
            revision=1,
            started_at=now,
            due_at=now,
            checks=self.ended.checks,
            failed_attempt="attempt-1",
            refresh_sent_at=self.ended.refresh_sent_at,
            refresh_answered_at=self.ended.refresh_answered_at,
        )

    def test_another_order_brings_its_own_facts(self) -> None:
        order = samples.cart("b", source_id="pay-a", gateway_id="pi_b")

        watch = start_next_round(self.ended, order, samples.moment(START + 5, POLICY), due_at=START + 9)

        assert (watch.order_id, watch.order_number, watch.gateway_id) == ("order-b", "10b", "pi_b")
        assert (watch.watch_class, watch.due_at) == (WatchClass.CART, START + 9)

    @given(watches(), moments)
    def test_the_next_round_is_open_and_has_an_empty_outbox(self, ended: Watch, now: int) -> None:
        watch = start_next_round(ended, None, samples.moment(now, POLICY), due_at=now)

        assert watch.is_open
        assert (watch.outbox, watch.announced) == (frozenset(), frozenset())
        assert (watch.round, watch.due_at, watch.claim, watch.event_during_lease) == (
            ended.round + 1,
            now,
            None,
            False,
        )
        assert (watch.refreshes, watch.refreshed_at, watch.expires_at, watch.reason) == (0, None, None, None)
        assert (watch.replaced_at, watch.first_absent_at, watch.refresh_failing_since) == (None, None, None)
