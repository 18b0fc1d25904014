"""Ends of a watch: observed only, given up in two steps, or handed over to the payment's own row."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain.deployment import RunMode
from payment_refresh.domain.vocabulary import Status, WatchClass
from payment_refresh.metrics import Metric
from payment_refresh.times import to_iso
from tests.support import samples
from tests.support.clock import START
from tests.unit.use_cases.steps import sweep_next, swept

if TYPE_CHECKING:
    from payment_refresh.domain.order import Order
    from tests.support.world import World

DAY = 86400


class TestObserving:
    """Nothing may be sent; all the rest still happens."""

    def test_observe_mode_sends_no_refresh(self, world: World) -> None:
        world.run_mode = RunMode.OBSERVE
        (key,) = swept(world, samples.order())

        report = world.take_batch()

        assert report.counts == {"ListCalls": 1, "NotSent": 1, "Pending": 1}
        assert (world.row(key).refreshes, world.row(key).checks[-1].by) == (0, "look")

    def test_an_order_older_than_the_deployment_is_only_looked_at(self, world: World) -> None:
        world.act_after = START + 10
        swept(world, samples.order(), samples.order("b", at=START + 10), samples.cart("c", at=START + 9))

        report = world.refresh({"type": "stripe_payments", "id": "pay-c"})
        world.take_batch()

        assert report.counts == {"ListCalls": 1, "RefreshCalls": 1, "Pending": 1}, "a person asked for it"
        asked = world.commerce_layer.asked("refresh")
        assert asked == [("stripe_payments#pay-c",), ("stripe_payments#pay-b",)]

    def test_a_cart_placed_since_the_deployment_is_acted_on(self, world: World) -> None:
        world.act_after = START + 10
        world.event(samples.cart(at=START))
        swept(world, samples.order(at=START + 10))

        assert world.take_batch().counts[Metric.REFRESH_CALLS] == 1

    def test_what_is_only_observed_is_reported_without_a_refresh_or_a_letter(self, world: World) -> None:
        world.run_mode = RunMode.OBSERVE
        (key,) = swept(world, samples.order(), age=world.policy.give_up)

        report = world.take_batch()

        assert report.counts == {"ListCalls": 1, "NotSent": 1, "Reported": 1}
        assert world.row(key).status is Status.REPORTED
        assert (world.letters.letters, world.events.events) == ([], [])


class TestGivingUp:
    """It takes a refresh, and then a look."""

    def test_a_placed_order_is_given_up_in_two_steps(self, world: World) -> None:
        (key,) = swept(world, samples.order(), age=world.policy.give_up)

        assert world.take_batch().counts == {"ListCalls": 1, "RefreshCalls": 1, "Pending": 1}
        assert not world.letters.letters

        world.clock.advance(world.policy.first - 1)
        assert world.sweep().claimed == 0
        sweep_next(world, key)
        assert world.take_batch().counts == {"ListCalls": 1, "DeadLettered": 1}
        row = world.row(key)
        assert (row.status, row.reason, row.outbox, row.due_at) == (
            Status.DEAD_LETTERED,
            "stayed_pending",
            frozenset(),
            row.ended_at,
        )
        (letter,) = world.letters.contents
        assert (letter["type"], letter["id"], letter["round"]) == ("stripe_payments", "pay-a", 1)
        assert (letter["reason"], letter["order_number"], letter["refreshes"]) == ("stayed_pending", "10a", 1)

    def test_what_settles_before_the_last_look_is_not_given_up(self, world: World) -> None:
        order = samples.order()
        (key,) = swept(world, order, age=world.policy.give_up)
        world.take_batch()
        world.commerce_layer.put(samples.authorized(order, world.clock.now + 50))

        sweep_next(world, key)
        world.take_batch()

        assert world.row(key).status is Status.SETTLED
        assert not world.letters.letters

    def test_a_cart_is_abandoned_without_a_letter(self, world: World) -> None:
        (key,) = swept(world, samples.cart(), age=10 * DAY)
        world.take_batch()

        sweep_next(world, key)

        assert world.take_batch().counts == {"ListCalls": 1, "Abandoned": 1}
        assert world.row(key).status is Status.ABANDONED
        assert not world.letters.letters


class TestOrdersWhosePaymentIsNotKnown:
    """Their rows only serve to find the payment."""

    def test_the_payment_gets_a_watch_of_its_own_due_at_once(self, world: World) -> None:
        order = samples.order()
        swept(world, samples.without_source(order))
        world.commerce_layer.put(order)

        report = world.take_batch()

        assert report.counts == {"ListCalls": 1, "Closed": 1}
        assert world.row(samples.order_key()).status is Status.CLOSED
        assert (world.row(samples.key()).status, world.row(samples.key()).due_at) == (Status.WATCHING, START + 70)
        world.sweep()
        assert world.take_batch().counts[Metric.REFRESH_CALLS] == 1

    def test_a_payment_that_is_watched_already_is_not_watched_twice(self, world: World) -> None:
        order = samples.order()
        swept(world, samples.without_source(order), order, age=70)

        world.take_batch()

        assert world.row(samples.order_key()).status is Status.CLOSED
        assert (world.row(samples.key()).round, world.row(samples.key()).status) == (1, Status.WATCHING)

    def test_what_it_finds_of_a_watched_payment_is_reported_by_that_payments_own_check(self, world: World) -> None:
        """No event reported it, so nobody knows yet."""
        order = samples.order()
        swept(world, samples.without_source(order))
        world.event(order)
        world.commerce_layer.put(samples.authorized(order, START + 65))
        world.take_batch()
        assert (world.row(samples.key()).status, world.row(samples.key()).due_at) == (Status.WATCHING, START + 70)

        world.sweep()
        world.take_batch()

        assert world.row(samples.key()).status is Status.SETTLED
        assert world.events.kinds == {"PaymentSettled": 1}

    def test_a_payment_that_is_being_checked_is_checked_once_more(self, world: World) -> None:
        order = samples.order()
        swept(world, samples.without_source(order))
        world.commerce_layer.put(order)
        world.table.put(samples.claimed(order, world.policy, until=START + 600))

        world.take_batch()

        row = world.row(samples.key())
        assert (row.claim, row.event_during_lease, row.due_at) == ("token", True, START + 600)

    def test_who_wrote_the_payments_row_first_knows_more(self, world: World) -> None:
        order = samples.order()
        swept(world, samples.without_source(order))
        world.event(order)
        world.commerce_layer.put(order)
        world.table.faults.meanwhile("write", lambda: world.event(samples.authorized(order, START + 65)))

        assert world.take_batch().failed == frozenset()

        assert world.row(samples.key()).status is Status.SETTLED
        assert world.row(samples.order_key()).status is Status.CLOSED

    @pytest.mark.parametrize(
        "found",
        [
            samples.order(kind="paypal_payments"),
            samples.authorized(samples.order(), START),
            samples.without_source(samples.cart(status="cancelled")),
        ],
        ids=["not refreshable", "settled", "cancelled"],
    )
    def test_with_nothing_left_to_find_it_is_closed(self, world: World, found: Order) -> None:
        swept(world, samples.without_source(samples.order()))
        world.commerce_layer.put(replace(found, updated_at=to_iso(START + 5)))

        assert world.take_batch().counts == {"ListCalls": 1, "Closed": 1}

        assert list(world.table.rows) == [samples.order_key()]

    def test_a_cart_that_never_gets_a_payment_is_abandoned(self, world: World) -> None:
        swept(world, samples.without_source(samples.cart()), age=45 * 60)
        assert world.take_batch().counts == {"ListCalls": 1, "Pending": 1}

        world.clock.advance(10 * DAY)
        world.sweep()

        assert world.take_batch().counts == {"ListCalls": 1, "Abandoned": 1}
        assert world.row(samples.order_key()).status is Status.ABANDONED

    def test_a_placed_order_that_never_gets_a_payment_is_given_up(self, world: World) -> None:
        swept(world, samples.without_source(samples.order()), age=world.policy.give_up)

        assert world.take_batch().counts == {"ListCalls": 1, "DeadLettered": 1}

        (letter,) = world.letters.contents
        assert (letter["type"], letter["id"]) == ("orders", "order-a")

    def test_no_refresh_is_sent_for_an_order(self, world: World) -> None:
        swept(world, samples.without_source(samples.order()))

        world.take_batch()

        assert not world.commerce_layer.asked("refresh")
        assert world.row(samples.order_key()).watch_class is WatchClass.PLACED
