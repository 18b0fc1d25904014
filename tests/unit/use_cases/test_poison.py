"""Poison suspects, on which invocations die: processed in isolation, after all others, then given to a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain.vocabulary import Reason, Status
from payment_refresh.errors import StateUnavailable
from tests.support import samples
from tests.support.clock import START
from tests.support.faults import Crash
from tests.unit.use_cases.steps import authorize, sweep_next, swept

if TYPE_CHECKING:
    from collections.abc import Callable

    from payment_refresh.domain.payment import PaymentKey
    from tests.support.world import World


@pytest.fixture
def poison(world: World) -> PaymentKey:
    """A payment whose refresh kills the invocation, as often as it is tried."""
    order = samples.order()
    world.commerce_layer.put(order)
    key = samples.key()
    world.commerce_layer.script("refresh", str(key), *[Crash()] * 99)
    world.event(order)
    world.clock.advance(60)
    return key


def die(world: World, key: PaymentKey) -> None:
    """One claim, and an invocation that ends in nothing; its message is not delivered again before the lease."""
    sweep_next(world, key)
    with pytest.raises(Crash):
        world.take_batch()
    world.queue.in_flight.clear()


def test_on_a_busy_rate_limiter_it_is_found_out_all_the_same(world: World, poison: PaymentKey) -> None:
    """Tried last, it is often snoozed as the others took the time; that resets nothing, and is no try."""
    for _ in range(2):
        die(world, poison)
    for tries in range(3):
        sweep_next(world, poison)
        world.has_time = lambda: False
        world.take_batch()
        world.has_time = lambda: True
        assert world.row(poison).isolated_attempts == tries
        die(world, poison)

    sweep_next(world, poison)
    world.take_batch()

    assert world.row(poison).reason is Reason.CANNOT_PROCESS


def test_from_the_third_claim_on_it_is_tried_alone_after_all_others(world: World, poison: PaymentKey) -> None:
    for _ in range(2):
        die(world, poison)
        assert world.row(poison).isolated_attempts == 0
    (other,) = swept(world, samples.order("b"), age=0)
    world.commerce_layer.calls.clear()

    world.clock.advance(600)
    world.sweep()
    with pytest.raises(Crash):
        world.take_batch()

    assert (world.row(poison).claims, world.row(poison).isolated_attempts) == (3, 1)
    assert world.commerce_layer.calls == [
        ("look", ("order-b",)),
        ("refresh", (str(other),)),
        ("look", ("order-a",)),
        ("refresh", (str(poison),)),
    ]
    assert world.row(other).refreshes == 1


def test_after_three_lone_tries_it_is_given_to_a_person(world: World, poison: PaymentKey) -> None:
    for _ in range(5):
        die(world, poison)
    assert (world.row(poison).claims, world.row(poison).isolated_attempts) == (5, 3)
    calls = len(world.commerce_layer.calls)

    sweep_next(world, poison)
    report = world.take_batch()

    assert report.counts == {"DeadLettered": 1, "UrgentOutcomes": 1}
    assert len(world.commerce_layer.calls) == calls
    row = world.row(poison)
    assert (row.status, row.reason, row.outbox, row.due_at) == (
        Status.DEAD_LETTERED,
        Reason.CANNOT_PROCESS,
        frozenset(),
        world.now,
    )
    (letter,) = world.letters.contents
    assert (letter["id"], letter["reason"]) == (poison.id, "cannot_process")


def test_claims_that_were_never_tried_do_not_condemn(world: World) -> None:
    """A queue that stood still for an hour is no fault of the payment."""
    order = samples.order()
    (key,) = swept(world, order)
    for _ in range(9):
        sweep_next(world, key)
    authorize(world, order)

    while world.queue.waiting:
        world.take_batch(1)

    assert world.row(key).status is Status.SETTLED


def test_a_lone_try_that_succeeds_clears_the_suspicion(world: World) -> None:
    world.commerce_layer.put(samples.order())
    world.table.put(
        samples.claimed(samples.order(), world.policy, until=START + 600, claims=4, isolated_attempts=2)
    )

    world.refresh({"type": "stripe_payments", "id": "pay-a", "claim": "token"})

    row = world.row(samples.key())
    assert (row.status, row.claims, row.isolated_attempts, row.refreshes) == (Status.WATCHING, 0, 0, 1)


def test_a_poisonous_payment_condemns_no_other_suspect(world: World) -> None:
    """Only what was tried counts: the second suspect is never reached while the first kills every batch."""
    world.commerce_layer.put(samples.order(), samples.order("b"))
    world.commerce_layer.script("refresh", str(samples.key()), *[Crash()] * 9)
    for name in ("a", "b"):
        world.table.put(samples.claimed(samples.order(name), world.policy, until=START + 600, claims=3))
    messages: list[dict[str, object]] = [
        {"type": "stripe_payments", "id": f"pay-{name}", "claim": "token"} for name in ("a", "b")
    ]
    for _ in range(3):
        with pytest.raises(Crash):
            world.refresh(*messages)
    assert [world.row(samples.key(name)).isolated_attempts for name in ("a", "b")] == [3, 0]

    report = world.refresh(*messages)

    calls = {"ListCalls": 1, "RefreshCalls": 1}
    assert report.counts == calls | {"DeadLettered": 1, "UrgentOutcomes": 1, "Pending": 1}
    assert world.row(samples.key("b")).refreshes == 1


def test_a_try_that_cannot_be_written_down_is_not_made(world: World) -> None:
    world.commerce_layer.put(samples.order())
    world.table.put(samples.claimed(samples.order(), world.policy, until=START + 600, claims=3))
    world.table.faults.add("write", StateUnavailable("down"))

    report = world.refresh({"type": "stripe_payments", "id": "pay-a", "claim": "token"})

    assert report.failed == {"0"}
    assert not world.commerce_layer.calls


DOWN = StateUnavailable("down")


@pytest.mark.parametrize(
    "fail",
    [
        pytest.param(lambda world: world.table.faults.add("write", DOWN, after=True), id="try, answer lost"),
        pytest.param(lambda world: world.table.faults.add("write", DOWN, skip=1), id="outcome"),
        pytest.param(lambda world: world.commerce_layer.script("look", "*", DOWN), id="rate limiter"),
    ],
)
def test_where_the_table_does_not_answer_it_was_no_try(world: World, fail: Callable[[World], None]) -> None:
    """That is no fault of the payment, however often it happens."""
    world.commerce_layer.put(samples.order())
    world.table.put(
        samples.claimed(samples.order(), world.policy, until=START + 600, claims=3, isolated_attempts=2)
    )
    fail(world)

    report = world.refresh({"type": "stripe_payments", "id": "pay-a", "claim": "token"})

    row = world.row(samples.key())
    assert (report.failed, row.status, row.claim, row.isolated_attempts) == (
        frozenset({"0"}),
        Status.WATCHING,
        "token",
        2,
    )


def test_a_try_that_cannot_be_taken_back_stands(world: World) -> None:
    world.commerce_layer.put(samples.order())
    world.table.put(samples.claimed(samples.order(), world.policy, until=START + 600, claims=3))
    world.table.faults.add("write", StateUnavailable("down"), skip=1, times=2)

    report = world.refresh({"type": "stripe_payments", "id": "pay-a", "claim": "token"})

    assert (report.failed, world.row(samples.key()).isolated_attempts) == (frozenset({"0"}), 1)


def test_an_outcome_whose_answer_was_lost_is_not_undone(world: World) -> None:
    world.commerce_layer.put(samples.order())
    world.table.put(
        samples.claimed(samples.order(), world.policy, until=START + 600, claims=3, isolated_attempts=2)
    )
    world.table.faults.add("write", StateUnavailable("down"), after=True, skip=1)

    world.refresh({"type": "stripe_payments", "id": "pay-a", "claim": "token"})

    row = world.row(samples.key())
    assert (row.claim, row.isolated_attempts, row.refreshes) == (None, 0, 1)


def test_an_event_recorded_meanwhile_does_not_keep_a_suspect_from_its_try(world: World) -> None:
    order = samples.order()
    world.commerce_layer.put(samples.authorized(order, START + 5))
    world.table.put(samples.claimed(order, world.policy, until=START + 600, claims=3))
    world.table.faults.meanwhile("write", lambda: world.event(samples.authorized(order, START + 5)))

    report = world.refresh({"type": "stripe_payments", "id": "pay-a", "claim": "token"})

    assert report.failed == frozenset()
    assert world.row(samples.key()).status is Status.SETTLED


def test_when_a_suspect_was_taken_over_meanwhile_nothing_is_tried(world: World) -> None:
    world.commerce_layer.put(samples.order())
    world.table.put(samples.claimed(samples.order(), world.policy, until=START + 600, claims=3))

    def take_over() -> None:
        world.clock.advance(600)
        world.sweep()

    world.table.faults.meanwhile("write", take_over)

    report = world.refresh({"type": "stripe_payments", "id": "pay-a", "claim": "token"})

    assert report.failed == frozenset()
    assert not world.commerce_layer.calls
    assert (world.row(samples.key()).claim, world.row(samples.key()).isolated_attempts) == ("token-1", 0)


def test_one_that_is_out_of_tries_while_the_table_does_not_answer_fails_its_message(world: World) -> None:
    world.table.put(
        samples.claimed(samples.order(), world.policy, until=START + 600, claims=6, isolated_attempts=3)
    )
    world.table.faults.add("write", DOWN)

    report = world.refresh({"type": "stripe_payments", "id": "pay-a", "claim": "token"})

    row = world.row(samples.key())
    assert (report.failed, row.status, row.isolated_attempts) == (frozenset({"0"}), Status.WATCHING, 3)
