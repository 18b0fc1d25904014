"""Announcements of payments that end: one event of a kind for each watch and round."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from payment_refresh.domain.policy import HOUR
from payment_refresh.domain.vocabulary import SettledBy, Status
from payment_refresh.times import to_iso
from tests.support import samples
from tests.support.clock import START
from tests.unit.use_cases.steps import KEY, LATER, authorize, check_next, found, swept

if TYPE_CHECKING:
    from tests.support.world import World


class TestSettled:
    """Announced where a check found it; what the gateway's webhook settled in time needs no event."""

    def test_by_our_refresh(self, world: World) -> None:
        swept(world, samples.order())
        authorize(world, samples.order())

        world.take_batch()

        (detail,) = world.events.details
        assert (detail["kind"], detail["settled_by"], detail["reported_by"]) == (
            "PaymentSettled",
            "refresh",
            "refresh",
        )
        assert (detail["at"], detail["pending_for_s"]) == (to_iso(START + 70), 70)
        assert world.row(KEY).is_done

    def test_by_the_webhook_and_found_by_a_look(self, world: World) -> None:
        found(world, samples.authorized(samples.order(), START + 30))

        (detail,) = world.events.details
        assert (detail["kind"], detail["settled_by"], detail["reported_by"]) == (
            "PaymentSettled",
            "webhook",
            "look",
        )

    def test_an_order_that_costs_nothing_any_more(self, world: World) -> None:
        found(world, samples.order(payment_status="free", updated_at=LATER))

        assert world.events.kinds == {"PaymentSettled": 1}

    def test_at_the_last_look_it_is_settled_and_nothing_else(self, world: World) -> None:
        (key,) = swept(world, samples.order(), age=world.policy.give_up)
        world.take_batch()
        world.commerce_layer.put(samples.authorized(samples.order(), world.clock.now + 9))

        check_next(world, key)

        assert world.events.kinds == {"PaymentSettled": 1}
        assert not world.letters.letters


class TestMoneyOnAnOrderNotPlaced:
    """Looked at once more a quarter of an hour later, then announced."""

    paid = samples.authorized(samples.cart(), START + 5)

    def test_still_not_placed(self, world: World) -> None:
        found(world, self.paid, before=samples.cart(at=START - HOUR))
        assert not world.events.events

        check_next(world, KEY)

        (detail,) = world.events.details
        assert (detail["kind"], detail["order"]["class"]) == ("OrderAuthorizedNotPlaced", "cart")
        assert (detail["settled_by"], world.row(KEY).status) == ("webhook", Status.SETTLED)
        assert world.now == START + 70 + world.policy.unplaced_after

    def test_placed_in_time_it_is_settled(self, world: World) -> None:
        found(world, self.paid, before=samples.cart(at=START - HOUR))
        world.commerce_layer.put(samples.authorized(samples.order(), START + 90))

        check_next(world, KEY)

        assert world.events.kinds == {"PaymentSettled": 1}

    @pytest.mark.parametrize("kind", ["paypal_payments", "wire_transfers"])
    def test_with_a_payment_that_cannot_be_refreshed(self, world: World, kind: str) -> None:
        """Such an order is found by hand or by discover; only the order is known then."""
        world.commerce_layer.put(samples.authorized(samples.cart(kind=kind), START))
        key = samples.order_key()

        world.refresh({"order_id": "order-a"})
        assert (world.row(key).status, world.events.events) == (Status.WATCHING, [])
        check_next(world, key)

        (detail,) = world.events.details
        assert (detail["kind"], detail["payment"]) == ("OrderAuthorizedNotPlaced", None)
        assert (detail["id"], detail["found_by"]) == ("orders#order-a#1#OrderAuthorizedNotPlaced", "manual")
        assert (world.row(key).status, world.row(key).settled_by) == (Status.SETTLED, SettledBy.WEBHOOK)
        assert not world.commerce_layer.asked("refresh")

    def test_such_an_order_that_was_placed_is_nobodys_news(self, world: World) -> None:
        world.commerce_layer.put(samples.authorized(samples.order(kind="paypal_payments"), START))

        world.refresh({"order_id": "order-a"})

        assert (world.row(samples.order_key()).status, world.events.events) == (Status.CLOSED, [])


class TestClosed:
    """Nothing is left to wait for."""

    @pytest.mark.parametrize("status", ["voided", "partially_voided", "refunded", "partially_refunded"])
    def test_the_money_went_back(self, world: World, status: str) -> None:
        found(world, samples.order(payment_status=status, updated_at=LATER))

        assert world.events.kinds == {"PaymentClosed": 1}

    def test_a_cart_was_cancelled(self, world: World) -> None:
        found(world, samples.cart(status="cancelled", updated_at=LATER), before=samples.cart(at=START - HOUR))

        assert world.events.kinds == {"PaymentClosed": 1}


class TestCancelled:
    """A debit may still succeed after a placed order was cancelled: it is asked about at few ages."""

    cancelled = samples.order(status="cancelled", updated_at=LATER)
    money = samples.authorized(cancelled, START + 90)

    def test_without_money_it_is_closed_quietly_in_the_end(self, world: World) -> None:
        found(world, self.cancelled)
        assert not world.events.events

        while world.row(KEY).is_open:
            check_next(world, KEY)

        (detail,) = world.events.details
        assert (detail["kind"], detail["reason"], detail["needs_a_person"]) == (
            "PaymentClosed",
            "cancelled",
            False,
        )
        assert world.now >= START + world.policy.give_up
        assert not world.letters.letters
        assert not world.commerce_layer.asked("refresh")

    def test_money_that_a_look_finds(self, world: World) -> None:
        found(world, self.cancelled)
        world.commerce_layer.put(self.money)

        check_next(world, KEY)

        assert world.events.kinds == {"PaymentOnCancelledOrder": 1}

    def test_money_that_an_event_reports(self, world: World) -> None:
        found(world, self.cancelled)

        world.event(self.money)
        check_next(world, KEY)

        (detail,) = world.events.details
        assert (detail["kind"], detail["reported_by"]) == ("PaymentOnCancelledOrder", "event")

    def test_money_on_a_cancelled_cart_that_was_closed(self, world: World) -> None:
        cart = samples.cart(status="cancelled", updated_at=LATER)
        found(world, cart, before=samples.cart(at=START - HOUR))

        world.event(samples.authorized(cart, START + 90))
        check_next(world, KEY)
        world.event(samples.authorized(cart, START + 95))

        assert world.events.kinds == {"PaymentClosed": 1, "PaymentOnCancelledOrder": 1}
        assert world.row(KEY).is_done

    def test_money_after_it_was_closed(self, world: World) -> None:
        found(world, self.cancelled)
        while world.row(KEY).is_open:
            check_next(world, KEY)

        world.event(self.money)
        check_next(world, KEY)

        assert world.events.kinds == {"PaymentClosed": 1, "PaymentOnCancelledOrder": 1}


class TestSeveralPayments:
    """An order has one payment source at a time, but a shopper may have paid through an earlier one too."""

    paid_otherwise = samples.authorized(samples.order(source_id="pay-b", gateway_id="pi_b"), START + 20)

    def test_paid_through_another_one_it_is_closed_quietly(self, world: World) -> None:
        found(world, self.paid_otherwise)

        (detail,) = world.events.details
        assert (detail["kind"], detail["payment"]["id"]) == ("PaymentClosed", "pay-a")
        assert (detail["reason"], detail["needs_a_person"]) == ("replaced", False)

    @pytest.mark.parametrize(
        ("reversals_known", "evidence", "calls"),
        [(True, "money", True), (False, "authorization_only", False)],
        ids=["no void is there", "voids cannot be read"],
    )
    def test_where_both_hold_the_money_it_is_superseded(
        self, world: World, reversals_known: bool, evidence: str, calls: bool
    ) -> None:
        held = (samples.through("t1", KEY, START + 9), samples.through("t2", samples.key("b"), START + 20))
        both: dict[str, Any] = {
            "authorizations": held,
            "authorizations_known": True,
            "reversals_known": reversals_known,
        }

        found(world, replace(self.paid_otherwise, **both))

        (detail,) = world.events.details
        assert (detail["kind"], detail["payment"]["gateway_id"]) == ("PaymentSuperseded", "pi_a")
        assert (detail["other_payment_id"], detail["held_cents"]) == ("pay-b", 9900)
        assert (detail["evidence"], detail["needs_a_person"]) == (evidence, calls)

    def test_both_are_watched_and_each_is_reported_once(self, world: World) -> None:
        swept(world, samples.order(), age=0)
        swept(world, samples.order(source_id="pay-b", updated_at=LATER))
        world.commerce_layer.put(self.paid_otherwise)

        world.take_batch()

        ids = sorted(detail["id"] for detail in world.events.details)
        assert ids == ["stripe_payments#pay-a#1#PaymentClosed", "stripe_payments#pay-b#1#PaymentSettled"]

    def test_another_one_that_is_unpaid_is_no_news(self, world: World) -> None:
        found(world, samples.order(source_id="pay-b", updated_at=LATER))

        assert (world.events.events, world.row(KEY).status) == ([], Status.WATCHING)

    def test_the_row_of_an_order_is_never_superseded(self, world: World) -> None:
        swept(world, samples.without_source(samples.order()))
        world.commerce_layer.put(self.paid_otherwise)

        world.take_batch()

        assert (world.events.events, world.row(samples.order_key()).status) == ([], Status.CLOSED)
