"""Which messages may act: those of the sweep, those sent by hand, dead letters moved back; others drop or fail."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from payment_refresh.errors import StateUnavailable, UnreadableRow
from payment_refresh.order import to_iso
from payment_refresh.watch import Reason, Status
from tests.fakes import samples
from tests.fakes.clock import START
from tests.unit.use_cases.steps import authorize, sweep_next, swept

if TYPE_CHECKING:
    from tests.fakes.world import World

BY_HAND: dict[str, object] = {"type": "stripe_payments", "id": "pay-a"}


def dropped(world: World) -> list[str]:
    return [line["why"] for line in world.log.of("message_dropped")]


class TestSwept:
    """Messages that bear a claim token."""

    def test_the_same_message_again_changes_nothing(self, world: World) -> None:
        (key,) = swept(world, samples.order())
        (body,) = world.queue.waiting.values()
        world.take_batch()
        before = world.row(key)

        report = world.refresh(body)

        assert (report.failed, report.counts) == (frozenset(), {})
        assert world.row(key) is before
        assert dropped(world) == ["stale_duplicate"]

    def test_two_copies_in_one_batch_are_checked_once(self, world: World) -> None:
        swept(world, samples.order())
        (body,) = world.queue.waiting.values()

        report = world.refresh(body, body)

        assert report.counts == {"ListCalls": 1, "PatchCalls": 1, "Pending": 1}

    def test_a_message_whose_lease_ended_gives_way_to_the_next_claim(self, world: World) -> None:
        (key,) = swept(world, samples.order())
        (late,) = world.queue.waiting.values()
        sweep_next(world, key)

        assert world.refresh(late).counts == {}

        assert world.row(key).claim == "token-2"
        assert world.take_batch().counts["PatchCalls"] == 1

    def test_of_two_copies_handled_at_once_one_writes(self, world: World) -> None:
        """The second copy writes its outcome while the first still asks Commerce Layer."""
        (key,) = swept(world, samples.order())
        (body,) = world.queue.waiting.values()
        world.commerce_layer.script("look", "*", lambda: world.refresh(body))

        report = world.refresh(body)

        assert report.counts == {"ListCalls": 1, "PatchCalls": 1}
        assert report.failed == frozenset()
        assert world.log.of("outcome_came_late") == [{"payment": str(key)}]
        assert (world.row(key).patches, world.row(key).unanswered) == (1, 0)

    def test_a_row_that_is_gone_is_no_reason_to_start_one(self, world: World) -> None:
        report = world.refresh(BY_HAND | {"claim": "token"})

        assert (report.failed, report.counts) == (frozenset(), {})
        assert not world.table.rows

    def test_a_claimed_watch_that_an_event_noted_is_still_checked(self, world: World) -> None:
        order = samples.order()
        (key,) = swept(world, order)
        world.commerce_layer.put(samples.authorized(order, START + 71))
        world.event(samples.authorized(order, START + 71))

        assert world.take_batch().counts["Settled"] == 1

        assert world.row(key).settled_by == "webhook"

    def test_an_unreadable_row_is_left_alone(self, world: World) -> None:
        (key,) = swept(world, samples.order())
        world.table.unreadable.add(key)
        writes = len(world.table.writes)

        world.take_batch()

        assert len(world.table.writes) == writes
        assert not world.commerce_layer.calls
        assert "row_unreadable" in world.table.log.text  # type: ignore[attr-defined]  # the fake's log

    def test_a_table_that_cannot_be_read_fails_the_whole_batch(self, world: World) -> None:
        swept(world, samples.order(), samples.order("b"))
        world.table.faults.add("read_many", StateUnavailable("down"))

        report = world.take_batch()

        assert report.failed == {"message-1", "message-2"}
        assert not world.commerce_layer.calls
        assert world.take_batch().counts["PatchCalls"] == 2


class TestByHand:
    """Messages without a token."""

    def test_an_unknown_payment_gets_a_watch_and_is_checked_now(self, world: World) -> None:
        order = samples.order(at=START - 5000)
        world.commerce_layer.put(order)
        authorize(world, order)

        report = world.refresh(BY_HAND)

        assert report.counts == {"ListCalls": 2, "PatchCalls": 1, "Settled": 1}
        assert world.row(samples.key()).order_id == "order-a"

    def test_a_watch_that_is_not_due_is_checked_now(self, world: World) -> None:
        world.commerce_layer.put(samples.order())
        world.event(samples.order())

        assert world.refresh(BY_HAND).counts == {"ListCalls": 1, "PatchCalls": 1, "Pending": 1}

        assert (world.row(samples.key()).round, world.row(samples.key()).claim) == (1, None)

    def test_an_order_leads_to_its_payment_which_is_checked_next(self, world: World) -> None:
        order = samples.order()
        world.commerce_layer.put(order)

        assert world.refresh({"order_id": "order-a"}).counts == {"ListCalls": 1, "Closed": 1}

        assert world.row(samples.key()).due_at == START
        world.sweep()
        assert world.take_batch().counts["PatchCalls"] == 1

    def test_an_order_whose_payment_is_watched_makes_it_due_now(self, world: World) -> None:
        world.commerce_layer.put(samples.order())
        world.event(samples.order())
        world.clock.advance(5)

        world.refresh({"order_id": "order-a"})

        assert world.row(samples.key()).due_at == START + 5

    def test_what_is_under_way_is_not_disturbed(self, world: World) -> None:
        (key,) = swept(world, samples.order())

        assert world.refresh(BY_HAND).counts == {}

        assert dropped(world) == ["under_way"]
        assert world.row(key).claim == "token-1"

    def test_a_claim_whose_lease_ended_is_taken_over(self, world: World) -> None:
        swept(world, samples.order())
        world.clock.advance(601)

        assert world.refresh(BY_HAND).counts["PatchCalls"] == 1

    def test_by_hand_and_swept_in_one_batch_are_checked_once(self, world: World) -> None:
        swept(world, samples.order())
        (body,) = world.queue.waiting.values()

        report = world.refresh(BY_HAND, body)

        assert report.counts == {"ListCalls": 1, "PatchCalls": 1, "Pending": 1}
        assert report.failed == frozenset()

    def test_the_same_request_twice_in_one_batch_is_checked_once(self, world: World) -> None:
        world.commerce_layer.put(samples.order())

        assert world.refresh(BY_HAND, BY_HAND).counts["PatchCalls"] == 1

    def test_a_settled_payment_is_left_settled(self, world: World) -> None:
        world.table.put(samples.watch(samples.order(), world.policy, status=Status.SETTLED, due_at=None))

        assert world.refresh(BY_HAND).counts == {}

        assert dropped(world) == ["already_settled"]

    @pytest.mark.parametrize("status", [Status.CLOSED, Status.MISSING, Status.ABANDONED, Status.DEAD_LETTERED])
    def test_any_other_end_is_followed_by_a_new_round(self, world: World, status: Status) -> None:
        world.commerce_layer.put(samples.order())
        ended = samples.watch(samples.order(), world.policy, status=status, due_at=None, patches=7)
        world.table.put(ended)

        assert world.refresh(BY_HAND).counts["PatchCalls"] == 1

        row = world.row(samples.key())
        assert (row.status, row.round, row.patches) == (Status.WATCHING, 2, 1)

    def test_what_is_owed_goes_out_before_a_new_round(self, world: World) -> None:
        world.table.put(samples.owing(samples.order(), world.policy, at=START))

        assert world.refresh(BY_HAND).counts == {}

        assert world.row(samples.key()).owes

    def test_the_sweep_that_came_in_between_wins(self, world: World) -> None:
        world.commerce_layer.put(samples.order())
        world.event(samples.order())
        world.clock.advance(60)
        world.table.faults.meanwhile("write", world.sweep)

        assert world.refresh(BY_HAND).counts == {}

        assert dropped(world) == ["taken_by_another"]
        assert world.take_batch().counts["PatchCalls"] == 1

    def test_a_table_that_fails_fails_that_message_alone(self, world: World) -> None:
        swept(world, samples.order("b"))
        (body,) = world.queue.waiting.values()
        world.commerce_layer.put(samples.order())
        world.table.faults.add("write", StateUnavailable("down"))

        report = world.refresh(BY_HAND, body)

        assert report.failed == {"0"}
        assert report.counts == {"ListCalls": 1, "PatchCalls": 1, "Pending": 1}

    def test_a_row_of_a_newer_version_fails_the_message(self, world: World) -> None:
        world.table.unreadable.add(samples.key())

        assert world.refresh(BY_HAND).failed == {"0"}

        assert world.log.of("message_failed")[0]["error"] == UnreadableRow.__name__


class TestLettersMovedBack:
    """Dead letters in the pending queue."""

    def letter(self, world: World) -> str:
        """Give a payment up."""
        (key,) = swept(world, samples.order(), age=world.policy.give_up)
        world.take_batch()
        sweep_next(world, key)
        world.take_batch()
        (body,) = world.letters.letters
        return body

    def test_a_letter_starts_the_next_round_once(self, world: World) -> None:
        body = self.letter(world)

        assert world.refresh(body).counts == {"ListCalls": 1, "PatchCalls": 1, "Pending": 1}
        row = world.row(samples.key())
        assert (row.status, row.round, row.patches, row.reason) == (Status.WATCHING, 2, 1, None)
        assert row.started_at == world.now

        assert world.refresh(body).counts == {}
        assert dropped(world) == ["letter_of_another_round"]
        assert world.row(samples.key()).round == 2

    def test_two_copies_of_a_letter_start_one_round(self, world: World) -> None:
        body = self.letter(world)

        assert world.refresh(body, body).counts["PatchCalls"] == 1

        assert world.row(samples.key()).round == 2

    def test_the_next_round_may_settle(self, world: World) -> None:
        body = self.letter(world)
        authorize(world, samples.order())

        assert world.refresh(body).counts["Settled"] == 1

        row = world.row(samples.key())
        assert (row.status, row.reason, row.settled_by) == (Status.SETTLED, None, "refresh")

    def test_the_next_round_ends_in_a_letter_of_its_own(self, world: World) -> None:
        world.refresh(self.letter(world))
        world.clock.advance(world.policy.give_up)
        for _ in range(2):
            sweep_next(world, samples.key())
            world.take_batch()

        assert [letter["round"] for letter in world.letters.contents] == [1, 2]

    def test_the_letter_of_an_older_round_is_dropped(self, world: World) -> None:
        old = self.letter(world)
        world.table.put(replace(world.row(samples.key()), round=2))

        assert world.refresh(old).counts == {}

        assert world.row(samples.key()).status is Status.DEAD_LETTERED

    def test_the_letter_of_a_payment_that_settled_since_is_dropped(self, world: World) -> None:
        body = self.letter(world)
        world.event(samples.authorized(samples.order(), world.clock.now))

        assert world.refresh(body).counts == {}

        assert world.row(samples.key()).status is Status.SETTLED

    def test_a_letter_whose_row_still_owes_is_replaced_by_the_one_to_come(self, world: World) -> None:
        world.table.put(samples.owing(samples.order(), world.policy, at=START))

        assert world.refresh(BY_HAND | {"round": 1, "reason": "stayed_pending"}).counts == {}

        assert world.row(samples.key()).owes

    def test_a_letter_whose_row_is_gone_starts_the_round_anew(self, world: World) -> None:
        world.commerce_layer.put(samples.order())

        assert world.refresh(BY_HAND | {"round": 3}).counts["PatchCalls"] == 1

        assert world.row(samples.key()).round == 4

    def test_a_letter_of_what_could_not_be_processed_is_tried_anew(self, world: World) -> None:
        world.commerce_layer.put(samples.order())
        world.table.put(
            samples.dead_lettered(
                samples.order(), world.policy, at=START, reason=Reason.CANNOT_PROCESS, claims=6, trials=3
            )
        )

        assert world.refresh(BY_HAND | {"round": 1, "reason": "cannot_process"}).counts["PatchCalls"] == 1

        row = world.row(samples.key())
        assert (row.status, row.claims, row.trials) == (Status.WATCHING, 0, 0)

    def test_the_letter_of_an_order_finds_its_payment(self, world: World) -> None:
        order = samples.order()
        bare = samples.without_source(order)
        world.table.put(samples.dead_lettered(bare, world.policy, at=START))
        world.commerce_layer.put(replace(order, updated_at=to_iso(START + 5)))

        assert world.refresh({"type": "orders", "id": "order-a", "round": 1}).counts == {
            "ListCalls": 1,
            "Closed": 1,
        }

        assert world.row(samples.key()).due_at == START


@pytest.mark.parametrize(
    "body",
    [
        "",
        "not json",
        "[1]",
        "null",
        "{}",
        json.dumps({"type": "paypal_payments", "id": "x"}),
        json.dumps({"type": "stripe_payments", "id": "../orders"}),
        json.dumps({"type": "stripe_payments"}),
        json.dumps({"order_id": 7}),
        json.dumps({"type": "stripe_payments", "id": "pay-a", "claim": 7}),
        json.dumps({"type": "stripe_payments", "id": "pay-a", "round": True}),
    ],
)
def test_what_nobody_can_act_on_fails_and_holds_up_no_other(world: World, body: str) -> None:
    swept(world, samples.order("b"))
    (good,) = world.queue.waiting.values()

    report = world.refresh(body, good)

    assert report.failed == {"0"}
    assert report.counts == {"Unreadable": 1, "ListCalls": 1, "PatchCalls": 1, "Pending": 1}


def test_an_empty_batch_is_fine(world: World) -> None:
    report = world.refresh()

    assert (report.failed, report.counts) == (frozenset(), {})
