"""How a watch goes on after each thing that can happen to it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from payment_refresh import lifecycle
from payment_refresh.lifecycle import Answer, Patched
from payment_refresh.order import to_iso
from payment_refresh.policy import DAY, HOUR, Policy
from payment_refresh.watch import CHECKS_KEPT, DEAD_LETTER, Check, Reason, SettledBy, Status, Watch, WatchClass
from tests.fakes import samples
from tests.fakes.clock import START

if TYPE_CHECKING:
    from payment_refresh.order import Order

POLICY = Policy()
NOW = START + 70
PLACED = samples.claimed(samples.order(), POLICY, until=START + 600)
CART = samples.claimed(samples.cart(), POLICY, until=START + 600)
END = POLICY.ends_at(PLACED)


def answered(watch: Watch, order: Order | None, now: int = NOW, **changes: Any) -> Watch:
    """Let a look be answered."""
    answer = Answer(order=order, looked=order is not None, **changes)
    return lifecycle.answered(watch, answer, now, POLICY, jitter=0)


def refreshed(watch: Watch, order: Order | None, now: int = NOW, **changes: Any) -> Watch:
    """Let a look, and the refresh after it, be answered."""
    answer = Answer(order=order, looked=True, patched=Patched(now - 0.5, now), **changes)
    return lifecycle.answered(watch, answer, now, POLICY, jitter=0)


class TestClaims:
    """A claim hands a watch to one message for one lease."""

    def test_a_claim_bears_its_token_and_falls_due_with_its_lease(self) -> None:
        watch = lifecycle.claimed(samples.watch(samples.order(), POLICY), "token-9", START + 660)

        assert (watch.claim, watch.due_at, watch.claims) == ("token-9", START + 660, 1)

    def test_a_claim_whose_message_was_never_sent_was_no_try(self) -> None:
        watch = lifecycle.released(replace(PLACED, claims=2), NOW)

        assert (watch.claim, watch.due_at, watch.claims) == (None, NOW, 1)

    def test_a_watch_put_back_untried_is_due_at_once(self) -> None:
        watch = lifecycle.postponed(replace(PLACED, noted=True, unanswered=2), NOW)

        assert watch == replace(PLACED, claim=None, claims=0, due_at=NOW, unanswered=2)


class TestPendingAnswers:
    """The payment is asked about again."""

    def test_where_no_answer_bears_the_order_it_is_asked_rarely_in_the_end(self) -> None:
        watch = answered(PLACED, None, END)

        assert (watch.status, watch.due_at) == (Status.WATCHING, END + int(POLICY.cap()))

    def test_a_look_leaves_the_watch_due_by_the_policy(self) -> None:
        watch = answered(replace(PLACED, trials=1, unanswered=3, trouble="503"), samples.order())

        assert (watch.status, watch.due_at) == (Status.WATCHING, POLICY.next_due(PLACED, NOW, jitter=0))
        assert (watch.claim, watch.claims, watch.trials) == (None, 0, 0)
        assert (watch.unanswered, watch.trouble) == (0, None)
        assert watch.checks == (Check(at=NOW, by="look", verdict="pending", payment_status="unpaid"),)

    def test_a_refresh_is_counted_and_its_time_kept(self) -> None:
        watch = refreshed(PLACED, samples.order())

        assert (watch.patches, watch.refreshed_at) == (1, NOW)
        assert (watch.patched_from, watch.patched_until) == (to_iso(NOW - 0.5), to_iso(NOW))
        assert watch.checks[-1].by == "refresh"

    def test_what_commerce_layer_declined_is_pending_with_its_code(self) -> None:
        watch = refreshed(PLACED, samples.order(), code="422 VALIDATION_ERROR")

        assert watch.is_open
        assert (watch.patches, watch.checks[-1].code) == (1, "422 VALIDATION_ERROR")

    @pytest.mark.parametrize(
        "order", [None, samples.authorized(samples.order(), START - 1)], ids=["no order", "an older order"]
    )
    def test_an_answer_that_tells_nothing_new_is_pending(self, order: Order | None) -> None:
        watch = answered(PLACED, order)

        assert (watch.status, watch.order_updated_at) == (Status.WATCHING, PLACED.order_updated_at)
        assert watch.checks[-1] == Check(at=NOW, by="look", verdict="pending")

    def test_only_the_last_twenty_checks_are_remembered(self) -> None:
        many = tuple(Check(at=START + number, by="look", verdict="pending") for number in range(CHECKS_KEPT))

        watch = answered(replace(PLACED, checks=many), samples.order())

        assert watch.checks[:-1] == many[1:]
        assert watch.checks[-1].at == NOW

    def test_a_cart_found_placed_is_due_as_a_placed_order(self) -> None:
        watch = answered(CART, samples.order(at=NOW - 2))

        assert (watch.watch_class, watch.started_at, watch.due_at) == (WatchClass.PLACED, NOW - 2, NOW + 58)

    def test_a_noted_event_makes_a_pending_watch_due_at_once(self) -> None:
        watch = answered(lifecycle.noted(PLACED), samples.order())

        assert (watch.status, watch.due_at, watch.noted) == (Status.WATCHING, NOW, False)

    def test_a_noted_event_takes_nothing_from_an_end(self) -> None:
        watch = answered(lifecycle.noted(PLACED), samples.authorized(samples.order(), NOW))

        assert (watch.status, watch.due_at) == (Status.SETTLED, None)


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
        ("order", "status", "notice"),
        [
            (samples.authorized(samples.order(), NOW), Status.SETTLED, None),
            (samples.order(payment_status="free"), Status.SETTLED, None),
            (samples.order(payment_status="voided"), Status.CLOSED, None),
            (samples.cart(status="cancelled"), Status.CLOSED, None),
            (samples.order(payment_status="paid", source_id="pay-b"), Status.CLOSED, "superseded"),
            (samples.order(payment_status="paid", status="cancelled"), Status.CLOSED, "on_cancelled_order"),
        ],
    )
    def test_an_end_is_kept_for_its_retention_and_owes_nothing(
        self, order: Order, status: Status, notice: str | None
    ) -> None:
        watch = answered(PLACED, order)

        assert (watch.status, watch.notice, watch.owes) == (status, notice, frozenset())
        assert (watch.due_at, watch.claim, watch.claims) == (None, None, 0)
        assert (watch.ended_at, watch.expires_at) == (NOW, NOW + 35 * DAY)
        assert watch.is_done

    def test_what_went_wrong_before_is_no_notice_on_a_settled_payment(self) -> None:
        watch = answered(replace(PLACED, notice="attempt_failed"), samples.authorized(samples.order(), NOW))

        assert watch.notice is None

    def test_the_row_of_an_order_whose_payment_is_known_is_closed(self) -> None:
        order = samples.without_source(samples.order())

        watch = lifecycle.resolved(samples.claimed(order, POLICY, until=NOW), NOW, POLICY)

        assert (watch.status, watch.due_at, watch.claim) == (Status.CLOSED, None, None)
        assert watch.expires_at == NOW + POLICY.retention


class TestMoneyOnAnOrderNotPlaced:
    """It is looked at once more after a quarter of an hour, and then announced."""

    paid = samples.authorized(samples.cart(), NOW)

    def test_it_is_looked_at_again_a_quarter_of_an_hour_later(self) -> None:
        watch = answered(CART, self.paid)

        assert (watch.status, watch.unplaced_since, watch.due_at) == (Status.WATCHING, NOW, NOW + 15 * 60)

    def test_a_look_in_between_does_not_put_it_off(self) -> None:
        watch = answered(answered(CART, self.paid), self.paid, NOW + 600)

        assert (watch.unplaced_since, watch.due_at) == (NOW, NOW + 15 * 60)

    def test_still_not_placed_then_it_settled_and_a_person_is_told(self) -> None:
        watch = answered(answered(CART, self.paid), self.paid, NOW + 15 * 60)

        assert (watch.status, watch.notice, watch.settled_by) == (Status.SETTLED, "not_placed", SettledBy.WEBHOOK)
        assert (watch.due_at, watch.expires_at) == (None, NOW + 15 * 60 + POLICY.retention)

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
        return lifecycle.answered(watch, Answer(not_found=True), now, POLICY, jitter=0)

    def test_the_first_404_is_asked_about_again_an_hour_later(self) -> None:
        watch = self.refused(PLACED, NOW)

        assert (watch.status, watch.refused_at, watch.due_at) == (Status.WATCHING, NOW, NOW + HOUR)
        assert watch.checks[-1] == Check(at=NOW, by="refresh", verdict="not_found")

    def test_one_that_comes_sooner_does_not_count(self) -> None:
        watch = self.refused(self.refused(PLACED, NOW), NOW + HOUR - 1)

        assert (watch.status, watch.refused_at, watch.due_at) == (Status.WATCHING, NOW, NOW + HOUR)

    def test_the_second_an_hour_later_is_believed(self) -> None:
        watch = self.refused(self.refused(PLACED, NOW), NOW + HOUR)

        assert (watch.status, watch.due_at, watch.ended_at) == (Status.MISSING, None, NOW + HOUR)
        assert watch.expires_at == NOW + HOUR + POLICY.retention

    def test_an_answer_in_between_begins_the_count_anew(self) -> None:
        watch = answered(self.refused(PLACED, NOW), samples.order(), NOW + 60)

        assert watch.refused_at is None
        assert self.refused(watch, NOW + HOUR).is_open

    @pytest.mark.parametrize("refused_at", [None, NOW - HOUR])
    def test_what_an_order_event_just_told_of_is_not_missing(self, refused_at: int | None) -> None:
        watch = self.refused(replace(lifecycle.noted(PLACED), refused_at=refused_at), NOW)

        assert (watch.status, watch.due_at, watch.noted) == (Status.WATCHING, NOW, False)
        assert watch.refused_at == (NOW if refused_at is None else refused_at)


class TestUnansweredCalls:
    """They are no check."""

    def test_the_watch_backs_off_and_nothing_else_changes(self) -> None:
        before = replace(PLACED, patches=2, refreshed_at=START + 5, unanswered=1)

        watch = lifecycle.unanswered(before, "503", NOW, POLICY, jitter=0)

        assert watch == replace(
            before,
            claim=None,
            claims=0,
            unanswered=2,
            trouble="503",
            due_at=POLICY.retry_due(watch, NOW, jitter=0),
        )

    def test_a_refresh_that_was_sent_may_have_moved_the_order_all_the_same(self) -> None:
        watch = lifecycle.unanswered(PLACED, "ReadTimeout", NOW, POLICY, jitter=0, patched=Patched(NOW - 10, NOW))

        assert (watch.patches, watch.refreshed_at) == (0, None)
        assert answered(watch, samples.authorized(samples.order(), NOW - 9)).settled_by is SettledBy.REFRESH

    def test_past_the_end_giving_up_waits_for_an_answer(self) -> None:
        assert lifecycle.unanswered(PLACED, "503", END + DAY, POLICY, jitter=0).is_open


class TestWhoSettledIt:
    """Our refresh, only where the order moved while it ran or shortly after."""

    @pytest.mark.parametrize(
        ("moved", "by"),
        [
            (-0.201, SettledBy.WEBHOOK),
            (-0.199, SettledBy.REFRESH),
            (1, SettledBy.REFRESH),
            (2, SettledBy.REFRESH),
            (7, SettledBy.REFRESH),
            (7.001, SettledBy.WEBHOOK),
        ],
    )
    def test_the_time_of_the_move_tells(self, moved: float, by: SettledBy) -> None:
        """The refresh ran for two seconds."""
        order = samples.authorized(samples.order(), NOW + moved)
        answer = Answer(order=order, looked=True, patched=Patched(NOW, NOW + 2))

        assert lifecycle.answered(PLACED, answer, NOW + 2, POLICY, jitter=0).settled_by is by

    def test_an_earlier_refresh_may_have_settled_what_a_later_look_or_event_shows(self) -> None:
        watch = refreshed(PLACED, samples.order())
        order = samples.authorized(samples.order(), NOW + 1)

        assert answered(watch, order, NOW + 60).settled_by is SettledBy.REFRESH
        assert lifecycle.told(watch, order, NOW + 1, POLICY).settled_by is SettledBy.REFRESH

    @pytest.mark.parametrize("moved_at", [None, to_iso(NOW)])
    def test_without_a_refresh_or_a_time_it_was_the_webhook(self, moved_at: str | None) -> None:
        order = samples.authorized(samples.order(), NOW, payment_updated_at=moved_at)
        watch = PLACED if moved_at else refreshed(PLACED, samples.order())

        assert answered(watch, order).settled_by is SettledBy.WEBHOOK


class TestGivingUp:
    """A refresh at or after the policy's end, and then, at least a minute later, a look."""

    waiting = refreshed(replace(PLACED, due_at=END), samples.order(), END)

    def test_the_refresh_at_the_end_is_no_end_yet(self) -> None:
        assert (self.waiting.status, self.waiting.due_at) == (Status.WATCHING, END + 61)

    def test_the_look_after_it_dead_letters_a_placed_order(self) -> None:
        watch = answered(self.waiting, samples.order(), END + 61)

        assert (watch.status, watch.reason) == (Status.DEAD_LETTERED, Reason.STAYED_PENDING)
        assert (watch.owes, watch.due_at) == (frozenset({DEAD_LETTER}), END + 121)
        assert watch.expires_at == END + 61 + POLICY.retention
        assert not watch.is_done

    def test_the_look_after_it_abandons_a_cart(self) -> None:
        end = POLICY.ends_at(CART)
        waiting = refreshed(CART, samples.cart(), end)
        assert (waiting.status, waiting.due_at) == (Status.WATCHING, end + 61)

        watch = answered(waiting, samples.cart(), end + 61)

        assert (watch.status, watch.reason, watch.owes) == (Status.ABANDONED, None, frozenset())
        assert (watch.due_at, watch.expires_at) == (None, end + 61 + POLICY.retention)

    def test_a_look_that_shows_money_settles(self) -> None:
        watch = answered(self.waiting, samples.authorized(samples.order(), END + 60), END + 61)

        assert watch.status is Status.SETTLED

    @pytest.mark.parametrize(
        ("watch", "now"),
        [
            (PLACED, END + 61),
            (replace(waiting, refreshed_at=END - 1), END + 61),
            (waiting, END + 60),
            (lifecycle.noted(waiting), END + 61),
        ],
        ids=["never refreshed", "refreshed before the end", "too soon after", "an event came"],
    )
    def test_nothing_less_gives_up(self, watch: Watch, now: int) -> None:
        assert answered(watch, samples.order(), now).is_open

    def test_a_second_refresh_is_no_look(self) -> None:
        assert refreshed(self.waiting, samples.order(), END + 61).is_open

    @pytest.mark.parametrize(
        "order", [None, samples.order(updated_at=to_iso(START - 1))], ids=["no order", "an older order"]
    )
    def test_a_look_that_shows_nothing_new_does_not_give_up(self, order: Order | None) -> None:
        assert answered(self.waiting, order, END + 61).is_open

    def test_where_no_refresh_may_be_sent_the_look_at_the_end_is_enough(self) -> None:
        watch = answered(PLACED, samples.order(), END, can_refresh=False)

        assert watch.status is Status.DEAD_LETTERED
        assert answered(PLACED, samples.order(), END - 1, can_refresh=False).is_open

    def test_what_may_only_be_looked_at_is_looked_at_to_the_end(self) -> None:
        cancelled = samples.order(status="cancelled")

        assert answered(PLACED, cancelled, END).status is Status.DEAD_LETTERED
        assert answered(PLACED, cancelled, END - 1).is_open

    def test_a_cart_placed_at_the_last_moment_is_not_given_up(self) -> None:
        end = POLICY.ends_at(CART)
        waiting = refreshed(CART, samples.cart(), end)

        watch = answered(waiting, samples.order(at=end + 50), end + 61)

        assert (watch.status, watch.watch_class) == (Status.WATCHING, WatchClass.PLACED)

    def test_what_cannot_be_processed_is_dead_lettered_with_that_reason(self) -> None:
        watch = lifecycle.cannot_process(replace(PLACED, trials=3), NOW, POLICY)

        assert (watch.status, watch.reason) == (Status.DEAD_LETTERED, Reason.CANNOT_PROCESS)
        assert (watch.owes, watch.due_at) == (frozenset({DEAD_LETTER}), NOW + 60)
        assert (watch.claim, watch.trials, watch.expires_at) == (None, 0, NOW + POLICY.retention)

    def test_once_its_letter_is_sent_nothing_is_left_to_do(self) -> None:
        watch = lifecycle.sent(lifecycle.claimed(lifecycle.cannot_process(PLACED, NOW, POLICY), "t", NOW + 600))

        assert watch.is_done
        assert (watch.status, watch.due_at, watch.claim, watch.claims) == (Status.DEAD_LETTERED, None, None, 0)


class TestOrderEvents:
    """An event on a watch that nobody holds is applied at once."""

    watch = samples.watch(samples.order(), POLICY)

    def test_an_end_is_told_among_the_checks_with_its_notice(self) -> None:
        order = samples.order(payment_status="paid", source_id="pay-b")

        watch = lifecycle.told(self.watch, order, NOW, POLICY)

        assert (watch.status, watch.notice) == (Status.CLOSED, "superseded")
        assert watch.checks == (
            Check(at=NOW, by="event", verdict="closed", payment_status="paid", code="superseded"),
        )

    def test_news_without_an_end_leaves_the_time_of_the_next_check(self) -> None:
        watch = lifecycle.told(self.watch, samples.order(amount_cents=1, updated_at=to_iso(NOW)), NOW, POLICY)

        assert (watch.amount_cents, watch.due_at, watch.checks) == (1, self.watch.due_at, ())

    def test_a_cart_that_was_placed_is_due_a_minute_after(self) -> None:
        cart = samples.watch(samples.cart(), POLICY)

        watch = lifecycle.told(cart, samples.order(at=NOW - 5), NOW, POLICY)

        assert (watch.watch_class, watch.due_at) == (WatchClass.PLACED, NOW + 55)

    @pytest.mark.parametrize("status", [Status.DEAD_LETTERED, Status.ABANDONED, Status.MISSING])
    def test_it_ends_an_ended_watch_otherwise(self, status: Status) -> None:
        ended = replace(self.watch, status=status, reason=Reason.STAYED_PENDING, due_at=None)

        watch = lifecycle.told(ended, samples.authorized(samples.order(), NOW), NOW, POLICY)

        assert (watch.status, watch.reason, watch.ended_at) == (Status.SETTLED, None, NOW)


@pytest.mark.parametrize(
    ("seen", "shown", "older"),
    [
        (START, START - 0.001, True),
        (START, START, False),
        (START, START + 0.001, False),
        (None, START, False),
        (START, None, False),
    ],
)
def test_an_order_is_older_where_its_updated_at_says_so(
    seen: float | None, shown: float | None, older: bool
) -> None:
    watch = replace(PLACED, order_updated_at=None if seen is None else to_iso(seen))
    order = samples.order(updated_at=None if shown is None else to_iso(shown))

    assert lifecycle.is_older(order, watch) is older
    assert not lifecycle.is_older(replace(order, id="order-b"), watch)
