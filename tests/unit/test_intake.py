"""Effects of an order event on a row as it stands; the writing is tested with the use cases."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_refresh.domain import leases, transitions
from payment_refresh.domain.endings import is_stale
from payment_refresh.domain.intake import Result, decide, key_of
from payment_refresh.domain.order_document import read_order
from payment_refresh.domain.outcome_events import NEEDS_A_PERSON
from payment_refresh.domain.payment import ORDERS, REFRESHABLE, PaymentKey
from payment_refresh.domain.verdict import Kind, judge
from payment_refresh.domain.vocabulary import OutboxItem, SettledBy, Status, WatchClass
from payment_refresh.times import to_iso
from tests.support import samples
from tests.support.clock import START
from tests.unit import payloads
from tests.unit.intake_steps import KEY, NOW, PAID, POLICY, news
from tests.unit.strategies import WHILE_OPEN, moments, open_watches, orders, policies
from tests.unit.transition_steps import LESS, MISMATCHED

if TYPE_CHECKING:
    from payment_refresh.domain.order import Order
    from payment_refresh.domain.policy import Policy
    from payment_refresh.domain.watch import Watch


class TestWhichRow:
    """An event is about its order's payment, or about the order while that is not known."""

    @pytest.mark.parametrize("kind", REFRESHABLE)
    def test_a_refreshable_payment_has_its_own_row(self, kind: str) -> None:
        order = payloads.order(source=payloads.payment(kind))

        assert key_of(order) == PaymentKey(kind, payloads.PAYMENT_ID)

    def test_an_order_that_does_not_show_its_payment_has_a_row_for_now(self) -> None:
        assert key_of(read_order(payloads.document())) == PaymentKey(ORDERS, payloads.ORDER_ID)

    def test_a_payment_that_cannot_be_refreshed_has_none(self) -> None:
        assert key_of(payloads.order(source=payloads.payment("paypal_payments"))) is None


class TestFirstNews:
    """A watch begins where there is something to wait for."""

    @pytest.mark.parametrize(
        ("order", "watch_class", "due_at"),
        [
            (samples.order(), WatchClass.PLACED, NOW),
            (samples.order(at=NOW - 20), WatchClass.PLACED, NOW + 40),
            (samples.cart(), WatchClass.CART, START + 45 * 60),
            (samples.order(status="cancelled"), WatchClass.PLACED, NOW),
            (samples.authorized(samples.cart(), START), WatchClass.CART, NOW + 15 * 60),
            (samples.authorized(samples.cart(status="draft"), START), WatchClass.CART, NOW + 15 * 60),
            (samples.order(status="on_hold"), WatchClass.PLACED, NOW),
            (replace(PAID, source_id="pay-b"), WatchClass.PLACED, NOW),
        ],
        ids=[
            "placed",
            "just placed",
            "cart",
            "cancelled after placement",
            "money, not placed",
            "draft with money",
            "of an unknown status",
            "paid otherwise, or twice",
        ],
    )
    def test_it_is_watched(self, order: Order, watch_class: WatchClass, due_at: int) -> None:
        result, watch = news(None, order)

        assert result is Result.WATCHING
        assert watch is not None
        assert (watch.status, watch.watch_class, watch.due_at) == (Status.WATCHING, watch_class, due_at)
        assert (watch.round, watch.revision) == (1, 0)

    @pytest.mark.parametrize(
        "order",
        [
            PAID,
            samples.order(payment_status="voided"),
            samples.cart(status="cancelled"),
            samples.cart(status="draft"),
            samples.cart(payment_status="free"),
            replace(PAID, source_id="pay-b", authorizations_known=True, reversals_known=True),
        ],
        ids=["settled", "closed", "cancelled cart", "draft", "free cart", "paid otherwise"],
    )
    def test_or_ignored(self, order: Order) -> None:
        assert news(None, order) == (Result.IGNORED, None)

    def test_an_order_that_waits_for_its_payment_to_be_known_is_watched(self) -> None:
        order = samples.without_source(samples.order())

        result, watch = news(None, order, samples.order_key())

        assert result is Result.WATCHING
        assert watch is not None
        assert (str(watch.key), watch.order_id) == ("orders#order-a", "order-a")

    def test_money_on_an_order_not_placed_is_waited_for_also_where_its_payment_is_not_known(self) -> None:
        result, watch = news(
            None, samples.without_source(samples.authorized(samples.cart(), START)), samples.order_key()
        )

        assert result is Result.WATCHING
        assert watch is not None
        assert (watch.unplaced_since, watch.due_at) == (NOW, NOW + 15 * 60)

    def test_money_on_a_cancelled_order_is_announced_by_the_look_that_it_makes_due(self) -> None:
        result, watch = news(None, replace(PAID, status="cancelled"))

        assert result is Result.WATCHING
        assert watch is not None
        assert (watch.is_open, watch.due_at, watch.outbox) == (True, NOW, frozenset())

    @pytest.mark.parametrize(
        "changes",
        [
            {"authorizations": (LESS,)},
            {
                "source_id": "pay-b",
                "authorizations": (
                    samples.through("a", KEY, START),
                    samples.through("b", samples.key("b"), START),
                ),
            },
        ],
        ids=["less than it costs", "paid twice"],
    )
    def test_so_is_what_ended_as_a_person_must_know(self, changes: dict[str, Any]) -> None:
        order = replace(PAID, authorizations_known=True, reversals_known=True, **changes)

        result, watch = news(None, order)

        assert result is Result.WATCHING
        assert watch is not None
        assert (watch.is_open, watch.due_at, watch.outbox) == (True, NOW, frozenset())

    def test_a_mismatch_is_known_from_the_first_event_on(self) -> None:
        _, watch = news(None, MISMATCHED)

        assert watch is not None
        assert (watch.look_only, watch.notice) == (True, "amount_mismatch")
        assert (watch.outbox, watch.due_at) == (samples.outbox_of(OutboxItem.AMOUNT_MISMATCH), NOW)


class TestOpenWatches:
    """An event changes or ends them, unless somebody holds them."""

    watch = samples.watch(samples.order(), POLICY)

    def test_newer_news_updates(self) -> None:
        result, step = news(self.watch, samples.order(amount_cents=1, updated_at=to_iso(NOW)))

        assert result is Result.UPDATED
        assert step is not None
        assert (step.amount_cents, step.due_at) == (1, self.watch.due_at)

    def test_a_settled_order_ends(self) -> None:
        result, step = news(self.watch, PAID)

        assert result is Result.ENDED
        assert step is not None
        assert (step.status, step.settled_by, step.due_at) == (Status.SETTLED, SettledBy.WEBHOOK, None)

    def test_the_same_news_again_is_stale(self) -> None:
        assert news(self.watch, samples.order()) == (Result.STALE, None)

    def test_so_is_a_mismatch_that_is_due_to_be_reported_already(self) -> None:
        watch = transitions.apply_event(self.watch, MISMATCHED, samples.moment(NOW - 50, POLICY))

        assert (watch.outbox, watch.due_at) == (samples.outbox_of(OutboxItem.AMOUNT_MISMATCH), NOW - 50)
        assert news(watch, MISMATCHED) == (Result.STALE, None)

    def test_a_failed_attempt_is_left_for_the_next_look_to_report(self) -> None:
        failed = samples.attempt("first", KEY, START + 9)

        _, step = news(self.watch, samples.order(authorizations=(failed,)))

        assert step is not None
        assert (step.notice, step.failed_attempt, step.outbox) == ("attempt_failed", None, frozenset())
        assert step.due_at == self.watch.due_at

    def test_an_older_order_is_stale(self) -> None:
        assert news(self.watch, samples.authorized(samples.order(), START - 1)) == (Result.STALE, None)

    def test_a_claimed_watch_only_notes_that_news_came(self) -> None:
        claimed = leases.claim(self.watch, "token", NOW + 600)

        recorded = replace(claimed, event_during_lease=True, event_money_at=PAID.updated_at)
        assert news(claimed, PAID) == (Result.DEFERRED, recorded)
        assert news(recorded, replace(PAID, updated_at=to_iso(NOW))) == (Result.DEFERRED, None)

    def test_news_without_money_says_nothing_of_when_it_came(self) -> None:
        claimed = leases.claim(self.watch, "token", NOW + 600)

        assert news(claimed, samples.order(updated_at=to_iso(NOW))) == (
            Result.DEFERRED,
            replace(claimed, event_during_lease=True),
        )

    def test_news_that_leaves_open_whether_it_was_paid_twice_makes_it_due_at_once(self) -> None:
        later = replace(self.watch, due_at=NOW + 600)

        result, step = news(later, replace(PAID, source_id="pay-b"))

        assert (result, step) == (Result.UPDATED, replace(later, due_at=NOW))

    def test_an_older_order_is_not_even_recorded(self) -> None:
        claimed = leases.claim(self.watch, "token", NOW + 600)

        assert news(claimed, samples.order(updated_at=to_iso(START - 1))) == (Result.STALE, None)

    def test_news_of_a_watch_made_manually_shows_its_order(self) -> None:
        made = replace(self.watch, order_id=None, order_number=None, order_updated_at=None)

        result, step = news(made, samples.order())

        assert result is Result.UPDATED
        assert step is not None
        assert (step.order_id, step.order_number, step.round) == ("order-a", "10a", 1)


@given(orders, open_watches(), moments, policies(), st.sampled_from([None, *Status]), st.booleans())
def test_what_is_written_is_due_or_ended_and_never_older(
    order: Order, watch: Watch, now: int, policy: Policy, status: Status | None, claimed: bool
) -> None:
    row = None
    if status is not None:
        row = replace(watch, status=status, claim="token" if claimed else None)

    decision = decide(KEY, row, order, samples.moment(now, policy))
    result, step = decision.result, decision.row

    assert (step is None) <= (result in (Result.STALE, Result.IGNORED, Result.DEFERRED))
    if row is not None and is_stale(order, row):
        assert (result, step) == (Result.STALE, None)
    if step is None:
        return
    assert step.key == KEY
    assert step.round - (row.round if row else 1) in (0, 1)
    assert step.is_open is (result is not Result.ENDED)
    if result is Result.DEFERRED:
        assert step == replace(row or step, event_during_lease=True, event_money_at=step.event_money_at)
    elif step.is_open:
        assert step.due_at is not None
        assert step.outbox <= WHILE_OPEN
        verdict = judge(order, KEY)
        is_asked_at_once = step.due_at == now and (verdict.needs_look or verdict.notice is not None)
        assert verdict.kind in (Kind.PENDING, Kind.SETTLED_UNPLACED) or is_asked_at_once
    else:
        assert (step.due_at, step.expires_at) == (now if step.outbox else None, now + policy.retention)
    check_only_what_needs_a_person_is_announced(row if row and row.round == step.round else None, step)


def check_only_what_needs_a_person_is_announced(before: Watch | None, step: Watch) -> None:
    """Each kind once a round; the others only to who heard of this round already."""
    announced = before.announced if before else frozenset()
    still = before.outbox if before and before.is_open else frozenset()
    fresh = step.outbox - still
    assert fresh.isdisjoint(announced)
    assert fresh <= NEEDS_A_PERSON or announced & NEEDS_A_PERSON
    assert (step.announced, step.outbox <= step.announced) == (announced | fresh, True)
