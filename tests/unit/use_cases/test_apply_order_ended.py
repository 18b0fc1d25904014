"""Effects of an order event on a watch that has ended, through the use case."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain.intake import Result
from payment_refresh.domain.vocabulary import Reason, SettledBy, Status, WatchClass
from payment_refresh.times import to_iso
from tests.support import samples
from tests.support.clock import START

if TYPE_CHECKING:
    from tests.support.world import World

KEY, ORDER_KEY = samples.key(), samples.order_key()


def later(seconds: float) -> str:
    return to_iso(START + seconds)


class TestEndedWatches:
    """Changes that may still come."""

    def test_a_dead_lettered_watch_is_settled_by_an_event(self, world: World) -> None:
        world.table.put(samples.dead_lettered(samples.order(), world.policy, at=START + 10))

        assert world.event(samples.authorized(samples.order(), START + 20)) is Result.ENDED

        row = world.row(KEY)
        assert (row.status, row.settled_by, row.due_at) == (Status.SETTLED, SettledBy.WEBHOOK, None)

    def test_what_a_settled_watch_unrelayed_is_not_unrelayed_any_more(self, world: World) -> None:
        world.table.put(samples.unrelayed(samples.order(), world.policy, at=START + 10, claim="token", claims=1))

        world.event(samples.authorized(samples.order(), START + 20))

        row = world.row(KEY)
        assert (row.outbox, row.due_at, row.claim) == (frozenset(), None, None)

    def test_a_dead_lettered_watch_stays_with_the_person_who_has_the_letter(self, world: World) -> None:
        world.table.put(samples.dead_lettered(samples.order(), world.policy, at=START + 10))

        assert world.event(samples.order(updated_at=later(20))) is Result.IGNORED

        assert world.row(KEY).reason is Reason.STAYED_PENDING

    def test_an_abandoned_cart_that_is_paid_is_settled(self, world: World) -> None:
        world.table.put(samples.watch(samples.cart(), world.policy, status=Status.ABANDONED, due_at=None))

        assert world.event(samples.authorized(samples.order(), START + 20)) is Result.ENDED

        assert world.row(KEY).status is Status.SETTLED

    def test_an_abandoned_cart_that_is_placed_is_watched_again(self, world: World) -> None:
        world.table.put(samples.watch(samples.cart(), world.policy, status=Status.ABANDONED, due_at=None))
        world.clock.advance(86400)

        assert world.event(samples.order(at=START + 86390)) is Result.WATCHING

        row = world.row(KEY)
        assert (row.status, row.round, row.watch_class) == (Status.WATCHING, 2, WatchClass.PLACED)
        assert (row.due_at, row.ended_at, row.expires_at) == (START + 86450, None, None)

    def test_money_on_an_abandoned_cart_is_looked_at_after_a_quarter_of_an_hour(self, world: World) -> None:
        world.table.put(samples.watch(samples.cart(), world.policy, status=Status.ABANDONED, due_at=None))

        assert world.event(samples.authorized(samples.cart(), START + 1)) is Result.WATCHING

        row = world.row(KEY)
        assert (row.round, row.unplaced_since, row.due_at) == (2, START, START + 15 * 60)

    @pytest.mark.parametrize("status", [Status.SETTLED, Status.CLOSED])
    def test_a_second_end_of_the_same_kind_is_no_news(self, world: World, status: Status) -> None:
        world.table.put(samples.watch(samples.order(), world.policy, status=status, due_at=None))

        assert world.event(samples.authorized(samples.order(), START + 20)) is Result.IGNORED

        assert not world.table.writes

    def test_an_order_settled_though_never_placed_is_not_watched_again_for_the_same_money(
        self, world: World
    ) -> None:
        paid = samples.authorized(samples.cart(), START)
        world.table.put(samples.watch(paid, world.policy, status=Status.SETTLED, due_at=None))

        assert world.event(replace(paid, updated_at=later(3600))) is Result.IGNORED

        assert not world.table.writes

    @pytest.mark.parametrize("status", [Status.WATCHING, Status.SETTLED, Status.DEAD_LETTERED])
    def test_another_order_of_the_same_payment_starts_the_next_round(self, world: World, status: Status) -> None:
        world.table.put(samples.watch(samples.order("z"), world.policy, status=status))
        other = samples.order("b", source_id="pay-z")

        assert world.event(other) is Result.WATCHING

        row = world.row(samples.key("z"))
        assert (row.status, row.round, row.order_id) == (Status.WATCHING, 2, "order-b")
