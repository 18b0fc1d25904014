"""The digest's count of stuck rows, and its report of what changed in them, whatever fails half-way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from payment_refresh.domain.daily_digest import KIND
from payment_refresh.domain.deployment import RunMode
from payment_refresh.domain.policy import DAY, Policy
from payment_refresh.domain.stuck import Sums
from payment_refresh.domain.vocabulary import DueClass, Reason, Status
from payment_refresh.errors import Conflict, SendFailed, StateUnavailable
from payment_refresh.use_cases.make_digest import counting
from tests.support import samples
from tests.support.clock import START
from tests.support.faults import Crash

if TYPE_CHECKING:
    from tests.support.world import World


def report(world: World, *names: str) -> None:
    """Let payments end as reported now."""
    for name in names:
        world.table.put(samples.reported(samples.order(name), world.policy, at=world.now))


def dead_letter(world: World, *names: str) -> None:
    """Let payments be given up now, and their letters be sent."""
    for name in names:
        order = samples.order(name)
        world.table.put(samples.dead_lettered(order, world.policy, at=world.now, due_at=world.now))


def watch_to_the_end(world: World) -> None:
    """Let a payment stay pending until its watch has ended, and what is to be sent was sent."""
    world.commerce_layer.put(samples.order())
    world.event(samples.order())
    while (row := world.row(samples.key())).due_class is not DueClass.STUCK:
        assert row.due_at is not None
        world.clock.advance(max(0, row.due_at - world.now))
        world.sweep()
        world.take_batch()


def reports(world: World) -> list[dict[str, Any]]:
    """Details of the events that the bus took, but for the daily digests."""
    return [detail for detail in world.events.details if detail["kind"] != KIND]


def ids(world: World) -> list[str]:
    """Their ids."""
    return [detail["id"] for detail in reports(world)]


def test_nothing_stuck_is_counted_as_zero_and_not_reported(world: World) -> None:
    made = world.digest()

    assert (made.stuck.reported, made.stuck.dead_lettered, made.reported) == (Sums(), Sums(), False)
    assert (ids(world), world.digests.stored.revision) == ([], 0)
    assert world.log.of("stuck_counted") == [{"reported": 0, "dead_lettered": 0}]


def test_stuck_payments_are_counted_and_the_reported_ones_are_reported(world: World) -> None:
    report(world, "a", "b")
    dead_letter(world, "c")
    world.event(samples.order("d"))

    made = world.digest()

    assert (made.stuck.reported.count, made.stuck.dead_lettered.count, made.reported) == (2, 1, True)
    (detail,) = reports(world)
    assert (detail["count"], detail["dead_lettered"], detail["sums"]) == (2, 1, {"EUR": 19800})
    assert world.log.of("stuck_counted") == [{"reported": 2, "dead_lettered": 1}]


def test_what_does_not_change_is_reported_once_and_then_what_changes(world: World) -> None:
    report(world, "a")
    world.digest()
    world.clock.advance(DAY)
    assert not world.digest().reported

    report(world, "b")
    world.clock.advance(DAY)
    assert world.digest().reported

    assert ids(world) == ["digest#1#StuckOrdersReported", "digest#2#StuckOrdersReported"]


def test_end_of_all_that_was_reported_is_reported_too(world: World) -> None:
    report(world, "a")
    world.digest()
    world.table.rows.clear()

    assert world.digest().reported

    assert [detail["count"] for detail in reports(world)] == [1, 0]


def test_event_that_the_bus_refuses_fails_the_digest_and_is_sent_by_the_next(world: World) -> None:
    report(world, "a")
    world.events.refused = {"StuckOrdersReported"}
    for _ in range(2):
        with pytest.raises(SendFailed, match="did not take StuckOrdersReported"):
            world.digest()
    world.events.refused = set()
    world.clock.advance(DAY)

    assert world.digest().reported
    assert not world.digest().reported

    (detail,) = reports(world)
    assert (detail["id"], detail["at"]) == ("digest#1#StuckOrdersReported", "2026-01-01T00:00:00.000Z")


def test_digest_that_dies_after_it_sent_sends_the_same_event_again(world: World) -> None:
    report(world, "a")
    world.digests.faults.add("write", Crash(), skip=1)
    with pytest.raises(Crash):
        world.digest()

    assert world.digest().reported
    assert not world.digest().reported

    first, second = reports(world)
    assert first == second


def test_digest_that_dies_before_it_sent_sends_it_later(world: World) -> None:
    report(world, "a")
    world.events.faults.add("send", Crash())
    with pytest.raises(Crash):
        world.digest()

    assert world.digest().reported

    assert ids(world) == ["digest#1#StuckOrdersReported"]


def test_of_two_digests_at_once_the_one_that_loses_sends_nothing(world: World) -> None:
    report(world, "a")
    world.digests.faults.meanwhile("write", world.digest)

    assert not world.digest().reported

    assert ids(world) == ["digest#1#StuckOrdersReported"]
    assert {"detail": "another run reports this"} in world.log.of("digest_conflict")


def test_conflict_after_the_event_was_sent_leaves_the_row_to_the_other_run(world: World) -> None:
    report(world, "a")
    world.digests.faults.add("write", Conflict("digest"), skip=1)

    assert not world.digest().reported

    assert ids(world) == ["digest#1#StuckOrdersReported"]


@pytest.mark.parametrize("operation", ["due", "read_many"])
def test_table_that_does_not_answer_fails_the_digest(world: World, operation: str) -> None:
    report(world, "a")
    world.table.faults.add(operation, StateUnavailable("down"))

    with pytest.raises(StateUnavailable):
        world.digest()

    assert ids(world) == []


def test_row_that_cannot_be_read_is_left_out_of_the_sums(world: World) -> None:
    report(world, "a", "b")
    world.table.unreadable.add(samples.key("a"))

    assert world.digest().stuck.reported.count == 1


def test_row_that_is_gone_since_the_index_was_read_is_left_out(world: World) -> None:
    report(world, "a", "b")
    world.table.freeze_index()
    del world.table.rows[samples.key("a")]

    assert world.digest().stuck.reported.count == 1


@pytest.mark.parametrize("run_mode", RunMode)
def test_payment_that_was_watched_to_its_end_is_counted_until_it_is_acknowledged(
    world: World, run_mode: RunMode
) -> None:
    world.run_mode = run_mode
    world.policy = Policy(first=10, give_up=100, cap_idle=50, cap_busy=50)
    watch_to_the_end(world)
    counted = world.digest()

    assert [detail["kind"] for detail in reports(world)] == [
        "PaymentStillPending" if run_mode is RunMode.REFRESH else "StuckOrdersReported"
    ]
    world.refresh({"type": "stripe_payments", "id": "pay-a", "acknowledge": "paid by bank transfer"})

    row = world.row(samples.key())
    assert (row.status, row.reason, row.note) == (Status.CLOSED, Reason.ACKNOWLEDGED, "paid by bank transfer")
    after = world.digest()
    counts = [(it.stuck.reported.count, it.stuck.dead_lettered.count) for it in (counted, after)]
    assert counts == [(0, 1) if run_mode is RunMode.REFRESH else (1, 0), (0, 0)]
    assert reports(world)[-1 if run_mode is RunMode.REFRESH else -2]["reason"] == "acknowledged"


class TestMany:
    """More rows than a page holds, and more than one digest reads."""

    @pytest.fixture(autouse=True)
    def _small(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(counting, "PAGE", 2)
        monkeypatch.setattr(counting, "MOST_ROWS", 5)

    def test_all_pages_are_counted_and_progress_is_logged(self, world: World) -> None:
        report(world, *"abcde")

        made = world.digest()

        assert (made.stuck.reported.count, made.stuck.complete) == (5, True)
        assert world.log.of("stuck_read") == [
            {"rows": 2, "of": 5},
            {"rows": 4, "of": 5},
            {"rows": 5, "of": 5},
        ]

    def test_rows_beyond_the_most_are_left_out_and_that_is_said(self, world: World) -> None:
        for name in "abcdef":
            report(world, name)
            world.clock.advance(60)

        made = world.digest()

        assert (made.stuck.reported.count, made.stuck.complete) == (5, False)
        assert world.log.of("stuck_not_all_counted") == [{"reported": 5, "dead_lettered": 0}]
        (detail,) = reports(world)
        assert (detail["complete"], detail["count"]) == (False, 5)
        assert world.clock.now == START + 360
