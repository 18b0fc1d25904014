"""The sweep: what it claims, what it sends, and what is left when something fails half-way."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from payment_refresh.errors import SendFailed, StateUnavailable
from payment_refresh.use_cases.dispatch_due import DispatchReport
from tests.support import samples
from tests.support.clock import START
from tests.support.faults import Crash
from tests.unit.use_cases.dispatch_steps import checked, names
from tests.unit.use_cases.steps import due, sent

if TYPE_CHECKING:
    from tests.support.world import World


def test_nothing_due_sends_nothing(world: World) -> None:
    world.event(samples.order())

    assert world.sweep() == DispatchReport(claimed=0, refused=0, backlog=0, oldest_overdue=0)

    assert not world.queue.sends


def test_where_nothing_is_due_neither_the_queue_nor_the_budget_is_asked(world: World) -> None:
    world.event(samples.order())
    world.queue.faults.add("backlog", SendFailed("down"))

    def capacity() -> int:
        raise AssertionError("nothing is due")

    report = replace(world.sweeper(), capacity=capacity).run(stays=True)

    assert report == DispatchReport(claimed=0, refused=0, backlog=0, oldest_overdue=0)
    assert world.clock.now == START


def test_what_is_due_is_claimed_and_sent_with_its_token(world: World) -> None:
    world.event(samples.order())
    world.clock.advance(75)

    assert world.sweep() == DispatchReport(claimed=1, refused=0, backlog=0, oldest_overdue=15)

    row = world.row(samples.key())
    assert (row.claim, row.claims, row.due_at) == ("token-1", 1, START + 75 + 600)
    assert [json.loads(body) for body in world.queue.waiting.values()] == [
        {"type": "stripe_payments", "id": "pay-a", "claim": "token-1"}
    ]


def test_a_claimed_watch_is_not_sent_twice(world: World) -> None:
    due(world, ["a"])
    world.sweep()
    world.clock.advance(599)

    assert world.sweep().claimed == 0

    world.clock.advance(1)
    assert world.sweep().claimed == 1
    assert (world.row(samples.key()).claim, world.row(samples.key()).claims) == ("token-2", 2)


def test_a_stale_index_claims_nothing_twice(world: World) -> None:
    checked(world, ["a", "b"])
    world.table.freeze_index()
    world.sweep()

    assert world.sweep().claimed == 0

    assert sent(world) == ["pay-a", "pay-b"]


def test_what_waits_in_the_queue_takes_room(world: World) -> None:
    world.size = 5
    due(world, names("p", 9))
    for number in range(3):
        world.queue.put(f"{number}")

    report = world.sweep()

    assert (report.claimed, report.backlog) == (2, 3)


def test_a_full_queue_gets_nothing_more_but_the_delay_is_reported(world: World) -> None:
    world.size = 2
    due(world, names("p", 3), at=START - 99)
    due(world, names("c", 3), cart=True, at=START - 299)
    for number in range(7):
        world.queue.put(f"{number}")

    report = world.sweep()

    assert (report.claimed, report.backlog, report.oldest_overdue, report.carts_unserved) == (0, 7, 102, 3)


def test_messages_go_ten_at_a_time(world: World) -> None:
    due(world, names("p", 23))

    assert world.sweep().claimed == 23

    assert world.queue.sends == [10, 10, 3]


def test_what_a_dead_lettered_watch_enqueues_is_sent_to_refresh_again(world: World) -> None:
    world.table.put(samples.unrelayed(samples.order(), world.policy, at=START - 1))

    assert world.sweep().claimed == 1

    assert world.row(samples.key()).claim == "token-1"


def test_what_the_queue_refuses_is_due_again_and_was_no_claim(world: World) -> None:
    checked(world, ["a", "b", "c"])
    world.queue.refused = {"pay-b"}

    report = world.sweep()

    assert (report.claimed, report.refused) == (3, 1)
    assert sent(world) == ["pay-a", "pay-c"]
    row = world.row(samples.key("b"))
    assert (row.claim, row.claims, row.due_at) == (None, 0, START)

    world.queue.refused = set()
    world.sweep()
    assert sent(world) == ["pay-a", "pay-c", "pay-b"]
    assert world.row(samples.key("b")).claims == 1


def test_a_queue_that_refuses_for_hours_makes_no_watch_a_poison_suspect(world: World) -> None:
    due(world, ["a"])
    world.queue.refused = {"pay-a"}

    for _ in range(10):
        world.sweep()
        world.clock.advance(60)

    assert world.row(samples.key()).claims == 0


def test_a_refused_watch_that_an_event_recorded_falls_due_by_its_lease(world: World) -> None:
    (key,) = due(world, ["a"])
    world.queue.refused = {"pay-a"}
    world.table.faults.meanwhile("write", lambda: world.event(samples.authorized(samples.order(), START)))

    assert world.sweep().refused == 1

    row = world.row(key)
    assert (row.event_during_lease, row.claim, row.due_at) == (True, "token-1", START + 600)
    assert world.log.of("release_lost") == [{"payment": str(key)}]


def test_a_release_the_table_did_not_take_falls_due_by_its_lease(world: World) -> None:
    due(world, ["a"])
    world.queue.refused = {"pay-a"}
    world.table.faults.add("write", StateUnavailable("down"))
    with pytest.raises(StateUnavailable):
        world.sweep()
    world.queue.refused = set()

    world.clock.advance(600)
    world.sweep()

    assert sent(world) == ["pay-a"]


def test_when_the_table_fails_half_way_what_was_claimed_is_sent(world: World) -> None:
    checked(world, names("p", 15))
    world.table.faults.add("claim", StateUnavailable("down"), skip=12)

    with pytest.raises(StateUnavailable):
        world.sweep()

    claimed = [row.key.id for row in world.table.rows.values() if row.claim is not None]
    assert sorted(claimed) == sorted(sent(world)) == [f"pay-p{number:03}" for number in range(12)]


def test_once_the_table_failed_no_further_batch_is_claimed(world: World) -> None:
    checked(world, names("p", 25))
    world.table.faults.add("claim", StateUnavailable("down"), skip=2)

    with pytest.raises(StateUnavailable):
        world.sweep()

    assert sent(world) == ["pay-p000", "pay-p001"]


def test_a_claim_whose_answer_was_lost_falls_due_by_its_lease(world: World) -> None:
    due(world, ["a"])
    world.table.faults.add("claim", StateUnavailable("answer lost"), after=True)
    with pytest.raises(StateUnavailable):
        world.sweep()

    world.clock.advance(600)
    world.sweep()

    assert sent(world) == ["pay-a"]
    assert world.row(samples.key()).claim == "token-2"


def test_a_sweep_that_dies_before_it_sends_loses_nothing(world: World) -> None:
    due(world, ["a", "b"])
    world.queue.faults.add("send", Crash())
    with pytest.raises(Crash):
        world.sweep()

    world.clock.advance(600)
    world.sweep()

    assert sorted(sent(world)) == ["pay-a", "pay-b"]


def test_a_queue_that_does_not_answer_gets_no_claims(world: World) -> None:
    due(world, ["a"])
    world.queue.faults.add("backlog", SendFailed("down"))

    with pytest.raises(SendFailed):
        world.sweep()

    assert not world.table.writes


def test_an_unreadable_row_holds_up_no_other(world: World) -> None:
    keys = checked(world, ["a", "b", "c"])
    world.table.unreadable.add(keys[1])

    assert world.sweep().claimed == 2

    assert sent(world) == ["pay-a", "pay-c"]
    assert [line["payment"] for line in world.log.of("row_unreadable")] == [str(keys[1])]
