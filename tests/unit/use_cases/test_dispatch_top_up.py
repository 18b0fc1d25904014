"""A sweep that stays: it tops the queue up while more placed orders are due than there was room for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain.places import SPARED
from payment_refresh.errors import SendFailed
from payment_refresh.rate_limit.budget import HELD_SECONDS, PROBE, READS
from payment_refresh.use_cases.dispatch_due import PAUSE, STAY
from tests.support import samples
from tests.support.clock import START
from tests.unit.use_cases.dispatch_steps import checked, names
from tests.unit.use_cases.steps import due, sent

if TYPE_CHECKING:
    from collections.abc import Callable

    from payment_refresh.use_cases.dispatch_due import DispatchReport
    from tests.support.world import World


@dataclass(slots=True)
class Staying:
    """A sweep that stays, and what happens while it waits."""

    world: World
    meanwhile: Callable[[], object] = lambda: None
    waited: list[float] = field(default_factory=list)

    def run(self) -> DispatchReport:
        return replace(self.world.sweeper(), sleep=self._sleep).run(stays=True)

    def _sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.world.clock.advance(seconds)
        self.meanwhile()

    def serve(self, most: int) -> None:
        self.world.queue.settle(self.world.queue.receive(most), ())


SIZE, HELD, SERVED = 192, 120, 10
"""Messages that the queue may hold, that it does while a sweep stays, and that are served between two top-ups."""


def test_what_had_no_room_is_claimed_as_the_queue_runs_empty(world: World) -> None:
    world.size = SIZE
    checked(world, names("p", HELD + 14))
    staying = Staying(world)
    staying.meanwhile = lambda: staying.serve(SERVED)

    report = staying.run()

    assert (report.claimed, report.backlog, report.oldest_overdue) == (HELD + 14, 0, HELD + 14)
    assert world.queue.sends[-2:] == [SERVED, 4]
    assert staying.waited == [PAUSE, PAUSE]


def test_where_all_that_is_due_had_room_it_ends_at_once(world: World) -> None:
    checked(world, names("p", 20))
    staying = Staying(world)

    assert staying.run().claimed == 20

    assert not staying.waited


def test_it_leaves_in_time_however_much_is_due(world: World) -> None:
    world.size = 4
    checked(world, names("p", 99))

    staying = Staying(world)
    report = staying.run()

    assert report.claimed == 2
    assert sum(staying.waited) == world.clock.now - START == STAY


def test_carts_and_confirmations_are_not_waited_for(world: World) -> None:
    world.size = 4
    due(world, ["a", "b", "c", "d", "e"], cart=True)
    staying = Staying(world)

    assert staying.run().claimed == 2

    assert not staying.waited


def test_carts_get_nothing_while_placed_orders_wait_for_room(world: World) -> None:
    world.size = SIZE
    due(world, ["c"], cart=True)
    checked(world, names("p", HELD + 5))
    staying = Staying(world)
    staying.meanwhile = lambda: staying.serve(SERVED)

    report = staying.run()

    assert (report.claimed, report.carts_unserved) == (HELD + 5, 1)


def test_carts_may_fill_what_placed_orders_leave_of_two_minutes(world: World) -> None:
    world.size = SIZE
    due(world, (f"c{number:03}" for number in range(SIZE)), cart=True)
    staying = Staying(world)

    assert staying.run().claimed == SIZE // 2


def test_a_probe_of_an_outage_is_not_repeated_before_the_next_sweep(world: World) -> None:
    checked(world, names("p", 9))
    world.circuits.opened_at[READS] = START
    staying = Staying(world)
    staying.meanwhile = lambda: staying.serve(9)

    assert staying.run().claimed == PROBE

    assert not staying.waited


def test_what_was_snoozed_meanwhile_is_left_to_the_next_sweep(world: World) -> None:
    world.size = SIZE
    checked(world, names("p", HELD + 1))
    staying = Staying(world)

    def snooze() -> None:
        for row in [row for row in world.table.rows.values() if row.claim is not None]:
            world.table.put(replace(row, claim=None, due_at=int(world.clock.now)))
        staying.serve(SERVED)

    staying.meanwhile = snooze

    assert staying.run().claimed == HELD + 1
    assert staying.waited == [PAUSE]


def test_a_first_check_that_falls_due_meanwhile_goes_before_the_backlog(world: World) -> None:
    world.size = SIZE
    checked(world, names("p", HELD + 2))
    world.table.put(samples.watch(samples.order("new"), world.policy, due_at=START + PAUSE))
    staying = Staying(world)
    staying.meanwhile = lambda: staying.serve(SERVED)

    staying.run()

    assert sent(world)[-3:] == ["pay-new", "pay-p120", "pay-p121"]


def test_a_backlog_that_is_counted_late_does_not_overfill_the_queue(world: World) -> None:
    """SQS may take a minute to count what was sent: then no more goes than twice what could be served."""
    world.size = SIZE
    checked(world, names("p", 900))
    world.queue.waiting = _Uncounted()

    assert world.sweep(stays=True).claimed == HELD + 2 * HELD * STAY // HELD_SECONDS


class _Uncounted(dict[str, str]):
    """Messages that nobody has counted yet."""

    def __len__(self) -> int:
        return 0


def test_small_top_ups_spare_the_oldest_their_places_too(world: World) -> None:
    world.size = SIZE
    checked(world, names("p", 50), at=START - 999)
    due(world, (f"f{number:03}" for number in range(400)))
    staying = Staying(world)
    staying.meanwhile = lambda: staying.serve(SERVED - 1)

    claimed = staying.run().claimed

    oldest = [row for row in world.table.writes if row.key.id.startswith("pay-p")]
    assert (claimed, len(oldest)) == (HELD + 9 * (SERVED - 1), claimed // SPARED)


def test_where_claims_were_lost_the_oldest_have_had_their_places(world: World) -> None:
    world.size = SIZE
    checked(world, names("p", HELD + 40))
    world.table.freeze_index()
    world.table.put(*(replace(row, due_at=START + 999) for row in list(world.table.rows.values())[:HELD]))
    staying = Staying(world)
    staying.meanwhile = world.table.thaw_index

    assert staying.run().claimed == 40


def test_a_queue_that_stops_answering_fails_the_sweep_and_loses_nothing(world: World) -> None:
    world.size = 4
    checked(world, names("p", 3))
    staying = Staying(world)
    staying.meanwhile = lambda: world.queue.faults.add("backlog", SendFailed("down"))

    with pytest.raises(SendFailed):
        staying.run()

    assert sent(world) == ["pay-p000", "pay-p001"]
