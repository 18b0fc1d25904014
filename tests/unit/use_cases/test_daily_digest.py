"""The daily digest is sent to the bus and mailed once each, whatever fails half-way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from payment_refresh.domain.daily_digest import KIND, NOT_SENT
from payment_refresh.domain.policy import DAY, HOUR
from payment_refresh.domain.vocabulary import OutboxItem
from payment_refresh.errors import Conflict, SendFailed, StateUnavailable
from tests.support import samples
from tests.support.faults import Crash

if TYPE_CHECKING:
    from tests.support.world import World


def dead_letter(world: World, name: str = "a") -> None:
    """Let a payment be given up now, and its letter be sent."""
    watch = samples.dead_lettered(samples.order(name), world.policy, at=world.now, due_at=world.now)
    world.table.put(watch)
    world.letters_waiting.messages += 1


def digests(world: World) -> list[dict[str, Any]]:
    """Details of the digests that the bus took."""
    return [detail for detail in world.events.details if detail["kind"] == KIND]


def test_digest_with_something_to_do_is_sent_and_mailed(world: World) -> None:
    dead_letter(world)

    assert world.digest().sent

    (detail,) = digests(world)
    assert (detail["new_dead_letters"]["count"], detail["dead_letter_queue"]) == (1, 1)
    ((subject, text),) = world.mail.sent
    assert subject.startswith("Payment Refresh: 1 new dead letters")
    assert "order 10a" in text


@pytest.mark.parametrize("on_quiet_days", [True, False])
def test_quiet_day_is_always_sent_and_mailed_only_where_that_is_wanted(world: World, on_quiet_days: bool) -> None:
    world.mails_on_quiet_days = on_quiet_days

    assert world.digest().sent

    assert [detail["nothing_to_do"] for detail in digests(world)] == [True]
    assert len(world.mail.sent) == on_quiet_days


def test_digest_without_a_topic_is_sent_to_the_bus_alone(world: World) -> None:
    world.mails = False
    dead_letter(world)

    assert world.digest().sent

    assert (len(digests(world)), world.mail.sent) == (1, [])


def test_run_that_only_counts_sends_nothing_and_changes_nothing(world: World) -> None:
    dead_letter(world)

    made = world.digest(counts_only=True)

    assert (made.stuck.dead_lettered.count, made.sent, made.reported) == (1, False, False)
    assert (world.events.details, world.mail.sent, world.daily.stored.revision) == ([], [], 0)


def test_dead_letter_of_yesterday_is_not_new_and_still_waits(world: World) -> None:
    dead_letter(world)
    world.digest()
    world.clock.advance(DAY)

    world.digest()

    assert [(it["new_dead_letters"]["count"], it["dead_lettered"]["count"]) for it in digests(world)] == [
        (1, 1),
        (0, 1),
    ]
    assert len(world.mail.sent) == 2


def test_bus_that_refuses_it_gets_the_same_digest_at_the_next_try(world: World) -> None:
    dead_letter(world)
    world.events.refused = {KIND}
    with pytest.raises(SendFailed, match="did not take DailyDigest"):
        world.digest()
    assert world.mail.sent == []
    world.events.refused = set()
    world.clock.advance(HOUR)

    assert world.digest().sent

    (detail,) = digests(world)
    assert (detail["id"], detail["at"]) == ("digest#1#DailyDigest", "2026-01-01T00:00:00.000Z")
    assert len(world.mail.sent) == 1


def test_topic_that_refuses_the_mail_gets_it_at_the_next_try_and_the_bus_nothing_more(world: World) -> None:
    dead_letter(world)
    world.mail.faults.add("send", SendFailed("no"))
    with pytest.raises(SendFailed):
        world.digest()
    world.clock.advance(HOUR)

    assert world.digest().sent

    assert (len(digests(world)), len(world.mail.sent)) == (1, 1)


def test_digest_that_waited_for_a_day_is_sent_before_the_next(world: World) -> None:
    dead_letter(world)
    world.events.refused = {KIND}
    with pytest.raises(SendFailed):
        world.digest()
    world.events.refused = set()
    world.clock.advance(DAY)

    assert world.digest().sent

    assert [detail["id"] for detail in digests(world)] == ["digest#1#DailyDigest", "digest#2#DailyDigest"]


@pytest.mark.parametrize("writes_before", [1, 2])
def test_digest_that_dies_half_way_is_completed_by_the_next_run(world: World, writes_before: int) -> None:
    dead_letter(world)
    world.daily.faults.add("write", Crash(), skip=writes_before)
    with pytest.raises(Crash):
        world.digest()

    assert world.digest().sent
    world.clock.advance(DAY)
    world.digest()

    assert {detail["id"] for detail in digests(world)} == {"digest#1#DailyDigest", "digest#2#DailyDigest"}
    assert not world.daily.stored.is_unfinished


def test_of_two_digests_at_once_the_one_that_loses_sends_nothing(world: World) -> None:
    dead_letter(world)
    world.daily.faults.add("write", Conflict("mark"))

    assert not world.digest().sent

    assert digests(world) == []
    assert world.log.of("digest_conflict") == [{"detail": "another run makes this digest"}]


@pytest.mark.parametrize("queue", ["letters_waiting", "failed_runs"])
def test_queue_that_cannot_be_read_fails_the_digest_which_is_tried_again(world: World, queue: str) -> None:
    getattr(world, queue).faults.add("depth", SendFailed("down"))
    with pytest.raises(SendFailed):
        world.digest()

    assert world.digest().sent
    assert [detail["id"] for detail in digests(world)] == ["digest#1#DailyDigest"]


def test_what_the_outbox_sends_to_a_person_is_in_the_next_digest(world: World) -> None:
    kinds = (OutboxItem.MISSING, OutboxItem.AMOUNT_MISMATCH, OutboxItem.ABANDONED, OutboxItem.STILL_PENDING)
    order = samples.order()
    row = samples.dead_lettered(order, world.policy, at=world.now, outbox=samples.outbox_of(*kinds))
    world.table.put(row)
    world.events.refused = {"PaymentAmountMismatch"}

    world.refresher().outbox.relay([row])

    assert world.tally.counts == {"PaymentMissing": 1, NOT_SENT: 1}
    world.events.refused = set()
    world.digest()
    assert (digests(world)[0]["announced"], digests(world)[0]["not_sent"]) == ({"PaymentMissing": 1}, 1)


def test_tally_that_cannot_be_written_is_logged_and_does_not_fail_the_relay(world: World) -> None:
    row = samples.dead_lettered(
        samples.order(), world.policy, at=world.now, outbox=samples.outbox_of(OutboxItem.MISSING)
    )
    world.table.put(row)
    world.tally.faults.add("add", StateUnavailable("down"))

    world.refresher().outbox.relay([row])

    assert world.events.kinds == {"PaymentMissing": 1}
    assert world.log.of("tally_not_written") == [{"counts": {"PaymentMissing": 1}, "detail": "down"}]
