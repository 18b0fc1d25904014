"""Outboxes that others write to, take or relay meanwhile."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain.vocabulary import OutboxItem
from payment_refresh.times import to_iso
from tests.support import samples
from tests.support.clock import START
from tests.support.faults import Crash
from tests.unit.use_cases.steps import (
    KEY,
    MISMATCHES,
    SETTLED_ID,
    check_next,
    found,
    ids,
    settling,
    sweep_next,
    swept,
)

if TYPE_CHECKING:
    from tests.support.world import World


class TestMeanwhile:
    """Somebody else writes the row while its events are sent."""

    def test_an_order_event_on_an_open_watch_loses_neither_its_news_nor_the_clearing(self, world: World) -> None:
        swept(world, samples.order())
        world.commerce_layer.put(MISMATCHES[0])
        news = replace(MISMATCHES[0], amount_cents=1, updated_at=to_iso(START + 71))
        world.events.faults.meanwhile("send", lambda: world.event(news))

        assert world.take_batch().failed == frozenset()

        row = world.row(KEY)
        assert (row.amount_cents, row.outbox, row.announced) == (
            1,
            frozenset(),
            samples.outbox_of(OutboxItem.AMOUNT_MISMATCH),
        )

    def test_an_end_that_an_event_overrules_is_not_cleared_in_its_place(self, world: World) -> None:
        """The first end was not announced yet; the second is announced as well, since a person heard by then."""
        (key,) = swept(world, samples.order(), age=world.policy.give_up)
        world.take_batch()
        settled = samples.authorized(samples.order(), world.clock.now + 30)
        world.events.faults.meanwhile("send", lambda: world.event(settled))

        check_next(world, key)
        assert world.row(key).outbox == samples.outbox_of(OutboxItem.SETTLED)
        check_next(world, key)

        assert world.events.kinds == {OutboxItem.STILL_PENDING: 1, OutboxItem.SETTLED: 1}
        assert world.row(key).is_done

    def test_the_next_round_enqueues_the_same_anew(self, world: World) -> None:
        """Another order of the same payment came, and its amount differs too."""
        other = replace(MISMATCHES[0], id="order-b", updated_at=to_iso(START + 71))
        world.events.faults.meanwhile("send", lambda: world.event(other))
        found(world, MISMATCHES[0])

        row = world.row(KEY)
        assert (row.round, row.order_id, row.outbox) == (
            2,
            "order-b",
            samples.outbox_of(OutboxItem.AMOUNT_MISMATCH),
        )

        world.commerce_layer.put(other)
        check_next(world, KEY)
        assert ids(world) == [f"stripe_payments#pay-a#{round_}#PaymentAmountMismatch" for round_ in (1, 2)]

    def test_a_row_that_is_gone_needs_no_clearing(self, world: World) -> None:
        key = settling(world)
        world.events.faults.meanwhile("send", world.table.rows.clear)

        assert world.take_batch().failed == frozenset()

        assert (ids(world), key in world.table.rows) == ([SETTLED_ID], False)

    def test_the_sweep_does_not_race_with_the_invocation_that_is_sending(self, world: World) -> None:
        settling(world)
        world.events.faults.meanwhile("send", world.sweep)

        world.take_batch()

        assert (ids(world), world.queue.waiting) == ([SETTLED_ID], {})

    def test_two_messages_that_find_the_same_outbox_send_it_twice_at_most_and_empty_it(self, world: World) -> None:
        """The second is queued once the lease of the first has passed, while that still sends."""
        key = settling(world)
        world.events.refused = {OutboxItem.SETTLED}
        world.take_batch()
        world.events.refused = set()
        sweep_next(world, key)

        def again() -> None:
            world.clock.advance(world.lease)
            world.sweep()

        world.events.faults.meanwhile("send", again)
        world.take_batch()
        world.take_batch()

        assert (ids(world), world.row(key).is_done) == ([SETTLED_ID], True)

    def test_a_message_that_waited_out_its_lease_still_sends_once(self, world: World) -> None:
        """The lease ends while it sends; the sweep must not give the same outbox to another message then."""
        key = settling(world)
        world.events.refused = {OutboxItem.SETTLED}
        world.take_batch()
        world.events.refused = set()
        sweep_next(world, key)
        world.clock.advance(world.lease - 1)

        def meanwhile() -> None:
            world.clock.advance(2)
            world.sweep()
            world.take_batch()

        world.events.faults.meanwhile("send", meanwhile)
        world.take_batch()

        assert (ids(world), world.row(key).is_done) == ([SETTLED_ID], True)

    def test_who_dies_sending_leaves_the_outbox_due_again_after_a_lease(self, world: World) -> None:
        key = settling(world)
        world.events.refused = {OutboxItem.SETTLED}
        world.take_batch()
        sweep_next(world, key)
        world.clock.advance(5)
        world.events.faults.add("send", Crash())

        with pytest.raises(Crash):
            world.take_batch()

        assert (world.row(key).claim, world.row(key).due_at) == (None, world.now + world.lease)
