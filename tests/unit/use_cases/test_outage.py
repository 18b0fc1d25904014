"""An outage of Commerce Layer: circuits open, no attempt is used up, and no burst follows when it is back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain.vocabulary import Status
from payment_refresh.errors import NoBudget, PermissionMissing, TimedOut
from payment_refresh.metrics import Metric
from payment_refresh.rate_limit.budget import READS
from payment_refresh.rate_limit.gcra import RateReading
from tests.support import samples
from tests.support.circuits import FAILURES, RECOVERY
from tests.support.clock import START

if TYPE_CHECKING:
    from payment_refresh.domain.payment import PaymentKey
    from payment_refresh.use_cases.check_payments.batch import BatchReport
    from tests.support.world import World

MINUTE = 60
DOWN = TimedOut("GET /api/orders was not answered: ReadTimeout", code="ReadTimeout")


def pending(world: World, count: int) -> list[PaymentKey]:
    """Store watches of placed orders that are due and stay unpaid."""
    keys = []
    for number in range(count):
        order = samples.order(f"{number:04}")
        world.commerce_layer.put(order)
        world.table.put(samples.watch(order, world.policy))
        keys.append(samples.key(f"{number:04}"))
    world.clock.advance(MINUTE)
    return keys


def manual(world: World, *keys: PaymentKey) -> BatchReport:
    """Check payments now."""
    return world.refresh(*({"type": key.type, "id": key.id} for key in keys))


def drain(world: World) -> None:
    """Handle all that waits in the queue."""
    while world.queue.waiting:
        world.take_batch()


def test_looks_that_get_no_answer_open_the_circuit_and_a_probe_closes_it(world: World) -> None:
    pending(world, 4 * 25)
    world.commerce_layer.down = DOWN
    world.sweep()
    drain(world)

    assert world.circuits.is_open(READS)
    assert world.commerce_layer.count == {"look": FAILURES}  # the fourth batch asked nothing

    world.commerce_layer.down = None
    world.clock.advance(MINUTE)
    world.sweep()
    world.take_batch()

    assert not world.circuits.is_open(READS)


def test_what_an_open_circuit_puts_back_says_so(world: World) -> None:
    (key,) = pending(world, 1)
    world.circuits.opened_at[READS] = world.clock.now
    world.sweep()
    report = world.take_batch()

    row = world.row(key)
    assert (row.status, row.last_error, row.consecutive_failures, row.checks) == (
        Status.WATCHING,
        "CircuitOpen",
        1,
        (),
    )
    assert report.counts == {"ListCalls": 1, "CircuitOpen": 1, "NoAnswer": 1, "Pending": 1}
    assert not world.commerce_layer.calls


def test_refreshes_without_an_answer_open_no_circuit(world: World) -> None:
    """Each is a bulkhead of its own; that it is none of theirs shows once three payments fail alike."""
    keys = pending(world, 4)
    for key in keys:
        world.commerce_layer.script("refresh", str(key), DOWN)
    counts = [manual(world, key).counts for key in keys]

    assert [count[Metric.REFRESH_FAILING] for count in counts] == [1, 1, 0, 0]
    assert [(count[Metric.TIMED_OUT], count[Metric.NO_ANSWER]) for count in counts[2:]] == [(1, 1)] * 2
    assert not world.circuits.opened_at
    for key in keys:
        assert world.row(key).refresh_sent_at is not None  # it may have arrived
        assert not world.row(key).checks


def test_one_gateway_that_is_down_leaves_the_other_alone(world: World) -> None:
    stripe, other = samples.order("a"), samples.order("b", kind="satispay_payments")
    keys = [samples.key("a"), samples.key("b", "satispay_payments")]
    world.commerce_layer.put(stripe, other)
    for _ in range(FAILURES + 1):
        world.commerce_layer.script("refresh", str(keys[0]), DOWN)
        report = manual(world, *keys)
        world.clock.advance(MINUTE)

    assert (report.counts[Metric.REFRESH_FAILING], report.counts[Metric.NO_ANSWER]) == (1, 0)
    assert world.row(keys[1]).refreshes == FAILURES + 1


def test_without_budget_a_payment_is_snoozed_untried(world: World) -> None:
    first, second = pending(world, 2)
    world.commerce_layer.unsent = NoBudget("the rate limiter has no slot soon")
    report = manual(world, first, second)

    assert report.counts == {
        "ListCalls": 1,
        "NoBudget": 1,
        "Pending": 2,
    }  # the second did not even wait for a slot
    assert world.commerce_layer.count == {"look": 1}
    for key in (first, second):
        row = world.row(key)
        assert (row.last_error, row.consecutive_failures, row.checks, row.due_at) == (None, 0, (), world.now)


def test_without_budget_for_the_look_all_are_snoozed_untried(world: World) -> None:
    keys = pending(world, 2)
    world.commerce_layer.script("look", "*", NoBudget("the rate limiter has no slot soon"))
    report = manual(world, *keys)

    assert report.counts == {"ListCalls": 1, "NoBudget": 1, "Pending": 2}
    assert {world.row(key).due_at for key in keys} == {world.now}


def test_one_payment_that_may_not_be_refreshed_bars_no_other(world: World) -> None:
    """A 401 also means that this very record is not visible."""
    keys = pending(world, 3)
    for key in keys[:2]:
        world.commerce_layer.script("refresh", str(key), PermissionMissing("no", status=401, code="UNAUTHORIZED"))
    manual(world, *keys)

    assert world.commerce_layer.count["refresh"] == 3
    assert [world.row(key).status for key in keys] == [Status.WATCHING] * 3


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_the_looks_show_the_rate_limiter_what_they_leave(world: World, share: float) -> None:
    keys = pending(world, 4)
    for number, _ in enumerate(keys):
        order = samples.order(f"{number:04}")
        world.commerce_layer.put(order if share else samples.authorized(order, START + 5))
    world.sweep()
    world.take_batch()

    assert world.rate_limiter.looks == [(4, 4 if share else 0)]


def test_a_busy_rate_limiter_costs_patience(world: World) -> None:
    idle, busy = pending(world, 2)
    manual(world, idle)
    world.rate_limiter.reading = RateReading(utilisation=1.0, unsettled_share=1.0, free_in=0.0)
    manual(world, busy)

    assert (world.row(idle).due_at, world.row(busy).due_at) == (START + 63, START + 102)


def test_a_two_hour_outage_of_a_thousand_watches_uses_nothing_up(world: World) -> None:
    keys = pending(world, 1_000)
    world.size = 50
    world.commerce_layer.down = DOWN
    for _ in range(120):
        world.sweep()
        drain(world)
        world.clock.advance(MINUTE)
    asked = world.commerce_layer.count.total()
    rows = [world.row(key) for key in keys]

    assert asked <= FAILURES + 120 * MINUTE // RECOVERY
    assert all(row.status is Status.WATCHING and not row.checks and not row.refreshes for row in rows)
    assert not world.letters.letters
    assert not world.events.events

    world.commerce_layer.down = None
    most_queued = 0
    while any(not world.row(key).checks for key in keys):
        world.sweep()
        most_queued = max(most_queued, world.queue.backlog())
        drain(world)
        world.clock.advance(MINUTE)

    assert most_queued <= world.size  # the rest waits in the table, not in the queue
    assert {world.row(key).status for key in keys} == {Status.WATCHING}
