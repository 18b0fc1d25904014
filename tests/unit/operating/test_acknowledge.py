"""Acknowledging payments: the message, the wait, and the letters that are taken out of the queue."""

from __future__ import annotations

import json
from copy import replace
from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain.vocabulary import Reason, Status
from payrefresh.errors import OperatorError, WrongInput
from payrefresh.manual.acknowledge import Acknowledge, message
from tests.support import samples
from tests.unit.operating.manual_steps import FakeLetters, FakeRequests, FakeRows, dead_letters, idle, waiting
from tests.unit.use_cases.steps import several

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payment_refresh.domain.watch import Watch
    from payrefresh.manual.waiting import Waiting
    from tests.support.world import World


def acknowledging(world: World, wait: Waiting | None = None, letters: FakeLetters | None = None) -> Acknowledge:
    return Acknowledge(
        rows=FakeRows(world),
        requests=FakeRequests(world),
        letters=letters or FakeLetters(world),
        waiting=wait or waiting(world),
    )


def close(use_case: Acknowledge, *names: str, note: str = "refunded") -> Sequence[Watch]:
    watches = use_case.find(names)
    closed = use_case.close(watches, note)
    use_case.delete_letters(watches)
    return list(closed.values())


def test_several_payments_are_closed_with_one_note_and_their_letters_deleted(world: World) -> None:
    dead_letters(world, *several(3))

    closed = close(acknowledging(world), "order-00", "1001")

    assert [(row.status, row.reason, row.note) for row in closed] == [
        (Status.CLOSED, Reason.ACKNOWLEDGED, "refunded")
    ] * 2
    assert [letter["id"] for letter in world.letters.contents] == ["pay-02"]


def test_letters_of_other_payments_are_visible_at_once_again(world: World) -> None:
    dead_letters(world, *several(2))
    letters = FakeLetters(world)

    close(acknowledging(world, letters=letters), "pay-00")

    assert letters.in_flight() == 0


def test_acknowledging_once_more_changes_nothing_and_deletes_what_letter_is_left(world: World) -> None:
    dead_letters(world, samples.order())
    letters = list(world.letters.letters)
    close(acknowledging(world), "pay-a")
    world.letters.letters += letters
    use_case = acknowledging(world)

    (row,) = close(use_case, "pay-a", note="once more")

    assert (row.note, world.letters.letters) == ("refunded", [])
    assert use_case.requests.bodies == []  # type: ignore[attr-defined]  # the double's own


def test_two_people_who_acknowledge_at_once_leave_the_first_note(world: World) -> None:
    dead_letters(world, samples.order())
    use_cases = acknowledging(world), acknowledging(world)
    watches = [use_case.find(["pay-a"]) for use_case in use_cases]
    for use_case, note in zip(use_cases, ("first", "second"), strict=True):
        use_case.requests.send([message(samples.key(), note)])

    closed = [use_case.close(found, "third") for use_case, found in zip(use_cases, watches, strict=True)]

    assert [row.note for found in closed for row in found.values()] == ["first", "first"]


def test_payment_that_is_not_closed_in_time_is_an_error_and_its_letter_stays(world: World) -> None:
    dead_letters(world, samples.order())

    with pytest.raises(OperatorError, match=r"not closed yet after 120 s: stripe_payments#pay-a"):
        close(acknowledging(world, idle(world)), "pay-a")
    assert len(world.letters.letters) == 1


def test_queue_that_refuses_the_message_is_an_error_that_names_the_payment(world: World) -> None:
    dead_letters(world, samples.order())
    use_case = acknowledging(world)
    use_case.requests.refused.add("pay-a")  # type: ignore[attr-defined]  # the double's own

    with pytest.raises(OperatorError, match="did not take stripe_payments#pay-a"):
        close(use_case, "pay-a")


def test_letters_that_another_run_holds_are_counted_so_that_it_can_be_said(world: World) -> None:
    dead_letters(world, *several(2))
    letters = FakeLetters(world)
    letters.receive()
    use_case = acknowledging(world, letters=letters)
    watches = use_case.find(["pay-00"])
    use_case.close(watches, "refunded")

    assert use_case.delete_letters(watches) == (0, 2)


def test_letter_that_cannot_be_deleted_is_an_error_that_says_what_to_do(world: World) -> None:
    dead_letters(world, samples.order())
    letters = FakeLetters(world, undeletable={"letter-0-0"})

    with pytest.raises(OperatorError, match="acknowledge once more"):
        close(acknowledging(world, letters=letters), "pay-a")


def test_reported_payment_is_closed_without_a_look_into_the_dead_letter_queue(world: World) -> None:
    world.table.put(samples.reported(samples.order(), world.policy, at=world.now))
    letters = FakeLetters(world)

    (row,) = close(acknowledging(world, letters=letters), "pay-a")

    assert (row.status, letters.steps.made) == (Status.CLOSED, 0)


def test_message_that_names_the_payment_without_a_round_is_no_letter_of_it(world: World) -> None:
    dead_letters(world, samples.order())
    world.letters.letters += [json.dumps({"type": "stripe_payments", "id": "pay-a"}), "not JSON"]

    close(acknowledging(world), "pay-a")

    assert len(world.letters.letters) == 2


class TestWrongNames:
    """Nothing is sent where one of the names is wrong."""

    def test_unknown_name_says_what_to_give(self, world: World) -> None:
        with pytest.raises(WrongInput, match="nothing is known of nonsense"):
            acknowledging(world).find(["nonsense"])

    def test_settled_payment_is_not_to_be_acknowledged(self, world: World) -> None:
        row = samples.dead_lettered(samples.order(), world.policy, at=world.now)
        world.table.put(replace(row, status=Status.SETTLED))

        with pytest.raises(WrongInput, match="is settled"):
            acknowledging(world).find(["pay-a"])

    def test_order_with_several_stuck_payments_asks_for_one_of_them(self, world: World) -> None:
        dead_letters(world, *several(2))
        for row in list(world.table.rows.values()):
            world.table.put(replace(row, order_id="order-x"))

        with pytest.raises(WrongInput, match="several stuck payments"):
            acknowledging(world).find(["order-x"])

    @pytest.mark.parametrize("note", ["", "   ", "x" * 201, "two\nlines"])
    def test_note_that_cannot_be_right_is_refused(self, note: str) -> None:
        with pytest.raises(WrongInput, match="--note"):
            message(samples.key(), note)
