"""The transitions of a watch, event by event."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain import transitions
from payment_refresh.domain.policy import DAY
from payment_refresh.domain.vocabulary import (
    CheckSource,
    Evidence,
    Notice,
    OutboxItem,
    Reason,
    SettledBy,
    Status,
    WatchClass,
)
from payment_refresh.domain.watch import CHECKS_KEPT, Check
from payment_refresh.times import to_iso
from tests.support import samples
from tests.support.clock import START
from tests.unit.transition_steps import CART, END, MISMATCHED, NOW, PLACED, POLICY, RECORDED, answered, refreshed

if TYPE_CHECKING:
    from payment_refresh.domain.order import Order


PAID_TWICE = samples.order(
    payment_status="paid",
    source_id="pay-b",
    authorizations=tuple(samples.through(name, samples.key(name), START) for name in "ab"),
    authorizations_known=True,
    reversals_known=True,
)


class TestPendingAnswers:
    """The payment is asked about again."""

    def test_a_payment_without_an_order_is_asked_about_to_the_end(self) -> None:
        watch = answered(PLACED, None, END - 1)

        assert (watch.status, watch.due_at) == (Status.WATCHING, END)

    def test_a_look_leaves_the_watch_due_by_the_policy(self) -> None:
        watch = answered(
            replace(PLACED, isolated_attempts=1, consecutive_failures=3, last_error="503"), samples.order()
        )

        assert (watch.status, watch.due_at) == (Status.WATCHING, POLICY.next_due(PLACED, NOW, jitter=0))
        assert (watch.claim, watch.claims, watch.isolated_attempts) == (None, 0, 0)
        assert (watch.consecutive_failures, watch.last_error) == (0, None)
        assert watch.checks == (Check(at=NOW, by=CheckSource.LOOK, verdict="pending", payment_status="unpaid"),)

    def test_a_refresh_is_counted_and_its_time_kept(self) -> None:
        watch = refreshed(PLACED, samples.order())

        assert (watch.refreshes, watch.refreshed_at) == (1, NOW)
        assert (watch.refresh_sent_at, watch.refresh_answered_at) == (to_iso(NOW - 0.5), to_iso(NOW))
        assert watch.checks[-1].by == "refresh"

    def test_what_commerce_layer_declined_is_pending_with_its_code(self) -> None:
        watch = refreshed(PLACED, samples.order(), code="422 VALIDATION_ERROR")

        assert watch.is_open
        assert (watch.refreshes, watch.checks[-1].code) == (1, "422 VALIDATION_ERROR")

    @pytest.mark.parametrize(
        "order", [None, samples.authorized(samples.order(), START - 1)], ids=["no order", "an older order"]
    )
    def test_an_answer_that_says_nothing_new_is_pending(self, order: Order | None) -> None:
        watch = answered(PLACED, order)

        assert (watch.status, watch.order_updated_at) == (Status.WATCHING, PLACED.order_updated_at)
        assert watch.checks[-1] == Check(at=NOW, by=CheckSource.LOOK, verdict="pending")

    def test_only_the_last_twenty_checks_are_remembered(self) -> None:
        many = tuple(
            Check(at=START + number, by=CheckSource.LOOK, verdict="pending") for number in range(CHECKS_KEPT)
        )

        watch = answered(replace(PLACED, checks=many), samples.order())

        assert watch.checks[:-1] == many[1:]
        assert watch.checks[-1].at == NOW

    def test_a_cart_found_placed_is_due_as_a_placed_order(self) -> None:
        watch = answered(CART, samples.order(at=NOW - 2))

        assert (watch.watch_class, watch.started_at, watch.due_at) == (WatchClass.PLACED, NOW - 2, NOW + 58)

    def test_a_recorded_event_makes_a_pending_watch_due_at_once(self) -> None:
        watch = answered(RECORDED, samples.order())

        assert (watch.status, watch.due_at, watch.event_during_lease) == (Status.WATCHING, NOW, False)

    def test_a_recorded_event_takes_nothing_from_an_end(self) -> None:
        watch = answered(RECORDED, samples.authorized(samples.order(), NOW))

        assert (watch.status, watch.due_at, watch.event_during_lease) == (Status.SETTLED, NOW + 60, False)


class TestPatience:
    """Where a refresh cannot help, or did not, there is no hurry."""

    def test_a_failed_attempt_is_noticed_once_and_asked_about_at_the_cap(self) -> None:
        order = samples.order(authorizations=(samples.attempt("first", samples.key(), START + 9),))

        watch = answered(PLACED, order)

        assert (watch.notice, watch.failed_attempt, watch.look_only) == ("attempt_failed", "first", False)
        assert watch.due_at == POLICY.next_due(PLACED, NOW, jitter=0, interval=POLICY.cap)
        again = answered(replace(watch, notice=None), order, NOW + 60)
        assert again.notice is None

    def test_another_failed_attempt_is_noticed_again(self) -> None:
        failed = samples.attempt("second", samples.key(), START + 19)

        watch = answered(replace(PLACED, failed_attempt="first"), samples.order(authorizations=(failed,)))

        assert (watch.notice, watch.failed_attempt) == ("attempt_failed", "second")

    def test_an_amount_that_differs_is_noticed_and_only_looked_at(self) -> None:
        watch = answered(PLACED, MISMATCHED)

        assert (watch.status, watch.notice, watch.look_only) == (Status.WATCHING, "amount_mismatch", True)
        assert watch.checks[-1].code == "amount_mismatch"
        assert watch.due_at == POLICY.next_due(PLACED, NOW, jitter=0, interval=POLICY.cap)

    def test_an_order_too_old_to_act_on_is_looked_at_rarely(self) -> None:
        watch = answered(PLACED, samples.order(), is_old=True, is_observed=True)

        assert watch.due_at == POLICY.next_due(PLACED, NOW, jitter=0, interval=POLICY.cap_busy)

    def test_an_unknown_payment_status_on_a_cancelled_order_is_only_looked_at(self) -> None:
        watch = answered(PLACED, samples.order(status="cancelled", payment_status="new"))

        assert watch.look_only
        assert not answered(watch, samples.order()).look_only


class TestEnds:
    """What an order says ends a watch."""

    @pytest.mark.parametrize(
        ("order", "status", "notice", "outcome"),
        [
            (samples.authorized(samples.order(), NOW), Status.SETTLED, None, OutboxItem.SETTLED),
            (samples.order(payment_status="free"), Status.SETTLED, None, OutboxItem.SETTLED),
            (samples.order(payment_status="voided"), Status.CLOSED, None, OutboxItem.CLOSED),
            (samples.cart(status="cancelled"), Status.CLOSED, None, OutboxItem.CLOSED),
            (samples.order(payment_status="paid", source_id="pay-b"), Status.CLOSED, None, OutboxItem.CLOSED),
            (PAID_TWICE, Status.CLOSED, "superseded", OutboxItem.SUPERSEDED),
            (
                samples.order(payment_status="paid", status="cancelled"),
                Status.CLOSED,
                "on_cancelled_order",
                OutboxItem.ON_CANCELLED_ORDER,
            ),
        ],
    )
    def test_an_end_is_kept_for_its_retention_and_due_until_its_event_is_sent(
        self, order: Order, status: Status, notice: str | None, outcome: OutboxItem
    ) -> None:
        watch = answered(PLACED, order)

        assert (watch.status, watch.notice, watch.outbox) == (status, notice, samples.outbox_of(outcome))
        assert (watch.due_at, watch.claim, watch.claims) == (NOW + 60, None, 0)
        assert (watch.ended_at, watch.expires_at) == (NOW, NOW + 35 * DAY)
        assert transitions.clear_outbox(watch, watch.outbox).is_done

    @pytest.mark.parametrize(
        ("order", "reason"),
        [
            (samples.authorized(samples.order(), NOW), None),
            (samples.order(payment_status="refunded"), Reason.REVERSED),
            (samples.cart(payment_status="free"), Reason.FREE),
            (samples.cart(status="cancelled"), Reason.CANCELLED),
            (samples.order(payment_status="paid", source_id="pay-b"), Reason.REPLACED),
        ],
    )
    def test_a_closed_one_says_why(self, order: Order, reason: Reason | None) -> None:
        assert answered(PLACED, order).reason is reason

    def test_what_both_payments_hold_is_kept_for_whoever_must_act(self) -> None:
        watch = answered(PLACED, PAID_TWICE)

        assert (watch.held_cents, watch.other_payment_id, watch.other_held_cents) == (9900, "pay-b", 9900)
        assert watch.evidence is Evidence.MONEY

    def test_less_than_the_order_costs_is_announced_with_the_settlement(self) -> None:
        order = replace(MISMATCHED, payment_status="authorized", updated_at=to_iso(NOW))

        watch = answered(PLACED, order)

        assert (watch.status, watch.notice, watch.held_cents) == (Status.SETTLED, "amount_mismatch", 5000)
        assert watch.outbox == samples.outbox_of(OutboxItem.AMOUNT_MISMATCH, OutboxItem.SETTLED)

    def test_what_went_wrong_before_is_no_notice_on_a_settled_payment(self) -> None:
        watch = answered(replace(PLACED, notice=Notice.ATTEMPT_FAILED), samples.authorized(samples.order(), NOW))

        assert watch.notice is None

    def test_the_row_of_an_order_whose_payment_is_known_is_closed(self) -> None:
        order = samples.without_source(samples.order())

        watch = transitions.close_resolved(samples.claimed(order, POLICY, until=NOW), samples.moment(NOW, POLICY))

        assert (watch.status, watch.due_at, watch.claim) == (Status.CLOSED, None, None)
        assert watch.expires_at == NOW + POLICY.retention

    def test_what_the_row_of_such_an_order_still_has_unrelayed_is_not_forgotten(self) -> None:
        order = samples.without_source(samples.order())
        unrelayed = samples.claimed(
            order, POLICY, until=NOW + 600, outbox=samples.outbox_of(OutboxItem.AMOUNT_MISMATCH)
        )

        watch = transitions.close_resolved(unrelayed, samples.moment(NOW, POLICY))

        assert (watch.status, watch.outbox, watch.due_at) == (Status.CLOSED, unrelayed.outbox, NOW + 60)


class TestMoneyOnAnOrderNotPlaced:
    """It is looked at once more after a quarter of an hour, and then announced."""

    paid = samples.authorized(samples.cart(), NOW)

    def test_it_is_looked_at_again_a_quarter_of_an_hour_later(self) -> None:
        watch = answered(CART, self.paid)

        assert (watch.status, watch.unplaced_since, watch.due_at) == (Status.WATCHING, NOW, NOW + 15 * 60)

    def test_a_look_in_between_does_not_put_it_off(self) -> None:
        watch = answered(answered(CART, self.paid), self.paid, NOW + 600)

        assert (watch.unplaced_since, watch.due_at) == (NOW, NOW + 15 * 60)

    def test_still_not_placed_then_it_settled_and_a_person_is_reported(self) -> None:
        watch = answered(answered(CART, self.paid), self.paid, NOW + 15 * 60)

        assert (watch.status, watch.notice, watch.settled_by) == (Status.SETTLED, "not_placed", SettledBy.WEBHOOK)
        assert (watch.outbox, watch.due_at) == (samples.outbox_of(OutboxItem.NOT_PLACED), NOW + 15 * 60 + 60)
        assert watch.expires_at == NOW + 15 * 60 + POLICY.retention

    def test_an_event_during_the_last_look_has_it_looked_at_at_once(self) -> None:
        """The event may say that it was placed, and nobody would hear of that any more."""
        marked = replace(answered(CART, self.paid), event_during_lease=True)

        watch = answered(marked, self.paid, NOW + 15 * 60)

        assert (watch.status, watch.unplaced_since, watch.due_at) == (Status.WATCHING, NOW, NOW + 15 * 60)
        assert answered(watch, self.paid, NOW + 16 * 60).notice == "not_placed"

    def test_placed_in_time_it_settled_like_any_other(self) -> None:
        watch = answered(answered(CART, self.paid), samples.authorized(samples.order(), NOW + 60), NOW + 900)

        assert (watch.status, watch.notice, watch.unplaced_since) == (Status.SETTLED, None, None)

    def test_the_answer_to_a_refresh_that_leaves_open_whose_the_money_is_asks_for_a_look_at_once(self) -> None:
        order = samples.order(payment_status="partially_paid")

        watch = refreshed(PLACED, order, is_whole=False)

        assert (watch.status, watch.due_at, watch.order_updated_at) == (
            Status.WATCHING,
            NOW,
            PLACED.order_updated_at,
        )
        assert (watch.refreshes, watch.checks[-1].verdict) == (1, "pending")

    def test_once_the_money_is_gone_again_the_quarter_of_an_hour_begins_anew(self) -> None:
        watch = answered(answered(CART, self.paid), samples.cart(updated_at=to_iso(NOW + 1)), NOW + 60)

        assert (watch.status, watch.unplaced_since) == (Status.WATCHING, None)
