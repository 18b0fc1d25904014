"""Announcements of payments that stay pending, of what is wrong with them, and of giving them up."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain.deployment import RunMode
from payment_refresh.domain.policy import DAY, HOUR
from payment_refresh.domain.vocabulary import Status
from payment_refresh.rate_limit.gcra import RateReading
from payment_refresh.times import to_iso
from tests.support import samples
from tests.support.clock import START
from tests.unit.use_cases.steps import KEY, MISMATCHES, check_next, failing, found, leave_out_twice, swept

if TYPE_CHECKING:
    from payment_refresh.domain.order import Order
    from tests.support.world import World

MANUAL: dict[str, object] = {"type": KEY.type, "id": KEY.id}


class TestAmounts:
    """A refresh cannot cure them: announced at once, once, and looked at from then on."""

    @pytest.mark.parametrize("mismatched", MISMATCHES, ids=["partially authorized", "amounts differ"])
    def test_at_once_and_only_once(self, world: World, mismatched: Order) -> None:
        found(world, mismatched)
        (detail,) = world.events.details
        assert (detail["kind"], detail["reported_by"], detail["at"]) == (
            "PaymentAmountMismatch",
            "look",
            to_iso(START + 70),
        )

        for _ in range(3):
            check_next(world, KEY)

        assert world.events.kinds == {"PaymentAmountMismatch": 1}
        assert not world.commerce_layer.asked("refresh")

    @pytest.mark.parametrize("mismatched", MISMATCHES, ids=["partially authorized", "amounts differ"])
    def test_an_event_alone_has_it_reported_by_the_next_sweep(self, world: World, mismatched: Order) -> None:
        world.event(samples.order())
        world.commerce_layer.put(mismatched)
        world.clock.advance(5)

        world.event(mismatched)
        world.sweep()
        world.take_batch()

        assert (world.events.kinds, world.now) == ({"PaymentAmountMismatch": 1}, START + 5)

    def test_who_heard_of_it_hears_that_it_settled(self, world: World) -> None:
        found(world, MISMATCHES[0])

        world.event(samples.authorized(samples.order(), START + 90))
        check_next(world, KEY)

        assert world.events.kinds == {"PaymentAmountMismatch": 1, "PaymentSettled": 1}
        assert world.events.details[-1]["reported_by"] == "event"


class TestFailedAttempts:
    """The shopper may try again on the same payment."""

    def test_once_and_then_that_it_settled(self, world: World) -> None:
        (key,) = swept(world, failing("first"))
        world.take_batch()
        (detail,) = world.events.details
        assert (detail["kind"], detail["authorization_id"]) == ("PaymentAttemptFailed", "first")
        check_next(world, key)
        assert len(world.events.events) == 1

        world.commerce_layer.put(samples.authorized(failing("first"), world.clock.now))
        check_next(world, key)

        assert world.events.kinds == {"PaymentAttemptFailed": 1, "PaymentSettled": 1}

    def test_refreshes_that_leave_a_new_one_each_time_are_reported_once(self, world: World) -> None:
        (key,) = swept(world, samples.order())

        def effect() -> None:
            attempt = samples.attempt(f"t{len(world.commerce_layer.calls)}", KEY, world.clock.now)
            order = world.commerce_layer.orders["order-a"]
            world.commerce_layer.put(replace(order, authorizations=(*order.authorizations, attempt)))

        world.commerce_layer.on_refresh(key, effect)
        world.take_batch()
        attempts = set()
        for _ in range(4):
            check_next(world, key)
            attempts.add(world.row(key).failed_attempt)

        assert len(attempts) == 4
        assert world.events.kinds == {"PaymentAttemptFailed": 1}

    def test_in_its_next_round_an_old_one_is_no_news(self, world: World) -> None:
        order = failing("first")
        world.commerce_layer.put(order)
        world.table.put(samples.dead_lettered(order, world.policy, at=START, failed_attempt="first"))

        world.refresh({"type": KEY.type, "id": KEY.id, "round": 1})

        assert (world.events.events, world.row(KEY).round) == ([], 2)


class TestGivenUp:
    """The end of a policy."""

    def test_a_placed_order_that_stayed_pending(self, world: World) -> None:
        (key,) = swept(world, samples.order(), age=world.policy.give_up)
        world.take_batch()
        assert not world.events.events

        check_next(world, key)

        (detail,) = world.events.details
        assert (detail["kind"], detail["reason"]) == ("PaymentStillPending", "stayed_pending")
        assert detail["pending_for_s"] == world.now - START
        assert len(world.letters.letters) == 1

    def test_each_round_announces_anew(self, world: World) -> None:
        (key,) = swept(world, samples.order(), age=world.policy.give_up)
        world.take_batch()
        check_next(world, key)
        world.refresh(world.letters.letters[0])
        world.clock.advance(world.policy.give_up)
        while world.row(key).is_open:
            check_next(world, key)

        assert [detail["id"] for detail in world.events.details] == [
            "stripe_payments#pay-a#1#PaymentStillPending",
            "stripe_payments#pay-a#2#PaymentStillPending",
        ]
        assert [detail["found_by"] for detail in world.events.details] == ["event", "redrive"]

    def test_one_that_settles_after_all_is_reported_whoever_reported_it(self, world: World) -> None:
        (key,) = swept(world, samples.order(), age=world.policy.give_up)
        world.take_batch()
        check_next(world, key)

        world.event(samples.authorized(samples.order(), world.clock.now))
        check_next(world, key)

        assert world.events.kinds == {"PaymentStillPending": 1, "PaymentSettled": 1}

    def test_what_makes_invocations_die(self, world: World) -> None:
        world.table.put(samples.watch(samples.order(), world.policy, due_at=START, claims=5, isolated_attempts=3))

        check_next(world, KEY)

        (detail,) = world.events.details
        assert (detail["kind"], detail["reason"]) == ("PaymentStillPending", "cannot_process")

    def test_an_order_whose_payment_was_never_known(self, world: World) -> None:
        swept(world, samples.without_source(samples.order()), age=world.policy.give_up)

        world.take_batch()

        (detail,) = world.events.details
        assert (detail["kind"], detail["payment"]) == ("PaymentStillPending", None)

    def test_a_cart_without_a_payment_is_nobodys_news(self, world: World) -> None:
        (key,) = swept(world, samples.without_source(samples.cart()), age=10 * DAY)

        world.take_batch()

        assert (world.row(key).status, world.row(key).is_done) == (Status.ABANDONED, True)
        assert not world.events.events

    @pytest.mark.parametrize(
        ("auto_place", "ages"),
        [(False, [45 * 60, DAY, 10 * DAY]), (True, [45 * 60, DAY, 24 * DAY])],
        ids=["placed by the shop", "placed by itself"],
    )
    def test_a_cart_after_its_ages(self, world: World, auto_place: bool, ages: list[int]) -> None:
        world.rate_limiter.reading = RateReading(utilisation=0.3, unsettled_share=1.0, free_in=0.0)
        cart = samples.cart(auto_place=auto_place)
        world.commerce_layer.put(cart)
        world.event(cart)
        seen = []
        while world.row(KEY).is_open:
            assert not world.events.events
            check_next(world, KEY)
            seen.append(world.now - START)

        assert seen == [*ages, ages[-1] + 61]
        (detail,) = world.events.details
        assert (detail["kind"], detail["order"]["class"]) == ("PaymentAbandoned", "cart")

    def test_while_the_budget_is_idle_a_cart_is_refreshed_between_its_first_ages(self, world: World) -> None:
        (key,) = swept(world, samples.cart(), age=45 * 60)
        world.take_batch()
        seen = [world.now - START]
        while seen[-1] < DAY:
            check_next(world, key)
            seen.append(world.now - START)

        assert seen == [*range(45 * 60, DAY, 30 * 60), DAY]
        assert world.row(key).refreshes == len(seen)


class TestMissing:
    """Absent from lists twice, an hour apart, and then confirmed."""

    def witness(self, world: World) -> None:
        """Let another payment of the type be seen, which lists then show."""
        world.commerce_layer.put(samples.authorized(samples.order("b"), START))
        world.refresh({"type": KEY.type, "id": "pay-b"})
        world.events.events.clear()

    def test_one_that_lists_beside_another_leave_out_is_reported(self, world: World) -> None:
        self.witness(world)
        world.refresh(MANUAL)
        leave_out_twice(world, KEY)
        assert not world.events.events

        check_next(world, KEY)

        (detail,) = world.events.details
        assert (detail["kind"], detail["order"]["id"], detail["needs_a_person"]) == ("PaymentMissing", None, True)
        assert world.now >= START + HOUR

    def test_without_any_evidence_it_is_closed_at_the_end(self, world: World) -> None:
        world.refresh(MANUAL)
        while world.row(KEY).is_open:
            check_next(world, KEY)

        (detail,) = world.events.details
        assert (detail["kind"], detail["reason"], detail["needs_a_person"]) == ("PaymentClosed", "deleted", False)
        assert START + world.policy.give_up <= world.now < START + world.policy.give_up + DAY

    def test_an_order_that_is_missing_is_not(self, world: World) -> None:
        world.refresh({"order_id": "order-a"})
        leave_out_twice(world, samples.order_key())
        check_next(world, samples.order_key())

        assert (world.row(samples.order_key()).status, world.events.events) == (Status.MISSING, [])

    def test_who_heard_of_it_hears_that_it_settled(self, world: World) -> None:
        self.witness(world)
        world.refresh(MANUAL)
        leave_out_twice(world, KEY)
        check_next(world, KEY)

        world.event(samples.authorized(samples.order(), world.clock.now))
        check_next(world, KEY)

        assert world.events.kinds == {"PaymentMissing": 1, "PaymentSettled": 1}


class TestObserving:
    """Nothing is sent to Commerce Layer; what is seen is announced all the same."""

    def test_what_a_look_finds_settled(self, world: World) -> None:
        world.run_mode = RunMode.OBSERVE
        found(world, samples.authorized(samples.order(), START + 30))

        (detail,) = world.events.details
        assert (detail["kind"], detail["run_mode"], detail["reported_by"]) == ("PaymentSettled", "observe", "look")

    def test_what_stays_pending_is_reported_without_a_letter(self, world: World) -> None:
        world.run_mode = RunMode.OBSERVE
        swept(world, samples.order(), age=world.policy.give_up)

        world.take_batch()

        assert (world.row(KEY).status, world.row(KEY).expires_at is None) == (Status.REPORTED, False)
        assert (world.events.events, world.letters.letters) == ([], [])
        assert not world.commerce_layer.asked("refresh")
