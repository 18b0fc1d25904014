"""Any history of a payment, in any order: each event is sent, and without a crash exactly once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from payment_refresh.domain.outcome_events import KINDS
from payment_refresh.domain.vocabulary import OutboxItem
from payment_refresh.times import to_iso
from tests.support import samples
from tests.support.clock import START
from tests.support.faults import Crash, Faults
from tests.support.world import World
from tests.unit.outcome_schemas import check
from tests.unit.use_cases.steps import KEY

if TYPE_CHECKING:
    from hypothesis.strategies import DataObject

    from payment_refresh.domain.payment import PaymentKey
    from payment_refresh.domain.watch import Watch

ORDERS = [
    samples.order(),
    samples.order(payment_status="authorized"),
    samples.order(payment_status="partially_authorized"),
    samples.order(payment_status="voided"),
    samples.order(status="cancelled"),
    samples.order(status="cancelled", payment_status="paid"),
    samples.cart(),
    samples.cart(payment_status="authorized"),
    samples.order(source_id="pay-b", payment_status="authorized"),
    samples.order(authorizations=(samples.attempt("t1", KEY, START),)),
    samples.order(authorizations=(samples.attempt("t2", KEY, START),)),
]
"""How the order may stand; nobody keeps a gateway from going from any of these to any other."""

STEPS = ["stand", "event", "check", "check", "check", "wait", "by hand", "letter", "refuse", "take"]
CRASHES = ["crash before", "crash after"]


def play(world: World, step: str, data: DataObject) -> None:
    """Do one thing that may happen."""
    now = to_iso(world.clock.now)
    match step:
        case "stand":
            order = replace(data.draw(st.sampled_from(ORDERS)), updated_at=now, payment_updated_at=now)
            world.commerce_layer.put(order)
            world.commerce_layer.payments[KEY] = order.id
        case "event" if world.commerce_layer.orders:
            world.event(world.commerce_layer.orders["order-a"])
        case "check":
            world.clock.now = max(world.clock.now, *(row.due_at or 0 for row in world.table.rows.values()), 0)
            world.sweep()
            world.take_batch()
        case "wait":
            world.clock.advance(data.draw(st.sampled_from([1, 60, 900, 86400, 20 * 86400])))
        case "by hand":
            world.refresh({"type": KEY.type, "id": KEY.id})
        case "letter" if world.letters.letters:
            world.queue.put(world.letters.letters[-1])
        case "refuse":
            world.events.refused = data.draw(st.sets(st.sampled_from(KINDS), max_size=10))
        case "take":
            world.events.refused = set()
        case "crash before" | "crash after":
            world.events.faults.add("send", Crash(), after=step == "crash after")
    world.clock.advance(1)


def ids(world: World) -> list[str]:
    """The ids of all events that were taken, in order."""
    return [detail["id"] for detail in world.events.details]


def empty_outboxes(world: World) -> None:
    """Let nothing go wrong any more until every outbox is empty."""
    world.events.refused, world.events.faults = set(), Faults()
    for _ in range(9):
        unrelayed = [row.due_at for row in world.table.rows.values() if row.outbox]
        if not unrelayed:
            return
        assert None not in unrelayed
        world.clock.now = max(world.clock.now, *(due_at for due_at in unrelayed if due_at is not None))
        world.sweep()
        world.take_batch()
    raise AssertionError("an outbox never gets empty")


def overruled(before: Watch, after: Watch) -> bool:
    """Whether a newer round, or news that ended the watch otherwise, replaced what was in the outbox."""
    return after.round > before.round or not before.is_open


def check_all_sent_or_overruled(world: World) -> None:
    """Hold all writes against what was sent: ids contain row, round and kind, and none vanished unsent."""
    check(world.events.details)
    sent = set(ids(world))
    last: dict[PaymentKey, Watch] = {}
    entries = set()
    for row in world.table.writes:
        assert row.outbox - {OutboxItem.DEAD_LETTER} <= row.announced
        assert row.due_at is not None or not row.outbox
        before = last.get(row.key)
        names = {kind: f"{row.key}#{before.round}#{kind}" for kind in before.outbox} if before else {}
        vanished = {names[kind] for kind in (before.outbox - row.outbox if before else ())} - sent
        vanished = {name for name in vanished if not name.endswith(OutboxItem.DEAD_LETTER)}
        assert not vanished or (before is not None and overruled(before, row))
        entries |= {f"{row.key}#{row.round}#{kind}" for kind in row.outbox - {OutboxItem.DEAD_LETTER}}
        last[row.key] = row
    assert sent <= entries
    assert not [row for row in world.table.rows.values() if row.outbox]


@settings(max_examples=200)
@given(st.lists(st.sampled_from(STEPS), max_size=30), st.data())
def test_without_a_crash_every_event_is_sent_exactly_once(steps: list[str], data: DataObject) -> None:
    world = World()
    for step in ["stand", "event", *steps]:
        play(world, step, data)
    empty_outboxes(world)

    sent = ids(world)
    assert len(sent) == len(set(sent))
    check_all_sent_or_overruled(world)


@settings(max_examples=200)
@given(st.lists(st.sampled_from([*STEPS, *CRASHES]), max_size=30), st.data())
def test_whatever_crashes_no_event_is_lost(steps: list[str], data: DataObject) -> None:
    world = World()
    for step in ["stand", "event", *steps]:
        try:
            play(world, step, data)
        except Crash:
            world.queue.in_flight.clear()  # until the lease has passed, the queue does not deliver it again
    empty_outboxes(world)

    check_all_sent_or_overruled(world)
