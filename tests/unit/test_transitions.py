"""The transitions of a watch, event by event."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain import leases, transitions
from payment_refresh.domain.policy import DAY, HOUR
from payment_refresh.domain.watch import (
    CHECKS_KEPT,
    Check,
    CheckSource,
    Notice,
    OutboxItem,
    SettledBy,
    Status,
    Watch,
    WatchClass,
)
from payment_refresh.times import to_iso
from tests.support import samples
from tests.support.clock import START
from tests.unit.transition_steps import CART, END, NOW, PLACED, POLICY, answered, refreshed

if TYPE_CHECKING:
    from payment_refresh.domain.order import Order


SUPERSEDED = (Status.CLOSED, "superseded", OutboxItem.SUPERSEDED)
ON_CANCELLED_ORDER = (Status.CLOSED, "on_cancelled_order", OutboxItem.ON_CANCELLED_ORDER)


class TestClaims:
    """A claim hands a watch to one message for one lease."""

    def test_a_claim_has_its_token_and_falls_due_with_its_lease(self) -> None:
        watch = leases.claim(samples.watch(samples.order(), POLICY), "token-9", START + 660)

        assert (watch.claim, watch.due_at, watch.claims) == ("token-9", START + 660, 1)

    def test_a_claim_whose_message_was_never_sent_was_no_try(self) -> None:
        watch = leases.release(replace(PLACED, claims=2), NOW)

        assert (watch.claim, watch.due_at, watch.claims) == (None, NOW, 1)

    def test_a_watch_snoozed_untried_is_due_at_once(self) -> None:
        watch = transitions.snooze(replace(PLACED, event_during_lease=True, consecutive_failures=2), NOW)

        assert watch == replace(PLACED, claim=None, claims=0, due_at=NOW, consecutive_failures=2)


class TestPendingAnswers:
    """The payment is asked about again."""

    def test_where_no_answer_has_the_order_it_is_asked_rarely_in_the_end(self) -> None:
        watch = answered(PLACED, None, END)

        assert (watch.status, watch.due_at) == (Status.WATCHING, END + int(POLICY.cap))

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
        watch = answered(leases.mark_event(PLACED), samples.order())

        assert (watch.status, watch.due_at, watch.event_during_lease) == (Status.WATCHING, NOW, False)

    def test_a_recorded_event_takes_nothing_from_an_end(self) -> None:
        watch = answered(leases.mark_event(PLACED), samples.authorized(samples.order(), NOW))

        assert (watch.status, watch.due_at, watch.event_during_lease) == (Status.SETTLED, NOW + 60, False)


class TestPatience:
    """Where a refresh cannot help, or did not, there is no hurry."""

    def test_a_failed_attempt_is_noticed_once_and_asked_about_at_the_cap(self) -> None:
        order = samples.order(authorizations=(samples.attempt("first", samples.key(), START + 9),))

        watch = answered(PLACED, order)

        assert (watch.notice, watch.failed_attempt, watch.look_only) == ("attempt_failed", "first", False)
        assert watch.due_at == POLICY.next_due(PLACED, NOW, jitter=0, patient=True)
        again = answered(replace(watch, notice=None), order, NOW + 60)
        assert again.notice is None

    def test_another_failed_attempt_is_noticed_again(self) -> None:
        failed = samples.attempt("second", samples.key(), START + 19)

        watch = answered(replace(PLACED, failed_attempt="first"), samples.order(authorizations=(failed,)))

        assert (watch.notice, watch.failed_attempt) == ("attempt_failed", "second")

    def test_an_amount_that_differs_is_noticed_and_only_looked_at(self) -> None:
        watch = answered(PLACED, samples.order(payment_status="partially_authorized"))

        assert (watch.status, watch.notice, watch.look_only) == (Status.WATCHING, "amount_mismatch", True)
        assert watch.checks[-1].code == "amount_mismatch"
        assert watch.due_at == POLICY.next_due(PLACED, NOW, jitter=0, patient=True)

    def test_a_cancelled_order_is_only_looked_at_until_it_is_not_cancelled_any_more(self) -> None:
        watch = answered(PLACED, samples.order(status="cancelled"))

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
            (samples.order(payment_status="paid", source_id="pay-b"), *SUPERSEDED),
            (samples.order(payment_status="paid", status="cancelled"), *ON_CANCELLED_ORDER),
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

    def test_placed_in_time_it_settled_like_any_other(self) -> None:
        watch = answered(answered(CART, self.paid), samples.authorized(samples.order(), NOW + 60), NOW + 900)

        assert (watch.status, watch.notice, watch.unplaced_since) == (Status.SETTLED, None, None)

    def test_once_the_money_is_gone_again_the_quarter_of_an_hour_begins_anew(self) -> None:
        watch = answered(answered(CART, self.paid), samples.cart(updated_at=to_iso(NOW + 1)), NOW + 60)

        assert (watch.status, watch.unplaced_since) == (Status.WATCHING, None)


class TestMissingPayments:
    """A 404 is believed when a second one comes an hour after the first."""

    @staticmethod
    def refused(watch: Watch, now: int) -> Watch:
        return transitions.apply_not_found(watch, samples.moment(now, POLICY))

    def test_the_first_404_is_asked_about_again_an_hour_later(self) -> None:
        watch = self.refused(PLACED, NOW)

        assert (watch.status, watch.first_not_found_at, watch.due_at) == (Status.WATCHING, NOW, NOW + HOUR)
        assert watch.checks[-1] == Check(at=NOW, by=CheckSource.REFRESH, verdict="not_found")

    def test_one_that_comes_sooner_does_not_count(self) -> None:
        watch = self.refused(self.refused(PLACED, NOW), NOW + HOUR - 1)

        assert (watch.status, watch.first_not_found_at, watch.due_at) == (Status.WATCHING, NOW, NOW + HOUR)

    def test_the_second_an_hour_later_is_believed(self) -> None:
        watch = self.refused(self.refused(PLACED, NOW), NOW + HOUR)

        assert (watch.status, watch.ended_at) == (Status.MISSING, NOW + HOUR)
        assert (watch.outbox, watch.due_at) == (samples.outbox_of(OutboxItem.MISSING), NOW + HOUR + 60)
        assert watch.expires_at == NOW + HOUR + POLICY.retention

    def test_an_answer_in_between_begins_the_count_anew(self) -> None:
        watch = answered(self.refused(PLACED, NOW), samples.order(), NOW + 60)

        assert watch.first_not_found_at is None
        assert self.refused(watch, NOW + HOUR).is_open

    @pytest.mark.parametrize("first_not_found_at", [None, NOW - HOUR])
    def test_what_an_order_event_just_reported_is_not_missing(self, first_not_found_at: int | None) -> None:
        watch = self.refused(replace(leases.mark_event(PLACED), first_not_found_at=first_not_found_at), NOW)

        assert (watch.status, watch.due_at, watch.event_during_lease) == (Status.WATCHING, NOW, False)
        assert watch.first_not_found_at == (NOW if first_not_found_at is None else first_not_found_at)
