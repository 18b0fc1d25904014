"""Outcome events are stored with the outcome, then sent, then cleared; whatever dies in between, none is lost."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain.vocabulary import OutboxItem, Status
from payment_refresh.errors import StateUnavailable
from payment_refresh.metrics import Metric
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
    several,
    sweep_next,
    swept,
)

if TYPE_CHECKING:
    from tests.support.world import World


def test_urgent_outcome_counts_when_it_is_sent_and_not_while_it_cannot_be(world: World) -> None:
    key = settling(world)
    row = world.row(key)
    unsent = samples.outbox_of(OutboxItem.ON_CANCELLED_ORDER)
    world.table.put(replace(row, status=Status.CLOSED, outbox=unsent, claim=None, due_at=world.now))
    world.events.refused = {OutboxItem.ON_CANCELLED_ORDER}

    assert check_next(world, key).counts == {"OutboxPending": 1}
    world.events.refused = set()
    assert check_next(world, key).counts == {"UrgentOutcomes": 1}


class TestRefused:
    """What the bus does not take stays in the outbox."""

    def test_an_ended_row_is_swept_again_and_the_event_sent_under_its_id(self, world: World) -> None:
        key = settling(world)
        world.events.refused = {OutboxItem.SETTLED}

        report = world.take_batch()

        assert (report.failed, report.counts[Metric.OUTBOX_PENDING]) == (frozenset(), 1)
        row = world.row(key)
        assert (row.status, row.outbox, row.due_at) == (
            Status.SETTLED,
            samples.outbox_of(OutboxItem.SETTLED),
            world.now + world.policy.first,
        )
        assert world.log.of("outbox_not_relayed") == [
            {"payment": str(key), "round": 1, "outbox": ["PaymentSettled"]}
        ]

        assert check_next(world, key).counts == {"OutboxPending": 1}
        world.events.refused = set()
        assert check_next(world, key).counts == {}

        assert (ids(world), world.row(key).is_done, world.row(key).due_at) == ([SETTLED_ID], True, None)

    def test_an_open_one_sends_it_with_its_next_check(self, world: World) -> None:
        world.events.refused = {OutboxItem.AMOUNT_MISMATCH}
        found(world, MISMATCHES[0])
        row = world.row(KEY)
        assert (row.is_open, row.outbox) == (True, samples.outbox_of(OutboxItem.AMOUNT_MISMATCH))
        assert row.due_at == world.policy.next_due(row, world.now, jitter=0, interval=world.policy.cap)

        world.events.refused = set()
        check_next(world, KEY)

        assert (ids(world), world.row(KEY).outbox) == (
            ["stripe_payments#pay-a#1#PaymentAmountMismatch"],
            frozenset(),
        )

    def test_a_check_that_got_no_answer_sends_it_too(self, world: World) -> None:
        """What an event reported is due at once; it must not wait for Commerce Layer."""
        world.event(samples.order())
        world.event(MISMATCHES[0])
        world.has_time = lambda: False

        check_next(world, KEY)

        (detail,) = world.events.details
        assert (detail["kind"], detail["reported_by"]) == ("PaymentAmountMismatch", None)
        assert not world.commerce_layer.calls

    def test_of_several_only_what_was_refused_is_unrelayed(self, world: World) -> None:
        orders = several(3)
        keys = swept(world, *orders)
        world.commerce_layer.put(
            samples.authorized(orders[0], START + 5),
            replace(orders[1], payment_status="voided", updated_at=to_iso(START + 5)),
            samples.authorized(orders[2], START + 5),
        )
        world.events.refused = {OutboxItem.CLOSED}

        assert world.take_batch().counts[Metric.OUTBOX_PENDING] == 1

        assert [bool(world.row(key).outbox) for key in keys] == [False, True, False]
        assert world.events.kinds == {OutboxItem.SETTLED: 2}

    @pytest.mark.parametrize("late", [OutboxItem.DEAD_LETTER, OutboxItem.STILL_PENDING])
    def test_of_a_letter_and_an_event_each_is_sent_once(self, world: World, late: str) -> None:
        (key,) = swept(world, samples.order(), age=world.policy.give_up)
        world.take_batch()
        world.letters.refused = {"pay-a"} if late == OutboxItem.DEAD_LETTER else set()
        world.events.refused = {OutboxItem.STILL_PENDING} if late == OutboxItem.STILL_PENDING else set()

        assert check_next(world, key).counts[Metric.OUTBOX_PENDING] == 1
        assert world.row(key).outbox == samples.outbox_of(late)

        world.letters.refused, world.events.refused = set(), set()
        assert check_next(world, key).counts == {}
        assert (len(world.letters.letters), world.events.kinds) == (1, {OutboxItem.STILL_PENDING: 1})
        assert world.row(key).is_done

    def test_where_nothing_is_unrelayed_nothing_is_sent(self, world: World) -> None:
        swept(world, samples.order())
        world.events.faults.add("send", AssertionError("must not be called"))
        world.letters.faults.add("send", AssertionError("must not be called"))

        assert world.take_batch().failed == frozenset()

    def test_what_breaks_holds_up_no_check(self, world: World) -> None:
        unrelayed = samples.watch(
            samples.order(),
            world.policy,
            status=Status.CLOSED,
            outbox=samples.outbox_of(OutboxItem.CLOSED),
            due_at=START,
        )
        world.table.put(unrelayed)
        swept(world, samples.order("b"))
        world.events.faults.add("send", ValueError("cannot happen"))

        report = world.take_batch()

        assert (len(report.failed), world.row(samples.key("b")).refreshes) == (1, 1)


class TestCrashes:
    """At least once, with the same id."""

    @pytest.mark.parametrize("after", [False, True], ids=["before it was sent", "after it was sent"])
    def test_an_invocation_that_dies_between_write_and_clearing(self, world: World, after: bool) -> None:
        key = settling(world)
        world.events.faults.add("send", Crash(), after=after)
        with pytest.raises(Crash):
            world.take_batch()
        world.queue.in_flight.clear()
        row = world.row(key)
        assert (row.status, row.outbox, row.claim) == (Status.SETTLED, samples.outbox_of(OutboxItem.SETTLED), None)
        calls = len(world.commerce_layer.calls)

        assert check_next(world, key).failed == frozenset()

        assert ids(world) == [SETTLED_ID] * (1 + after)
        assert (world.row(key).is_done, len(world.commerce_layer.calls)) == (True, calls)

    def test_a_table_that_does_not_take_the_clearing(self, world: World) -> None:
        key = settling(world)
        world.table.faults.add("write", StateUnavailable("down"), skip=1)
        assert len(world.take_batch().failed) == 1

        world.take_batch()  # the same message again: a stale duplicate by now
        check_next(world, key)

        assert (ids(world), world.row(key).is_done) == ([SETTLED_ID] * 2, True)

    def test_what_a_settlement_counts_is_counted_once(self, world: World) -> None:
        key = settling(world)
        world.events.refused = {OutboxItem.SETTLED}
        first = world.take_batch().counts
        world.events.refused = set()

        assert (first[Metric.SETTLED_BY_REFRESH], check_next(world, key).counts) == (1, {})

    def test_an_event_that_ends_a_watch_is_reported_by_the_next_sweep_whatever_dies(self, world: World) -> None:
        world.event(samples.order())
        world.event(samples.authorized(samples.order(status="cancelled"), START + 5))
        world.events.faults.add("send", Crash())
        sweep_next(world, KEY)
        with pytest.raises(Crash):
            world.take_batch()
        world.queue.in_flight.clear()

        check_next(world, KEY)

        assert ids(world) == ["stripe_payments#pay-a#1#PaymentOnCancelledOrder"]
