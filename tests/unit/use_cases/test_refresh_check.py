"""The check of a batch: look first, refresh what is pending, write the outcome."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain.vocabulary import SettledBy, Status
from payment_refresh.errors import Declined
from payment_refresh.metrics import Metric
from payment_refresh.times import to_iso
from tests.support import samples
from tests.support.clock import START
from tests.unit.use_cases.steps import authorize, check_next, swept

if TYPE_CHECKING:
    from payment_refresh.domain.order import Order
    from tests.support.world import World

DAY = 86400


def test_a_pending_payment_is_refreshed_and_settles(world: World) -> None:
    order = samples.order()
    (key,) = swept(world, order)
    authorize(world, order)

    report = world.take_batch()

    assert report.failed == frozenset()
    assert report.counts == {"ListCalls": 1, "RefreshCalls": 1, "Settled": 1, "SettledByRefresh": 1}
    row = world.row(key)
    assert (row.status, row.settled_by, row.refreshes) == (Status.SETTLED, SettledBy.REFRESH, 1)
    assert (row.due_at, row.claim, row.claims) == (None, None, 0)
    assert [(check.by, check.verdict, check.payment_status) for check in row.checks] == [
        ("refresh", "settled", "authorized")
    ]
    assert not world.queue.in_flight
    (line,) = world.log.of("watch_ended")
    assert (line["payment"], line["settled_by"], line["pending_for_s"]) == (str(key), "refresh", 70)


def test_a_payment_that_settled_meanwhile_is_not_refreshed(world: World) -> None:
    order = samples.order()
    (key,) = swept(world, order)
    world.commerce_layer.put(samples.authorized(order, START + 30))

    report = world.take_batch()

    assert report.counts == {"ListCalls": 1, "Settled": 1, "SettledByWebhook": 1}
    assert world.row(key).settled_by is SettledBy.WEBHOOK


def test_a_payment_that_stays_pending_waits_in_the_table(world: World) -> None:
    (key,) = swept(world, samples.order())

    report = world.take_batch()

    assert report.counts == {"ListCalls": 1, "RefreshCalls": 1, "Pending": 1}
    row = world.row(key)
    assert (row.status, row.claim, row.refreshes) == (Status.WATCHING, None, 1)
    assert row.due_at is not None
    assert START + 70 < row.due_at <= START + 70 + world.policy.cap
    assert not world.queue.backlog()


def test_twenty_five_payments_of_all_types_are_looked_at_in_one_call(world: World) -> None:
    kinds = ("stripe_payments", "checkout_com_payments", "satispay_payments")
    orders = [samples.order(f"{number:02}", kind=kinds[number % 3]) for number in range(25)]
    swept(world, *orders)
    world.commerce_layer.put(*(samples.authorized(order, START + 30) for order in orders[:20]))

    report = world.take_batch()

    counts = {"ListCalls": 1, "RefreshCalls": 5, "Settled": 20, "SettledByWebhook": 20, "Pending": 5}
    assert report.counts == counts
    assert len(world.commerce_layer.asked("look")[0]) == 25
    assert [name for name, _ in world.commerce_layer.calls] == ["look"] + ["refresh"] * 5


def test_an_order_of_two_payments_is_looked_at_once(world: World) -> None:
    first = samples.order()
    swept(world, first, age=0)
    swept(world, replace(first, source_id="pay-b", updated_at=to_iso(START + 1)))

    world.take_batch()

    assert world.commerce_layer.asked("look") == [("order-a",)]


def test_where_only_the_payment_is_known_its_order_is_found_first(world: World) -> None:
    world.commerce_layer.put(samples.order(), samples.order("b", kind="satispay_payments"))

    report = world.refresh(
        {"type": "stripe_payments", "id": "pay-a"},
        {"type": "satispay_payments", "id": "pay-b"},
    )

    assert world.commerce_layer.asked("find_orders") == [
        ("satispay_payments", "pay-b"),
        ("stripe_payments", "pay-a"),
    ]
    assert report.counts == {"ListCalls": 3, "RefreshCalls": 2, "Pending": 2}
    assert world.row(samples.key()).order_number == "10a"


def test_absence_from_a_list_proves_nothing(world: World) -> None:
    """A list may lag: the record itself is asked."""
    order = samples.order()
    (key,) = swept(world, order)
    world.commerce_layer.hidden.add(order.id)
    authorize(world, order)

    report = world.take_batch()

    assert report.counts == {
        "ListCalls": 2,
        "RetrieveCalls": 1,
        "RefreshCalls": 1,
        "Settled": 1,
        "SettledByRefresh": 1,
    }
    assert world.row(key).settled_by is SettledBy.REFRESH


def test_where_a_payments_answer_does_not_show_the_order_that_itself_is_asked(world: World) -> None:
    (key,) = swept(world, samples.order())
    world.commerce_layer.hidden.add("order-a")
    world.commerce_layer.shows_order = False

    report = world.take_batch()

    assert report.counts == {"ListCalls": 2, "RetrieveCalls": 2, "RefreshCalls": 1, "Pending": 1}
    assert world.row(key).status is Status.WATCHING


def test_a_refresh_answered_without_the_order_is_believed_by_the_next_look(world: World) -> None:
    order = samples.order()
    (key,) = swept(world, order)
    world.commerce_layer.shows_order = False
    authorize(world, order)

    assert world.take_batch().counts[Metric.PENDING] == 1

    assert check_next(world, key).counts[Metric.SETTLED] == 1
    assert world.row(key).settled_by is SettledBy.REFRESH


def test_a_refresh_whose_answer_lags_behind_is_believed_by_the_next_look(world: World) -> None:
    order = samples.order()
    (key,) = swept(world, order)
    world.commerce_layer.lagging = True
    authorize(world, order)

    assert world.take_batch().counts[Metric.PENDING] == 1

    check_next(world, key)
    assert (world.row(key).status, world.row(key).settled_by) == (Status.SETTLED, SettledBy.REFRESH)


def test_a_webhook_long_after_our_refresh_settled_it(world: World) -> None:
    order = samples.order()
    (key,) = swept(world, order)
    world.take_batch()
    world.commerce_layer.put(samples.authorized(order, world.clock.now + 60))

    world.clock.advance(3600)
    world.sweep()
    world.take_batch()

    assert world.row(key).settled_by is SettledBy.WEBHOOK


@pytest.mark.parametrize("status", [409, 422])
def test_a_declined_refresh_is_an_answer_and_no_verdict(world: World, status: int) -> None:
    (key,) = swept(world, samples.order())
    world.commerce_layer.script("refresh", str(key), Declined("no", status=status, code="VALIDATION_ERROR"))

    report = world.take_batch()

    assert report.counts == {"ListCalls": 1, "RefreshCalls": 1, "Declined": 1, "Pending": 1}
    row = world.row(key)
    assert (row.status, row.refreshes, row.consecutive_failures) == (Status.WATCHING, 1, 0)
    assert row.checks[-1].code == f"{status} VALIDATION_ERROR"


def test_an_event_that_came_meanwhile_makes_a_pending_watch_due_at_once(world: World) -> None:
    order = samples.order()
    (key,) = swept(world, order)
    world.event(replace(order, updated_at=to_iso(START + 71)))

    world.take_batch()

    row = world.row(key)
    assert (row.due_at, row.event_during_lease) == (START + 70, False)


def test_the_echo_of_our_own_refresh_is_not_taken_for_a_webhook(world: World) -> None:
    """The event of the order that our refresh moved comes before the outcome is written."""
    order = samples.order()
    (key,) = swept(world, order)
    moved = samples.authorized(order, START + 70)

    def effect() -> None:
        world.commerce_layer.put(moved)
        world.event(moved)

    world.commerce_layer.on_refresh(key, effect)

    report = world.take_batch()

    assert report.counts[Metric.SETTLED] == 1
    assert (world.row(key).settled_by, world.row(key).event_during_lease) == (SettledBy.REFRESH, False)


def test_an_older_look_never_overrules_newer_news(world: World) -> None:
    order = samples.order()
    (key,) = swept(world, replace(order, updated_at=to_iso(START + 50)))
    world.commerce_layer.put(replace(order, updated_at=to_iso(START + 40), payment_status="authorized"))

    report = world.take_batch()

    assert report.counts == {"ListCalls": 1, "Pending": 1}
    assert world.row(key).order_updated_at == to_iso(START + 50)


def test_money_on_an_order_not_placed_is_looked_at_once_more_then_settled(world: World) -> None:
    cart = samples.cart()
    (key,) = swept(world, cart, age=45 * 60)
    authorize(world, cart)

    assert world.take_batch().counts[Metric.PENDING] == 1
    assert world.row(key).due_at == world.now + 15 * 60

    world.clock.advance(15 * 60)
    world.sweep()
    assert world.take_batch().counts[Metric.SETTLED] == 1
    row = world.row(key)
    assert (row.status, row.settled_by, row.notice) == (Status.SETTLED, SettledBy.REFRESH, "not_placed")


@pytest.mark.parametrize(
    "seen",
    [
        samples.order(
            updated_at=to_iso(START + 5),
            payment_status="partially_authorized",
            authorizations=(samples.attempt("t", samples.key(), START, succeeded=True),),
        ),
        samples.order(updated_at=to_iso(START + 5), status="cancelled", payment_status="of the future"),
        samples.order(
            updated_at=to_iso(START + 5),
            mismatched=True,
            authorizations=(samples.attempt("t", samples.key(), START, succeeded=True),),
        ),
    ],
    ids=["partially authorized", "cancelled, of an unknown status", "amount mismatch"],
)
def test_what_a_refresh_cannot_cure_is_only_looked_at(world: World, seen: Order) -> None:
    (key,) = swept(world, samples.order())
    world.commerce_layer.put(seen)

    report = world.take_batch()

    assert report.counts == {"ListCalls": 1, "Pending": 1}
    assert (world.row(key).status, world.row(key).look_only) == (Status.WATCHING, True)
    assert world.row(key).due_at == START + 70 + math.ceil(world.policy.cap)


def test_a_failed_attempt_is_reported_once_and_waits_at_the_cap(world: World) -> None:
    failed = samples.order(authorizations=(samples.attempt("t1", samples.key(), START),))
    (key,) = swept(world, failed)

    world.take_batch()

    row = world.row(key)
    assert (row.notice, row.failed_attempt) == ("attempt_failed", "t1")
    assert row.due_at == START + 70 + math.ceil(world.policy.cap)


def test_payment_through_another_source_closes_the_watch_quietly(world: World) -> None:
    order = samples.order()
    (key,) = swept(world, order)
    world.commerce_layer.put(samples.authorized(replace(order, source_id="pay-b"), START + 5))

    assert world.take_batch().counts == {"ListCalls": 1, "Closed": 1}

    assert (world.row(key).status, world.row(key).notice, world.row(key).reason) == (
        Status.CLOSED,
        None,
        "replaced",
    )
