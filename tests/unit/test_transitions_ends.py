"""Ends of a watch: when it is given up, and what an order event says of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from payment_refresh.domain import leases, transitions
from payment_refresh.domain.vocabulary import CheckSource, DueClass, OutboxItem, Reason, Status, WatchClass
from payment_refresh.domain.watch import Check, Watch
from payment_refresh.times import to_iso
from tests.support import samples
from tests.support.clock import START
from tests.unit.transition_steps import CART, END, MISMATCHED, NOW, PLACED, POLICY, answered, refreshed


def poisoned(watch: Watch, *, is_observed: bool = False) -> Watch:
    return transitions.dead_letter_poison(watch, samples.moment(NOW, POLICY), is_observed=is_observed)


class TestGivingUp:
    """A refresh at or after the policy's end, and then, at least a minute later, a look."""

    waiting = refreshed(replace(PLACED, due_at=END), samples.order(), END)

    def test_the_refresh_at_the_end_is_no_end_yet(self) -> None:
        assert (self.waiting.status, self.waiting.due_at) == (Status.WATCHING, END + 61)

    def test_the_look_after_it_dead_letters_a_placed_order(self) -> None:
        watch = answered(self.waiting, samples.order(), END + 61)

        assert (watch.status, watch.reason) == (Status.DEAD_LETTERED, Reason.STAYED_PENDING)
        assert (watch.outbox, watch.due_at) == (
            samples.outbox_of(OutboxItem.DEAD_LETTER, OutboxItem.STILL_PENDING),
            END + 121,
        )
        assert watch.expires_at is None, "it stays until a person acts on it"
        assert not watch.is_done

    def test_the_look_after_it_abandons_a_cart(self) -> None:
        end = POLICY.ends_at(CART)
        waiting = refreshed(CART, samples.cart(), end)
        assert (waiting.status, waiting.due_at) == (Status.WATCHING, end + 61)

        watch = answered(waiting, samples.cart(), end + 61)

        assert (watch.status, watch.reason, watch.outbox) == (
            Status.ABANDONED,
            None,
            samples.outbox_of(OutboxItem.ABANDONED),
        )
        assert (watch.due_at, watch.expires_at) == (end + 121, end + 61 + POLICY.retention)

    def test_an_order_that_is_only_observed_is_reported_without_a_letter(self) -> None:
        watch = answered(PLACED, samples.order(), END, can_refresh=False, is_observed=True)

        assert (watch.status, watch.reason) == (Status.REPORTED, Reason.STAYED_PENDING)
        assert (watch.outbox, watch.due_at, watch.due_class) == (frozenset(), END, DueClass.STUCK)
        assert watch.expires_at == END + POLICY.retention

    def test_a_look_that_shows_money_settles(self) -> None:
        watch = answered(self.waiting, samples.authorized(samples.order(), END + 60), END + 61)

        assert watch.status is Status.SETTLED

    @pytest.mark.parametrize(
        ("watch", "now"),
        [
            (PLACED, END + 61),
            (replace(waiting, refreshed_at=END - 1), END + 61),
            (waiting, END + 60),
            (replace(waiting, event_during_lease=True), END + 61),
        ],
        ids=["never refreshed", "refreshed before the end", "too soon after", "an event came"],
    )
    def test_nothing_less_gives_up(self, watch: Watch, now: int) -> None:
        assert answered(watch, samples.order(), now).is_open

    def test_a_second_refresh_is_no_look(self) -> None:
        assert refreshed(self.waiting, samples.order(), END + 61).is_open

    def test_a_look_that_shows_an_older_order_does_not_give_up(self) -> None:
        assert answered(self.waiting, samples.order(updated_at=to_iso(START - 1)), END + 61).is_open

    def test_where_no_refresh_may_be_sent_the_look_at_the_end_is_enough(self) -> None:
        watch = answered(PLACED, samples.order(), END, can_refresh=False)

        assert watch.status is Status.DEAD_LETTERED
        assert answered(PLACED, samples.order(), END - 1, can_refresh=False).is_open

    def test_what_may_only_be_looked_at_is_looked_at_to_the_end(self) -> None:
        assert answered(PLACED, MISMATCHED, END).status is Status.DEAD_LETTERED
        assert answered(PLACED, MISMATCHED, END - 1).is_open

    def test_a_cart_placed_at_the_last_moment_is_not_given_up(self) -> None:
        end = POLICY.ends_at(CART)
        waiting = refreshed(CART, samples.cart(), end)

        watch = answered(waiting, samples.order(at=end + 50), end + 61)

        assert (watch.status, watch.watch_class) == (Status.WATCHING, WatchClass.PLACED)

    def test_what_cannot_be_processed_is_dead_lettered_with_that_reason(self) -> None:
        watch = poisoned(replace(PLACED, isolated_attempts=3))

        assert (watch.status, watch.reason) == (Status.DEAD_LETTERED, Reason.CANNOT_PROCESS)
        assert (watch.outbox, watch.due_at) == (
            samples.outbox_of(OutboxItem.DEAD_LETTER, OutboxItem.STILL_PENDING),
            NOW + 60,
        )
        assert (watch.claim, watch.isolated_attempts, watch.expires_at) == (None, 0, None)

    def test_once_its_letter_is_sent_its_event_is_still_unrelayed(self) -> None:
        watch = transitions.clear_outbox(
            poisoned(PLACED),
            samples.outbox_of(OutboxItem.DEAD_LETTER),
        )

        assert (watch.outbox, watch.due_at, watch.is_done) == (
            samples.outbox_of(OutboxItem.STILL_PENDING),
            NOW + 60,
            False,
        )

    def test_what_cannot_be_processed_is_reported_where_the_deployment_only_observes(self) -> None:
        watch = poisoned(PLACED, is_observed=True)

        assert (watch.status, watch.reason, watch.outbox) == (Status.REPORTED, Reason.CANNOT_PROCESS, frozenset())

    def test_once_both_are_sent_it_is_only_counted(self) -> None:
        unrelayed = leases.claim(poisoned(PLACED), "t", NOW + 600)
        watch = transitions.clear_outbox(unrelayed, unrelayed.outbox)

        assert watch.is_done
        assert (watch.status, watch.due_at, watch.claim, watch.claims) == (Status.DEAD_LETTERED, NOW, None, 0)
        assert watch.due_class is DueClass.STUCK

    def test_a_person_closes_it_with_a_note(self) -> None:
        letter = transitions.clear_outbox(poisoned(PLACED), poisoned(PLACED).outbox)

        watch = transitions.acknowledge(letter, "paid in the shop", samples.moment(NOW + 60, POLICY))

        assert (watch.status, watch.reason, watch.note) == (Status.CLOSED, Reason.ACKNOWLEDGED, "paid in the shop")
        assert (watch.outbox, watch.due_at) == (samples.outbox_of(OutboxItem.CLOSED), NOW + 60)
        assert watch.expires_at == NOW + 60 + POLICY.retention


class TestOrderEvents:
    """An event on a watch that nobody holds is applied at once."""

    watch = samples.watch(samples.order(), POLICY)

    def test_an_end_is_reported_among_the_checks_with_its_notice(self) -> None:
        order = samples.order(payment_status="paid", status="cancelled")

        watch = transitions.apply_event(self.watch, order, samples.moment(NOW, POLICY))

        assert (watch.status, watch.notice) == (Status.CLOSED, "on_cancelled_order")
        assert watch.checks == (
            Check(
                at=NOW, by=CheckSource.EVENT, verdict="closed", payment_status="paid", code="on_cancelled_order"
            ),
        )

    def test_one_that_cannot_show_whether_it_was_paid_twice_only_makes_the_watch_due_at_once(self) -> None:
        order = samples.order(payment_status="paid", source_id="pay-b")
        later = replace(self.watch, due_at=NOW + 600)

        watch = transitions.apply_event(later, order, samples.moment(NOW, POLICY))

        assert watch == replace(later, due_at=NOW)

    def test_one_for_an_overdue_watch_does_not_move_it_back_in_the_queue(self) -> None:
        order = samples.order(payment_status="paid", source_id="pay-b")
        overdue = replace(self.watch, due_at=NOW - 600)

        assert transitions.apply_event(overdue, order, samples.moment(NOW, POLICY)) == overdue

    def test_one_that_comes_days_after_a_cancellation_has_a_look_show_whether_the_money_was_voided(self) -> None:
        paid = samples.authorized(samples.order(), START + 10)
        cancelled = replace(
            paid, status="cancelled", cancelled_at=to_iso(START + 20), updated_at=to_iso(START + 20)
        )
        late = samples.moment(START + 3 * 86_400, POLICY)

        watch = transitions.apply_event(self.watch, cancelled, late)
        again = transitions.apply_event(watch, cancelled, samples.moment(late.now + 5, POLICY))

        assert (watch.status, watch.look_only, watch.due_at) == (Status.WATCHING, True, self.watch.due_at)
        assert (watch.outbox, watch.order_updated_at) == (frozenset(), to_iso(START + 20))
        assert again == watch

    def test_news_without_an_end_leaves_the_time_of_the_next_check(self) -> None:
        watch = transitions.apply_event(
            self.watch, samples.order(amount_cents=1, updated_at=to_iso(NOW)), samples.moment(NOW, POLICY)
        )

        assert (watch.amount_cents, watch.due_at, watch.checks) == (1, self.watch.due_at, ())

    def test_a_cart_that_was_placed_is_due_a_minute_after(self) -> None:
        cart = samples.watch(samples.cart(), POLICY)

        watch = transitions.apply_event(cart, samples.order(at=NOW - 5), samples.moment(NOW, POLICY))

        assert (watch.watch_class, watch.due_at) == (WatchClass.PLACED, NOW + 55)

    @pytest.mark.parametrize("status", [Status.DEAD_LETTERED, Status.ABANDONED, Status.MISSING])
    def test_it_ends_an_ended_watch_otherwise(self, status: Status) -> None:
        ended = replace(self.watch, status=status, reason=Reason.STAYED_PENDING, due_at=None)

        watch = transitions.apply_event(
            ended, samples.authorized(samples.order(), NOW), samples.moment(NOW, POLICY)
        )

        assert (watch.status, watch.reason, watch.ended_at) == (Status.SETTLED, None, NOW)
