"""Effects of an order event on the row of its payment."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain.intake import Result
from payment_refresh.domain.vocabulary import Notice, OutboxItem, SettledBy, Status, WatchClass
from payment_refresh.domain.watch import Due
from payment_refresh.errors import Conflict, StateUnavailable, UnreadableRow
from payment_refresh.times import to_iso
from payment_refresh.use_cases.apply_order import ATTEMPTS
from tests.support import samples
from tests.support.clock import START

if TYPE_CHECKING:
    from payment_refresh.domain.order import Order
    from tests.support.world import World

KEY, ORDER_KEY = samples.key(), samples.order_key()


def later(seconds: float) -> str:
    return to_iso(START + seconds)


def test_a_placed_unpaid_order_is_watched_from_its_placement(world: World) -> None:
    world.clock.advance(10)

    assert world.event(samples.order()) is Result.WATCHING

    row = world.row(KEY)
    assert (row.status, row.watch_class, row.round, row.revision) == (Status.WATCHING, WatchClass.PLACED, 1, 1)
    assert row.due_at == START + 60
    assert (row.order_id, row.order_number, row.gateway_id) == ("order-a", "10a", "pi_a")
    assert (row.amount_cents, row.currency) == (9900, "EUR")


def test_an_event_that_comes_late_is_due_at_once(world: World) -> None:
    world.clock.advance(3600)

    world.event(samples.order())

    assert world.row(KEY).due_at == START + 3600


def test_a_cart_is_watched_patiently(world: World) -> None:
    assert world.event(samples.cart()) is Result.WATCHING

    row = world.row(KEY)
    assert (row.watch_class, row.due_at) == (WatchClass.CART, START + 45 * 60)


OTHER = samples.order(kind="paypal_payments")
NOT_PLACED = samples.outbox_of(OutboxItem.NOT_PLACED)


@pytest.mark.parametrize(
    "announced",
    [
        None,
        samples.outbox_of(OutboxItem.STILL_PENDING),
        samples.outbox_of(OutboxItem.NOT_PLACED, OutboxItem.PLACED_AFTER_ALL),
    ],
    ids=["without a row", "nobody was told", "all is clear already"],
)
def test_a_payment_that_cannot_be_refreshed_is_ignored(
    world: World, announced: frozenset[OutboxItem] | None
) -> None:
    if announced is not None:
        world.table.put(samples.watch(samples.without_source(OTHER), world.policy, announced=announced))

    assert world.event(samples.authorized(OTHER, START + 9)) is Result.IGNORED

    assert not world.table.writes


def test_except_that_its_order_was_placed_after_all(world: World) -> None:
    """Who was told that it was not placed hears so."""
    reported = samples.watch(samples.without_source(samples.cart()), world.policy, announced=NOT_PLACED)
    world.table.put(
        replace(reported, status=Status.SETTLED, notice=Notice.NOT_PLACED, due_at=None, ended_at=START)
    )

    assert world.event(samples.authorized(OTHER, START + 9)) is Result.ENDED

    assert world.row(ORDER_KEY).outbox == {OutboxItem.PLACED_AFTER_ALL}


def test_without_a_payment_source_the_order_itself_is_watched(world: World) -> None:
    assert world.event(samples.without_source(samples.order())) is Result.WATCHING

    assert list(world.table.rows) == [ORDER_KEY]


@pytest.mark.parametrize(
    "order",
    [
        samples.authorized(samples.order(), START),
        samples.order(payment_status="refunded"),
        samples.order(payment_status="free"),
        samples.cart(status="cancelled"),
        samples.cart(status="draft"),
        samples.without_source(samples.authorized(samples.order(), START)),
    ],
    ids=["settled", "refunded", "free", "cancelled cart", "draft", "settled, source unknown"],
)
def test_an_order_with_nothing_to_wait_for_is_not_watched(world: World, order: Order) -> None:
    assert world.event(order) is Result.IGNORED

    assert not world.table.rows


def test_money_on_an_order_not_placed_is_watched_for_a_quarter_of_an_hour(world: World) -> None:
    assert world.event(samples.authorized(samples.cart(), START)) is Result.WATCHING

    row = world.row(KEY)
    assert (row.unplaced_since, row.due_at) == (START, START + 15 * 60)


def test_a_cart_that_is_placed_is_due_soon(world: World) -> None:
    world.event(samples.cart())
    world.clock.advance(600)

    assert world.event(samples.order(at=START + 595)) is Result.UPDATED

    row = world.row(KEY)
    assert (row.watch_class, row.started_at, row.due_at) == (WatchClass.PLACED, START + 595, START + 655)


def test_an_authorization_ends_the_watch(world: World) -> None:
    world.event(samples.order())
    world.clock.advance(20)

    assert world.event(samples.authorized(samples.order(), START + 19)) is Result.ENDED

    row = world.row(KEY)
    assert (row.status, row.settled_by) == (Status.SETTLED, SettledBy.WEBHOOK)
    assert (row.due_at, row.ended_at) == (None, START + 20)
    assert row.expires_at == START + 20 + world.policy.retention
    assert [(check.by, check.verdict) for check in row.checks] == [("event", "settled")]


def test_a_cancelled_cart_is_closed(world: World) -> None:
    world.event(samples.cart())

    assert world.event(samples.cart(status="cancelled", updated_at=later(5))) is Result.ENDED

    assert world.row(KEY).status is Status.CLOSED


def test_a_cancelled_order_is_asked_about_at_few_ages_from_then_on(world: World) -> None:
    world.event(samples.order())

    assert world.event(samples.order(status="cancelled", updated_at=later(5))) is Result.UPDATED

    row = world.row(KEY)
    assert (row.status, row.cancelled_at, row.watch_class) == (Status.WATCHING, START, WatchClass.PLACED)
    assert row.due_at == START + 60


def test_the_same_event_again_changes_nothing(world: World) -> None:
    world.event(samples.order())

    assert world.event(samples.order()) is Result.STALE

    assert world.row(KEY).revision == 1


def test_an_older_order_never_overrules_a_newer_one(world: World) -> None:
    world.event(samples.order(updated_at=later(5)))

    assert world.event(samples.authorized(samples.order(), START + 4)) is Result.STALE

    assert world.row(KEY).status is Status.WATCHING


def test_an_older_event_does_not_revive_a_settled_watch(world: World) -> None:
    world.event(samples.order())
    world.event(samples.authorized(samples.order(), START + 9))

    assert world.event(samples.order(updated_at=later(3))) is Result.STALE

    assert world.row(KEY).status is Status.SETTLED


def test_on_a_claimed_watch_an_event_is_only_recorded(world: World) -> None:
    world.table.put(samples.claimed(samples.order(), world.policy, until=START + 600))

    assert world.event(samples.authorized(samples.order(), START + 9)) is Result.DEFERRED
    assert world.event(samples.authorized(samples.order(), START + 10)) is Result.DEFERRED

    row = world.row(KEY)
    assert (row.status, row.event_during_lease, row.claim, row.revision) == (Status.WATCHING, True, "token", 2)


def test_a_claim_that_came_in_between_is_not_overwritten(world: World) -> None:
    """The sweep claims after the event was read: the write is lost, and the event recorded instead."""
    world.event(samples.order())
    world.table.faults.meanwhile("write", lambda: world.table.claim(Due(KEY, START + 60), "token", START + 600))

    assert world.event(samples.authorized(samples.order(), START + 9)) is Result.DEFERRED

    row = world.row(KEY)
    assert (row.status, row.event_during_lease, row.claim) == (Status.WATCHING, True, "token")


def test_two_first_events_at_once_make_one_watch(world: World) -> None:
    world.table.faults.meanwhile("write", lambda: world.event(samples.order()))

    assert world.event(samples.authorized(samples.cart(), START + 1)) is Result.UPDATED

    assert (world.row(KEY).revision, world.row(KEY).round) == (2, 1)


def test_a_row_that_others_keep_writing_is_given_back_to_commerce_layer(world: World) -> None:
    world.event(samples.order())

    def rewritten() -> None:
        world.table.put(replace(world.row(KEY), revision=world.row(KEY).revision + 1))

    for _ in range(ATTEMPTS):
        world.table.faults.meanwhile("write", rewritten)

    with pytest.raises(Conflict):
        world.event(samples.authorized(samples.order(), START + 9))

    assert world.row(KEY).status is Status.WATCHING


@pytest.mark.parametrize("operation", ["read", "write"])
def test_a_table_that_does_not_answer_is_reported(world: World, operation: str) -> None:
    world.table.faults.add(operation, StateUnavailable("down"))

    with pytest.raises(StateUnavailable):
        world.event(samples.order())


def test_an_event_whose_write_was_not_answered_may_come_again(world: World) -> None:
    world.table.faults.add("write", StateUnavailable("answer lost"), after=True)
    with pytest.raises(StateUnavailable):
        world.event(samples.order())

    assert world.event(samples.order()) is Result.STALE

    assert world.row(KEY).revision == 1


def test_a_row_of_a_newer_version_is_left_alone(world: World) -> None:
    world.table.unreadable.add(KEY)

    with pytest.raises(UnreadableRow):
        world.event(samples.order())

    assert not world.table.writes
