"""The outbox of ended watches is written first, then sent, then cleared; a death in between sends it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain.vocabulary import OutboxItem, Status
from payment_refresh.errors import StateUnavailable
from tests.support import samples
from tests.support.clock import START
from tests.support.faults import Crash
from tests.unit.use_cases.steps import dropped, sweep_next, swept

if TYPE_CHECKING:
    from payment_refresh.domain.payment import PaymentKey
    from tests.support.world import World


def to_the_last_look(world: World, *names: str) -> list[PaymentKey]:
    """Bring watches to where the next check gives them up, and claim them."""
    keys = swept(world, *(samples.order(name) for name in names), age=world.policy.give_up)
    world.take_batch()
    sweep_next(world, keys[0])
    return keys


def test_the_letter_names_the_payment_and_what_a_person_needs(world: World) -> None:
    to_the_last_look(world, "a")

    world.take_batch()

    (letter,) = world.letters.contents
    assert letter["checks"].pop()["by"] == "look"
    assert letter["checks"].pop()["by"] == "refresh"
    assert letter.pop("ended_at").startswith("2026-01-25T00:01")
    assert letter == {
        "type": "stripe_payments",
        "id": "pay-a",
        "round": 1,
        "reason": "stayed_pending",
        "order_id": "order-a",
        "order_number": "10a",
        "amount_cents": 9900,
        "currency": "EUR",
        "gateway_id": "pi_a",
        "since": "2026-01-01T00:00:00.000Z",
        "stack": "payment-refresh",
        "organization": "your-org",
        "run_mode": "refresh",
        "api_mode": "live",
        "refreshes": 1,
        "last_error": None,
        "checks": [],
    }


def test_what_is_unrelayed_is_written_before_it_is_sent(world: World) -> None:
    (key,) = to_the_last_look(world, "a")
    world.letters.faults.add("send", Crash())

    with pytest.raises(Crash):
        world.take_batch()

    row = world.row(key)
    outbox = samples.outbox_of(OutboxItem.DEAD_LETTER, OutboxItem.STILL_PENDING)
    assert (row.status, row.outbox, row.claim) == (Status.DEAD_LETTERED, outbox, None)
    assert row.due_at is not None


def test_the_sweep_does_not_race_with_the_invocation_that_is_sending(world: World) -> None:
    to_the_last_look(world, "a")
    world.letters.faults.meanwhile("send", world.sweep)

    world.take_batch()

    assert len(world.letters.letters) == 1
    assert not world.queue.waiting


@pytest.mark.parametrize("after", [False, True], ids=["before it was sent", "after it was sent"])
def test_a_letter_is_sent_again_after_a_crash(world: World, after: bool) -> None:
    (key,) = to_the_last_look(world, "a")
    world.letters.faults.add("send", Crash(), after=after)
    with pytest.raises(Crash):
        world.take_batch()
    world.queue.in_flight.clear()
    calls = len(world.commerce_layer.calls)

    sweep_next(world, key)
    report = world.take_batch()

    assert report.failed == frozenset()
    assert len(world.commerce_layer.calls) == calls
    assert [letter["round"] for letter in world.letters.contents] == [1] * (1 + after)
    row = world.row(key)
    assert (row.outbox, row.due_at, row.claim, row.claims) == (frozenset(), row.ended_at, None, 0)


def test_of_two_copies_of_a_message_one_sends_what_is_unrelayed(world: World) -> None:
    world.table.put(samples.unrelayed(samples.order(), world.policy, at=START))
    world.sweep()
    (message,) = world.queue.waiting.values()
    world.table.faults.meanwhile("write", lambda: world.refresh(message))

    report = world.take_batch()

    assert (report.failed, report.counts) == (frozenset(), {})
    assert len(world.letters.letters) == 1
    assert world.row(samples.key()).is_done


def test_a_copy_that_comes_while_another_sends_is_stale(world: World) -> None:
    world.table.put(samples.unrelayed(samples.order(), world.policy, at=START))
    world.sweep()
    (message,) = world.queue.waiting.values()
    world.letters.faults.meanwhile("send", lambda: world.refresh(message))

    world.take_batch()

    assert len(world.letters.letters) == 1
    assert dropped(world) == ["stale_duplicate"]


def test_a_letter_whose_clearing_failed_is_sent_again(world: World) -> None:
    (key,) = to_the_last_look(world, "a")
    world.table.faults.add("write", StateUnavailable("down"), skip=1)
    assert world.take_batch().failed == {"message-2"}
    assert world.row(key).outbox

    world.take_batch()  # the same message again: a stale duplicate by now
    sweep_next(world, key)
    world.take_batch()

    assert len(world.letters.letters) == 2
    assert not world.row(key).outbox


def test_each_refused_letter_stays_unrelayed_and_no_other(world: World) -> None:
    keys = [samples.key(name) for name in ("a", "b", "c")]
    for name in ("a", "b", "c"):
        world.table.put(samples.unrelayed(samples.order(name), world.policy, at=START))
    world.letters.refused = {"pay-b"}

    world.sweep()
    report = world.take_batch()

    assert report.failed == frozenset()
    assert [letter["id"] for letter in world.letters.contents] == ["pay-a", "pay-c"]
    assert [bool(world.row(key).outbox) for key in keys] == [False, True, False]
    assert world.log.of("outbox_not_relayed") == [
        {"payment": str(keys[1]), "round": 1, "outbox": [OutboxItem.DEAD_LETTER]}
    ]
    assert report.counts == {"OutboxPending": 1}

    world.letters.refused = set()
    sweep_next(world, keys[1])
    world.take_batch()
    assert [letter["id"] for letter in world.letters.contents] == ["pay-a", "pay-c", "pay-b"]


def test_a_letter_refused_for_hours_is_not_mistaken_for_poison(world: World) -> None:
    world.table.put(samples.unrelayed(samples.order(), world.policy, at=START))
    world.letters.refused = {"pay-a"}
    for _ in range(10):
        sweep_next(world, samples.key())
        world.take_batch()

    world.letters.refused = set()
    sweep_next(world, samples.key())
    world.take_batch()

    (letter,) = world.letters.contents
    assert letter["reason"] == "stayed_pending"


def test_an_event_that_settled_it_while_the_letter_was_sent_wins(world: World) -> None:
    (key,) = to_the_last_look(world, "a")
    settled = samples.authorized(samples.order(), world.clock.now)
    world.letters.faults.meanwhile("send", lambda: world.event(settled))

    report = world.take_batch()

    assert report.failed == frozenset()
    row = world.row(key)
    assert (row.status, row.outbox, row.due_at) == (
        Status.SETTLED,
        samples.outbox_of(OutboxItem.SETTLED),
        world.now,
    )
    assert world.events.kinds == {OutboxItem.STILL_PENDING: 1}

    sweep_next(world, key)
    assert world.take_batch().counts == {}
    assert world.events.kinds == {OutboxItem.STILL_PENDING: 1, OutboxItem.SETTLED: 1}
    assert world.row(key).is_done


def test_what_cannot_be_sent_holds_up_no_check(world: World) -> None:
    world.table.put(samples.unrelayed(samples.order(), world.policy, at=START))
    swept(world, samples.order("b"))
    world.letters.faults.add("send", ValueError("cannot happen"))

    report = world.take_batch()

    assert len(report.failed) == 1
    assert world.row(samples.key("b")).refreshes == 1
