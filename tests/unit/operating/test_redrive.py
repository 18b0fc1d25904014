"""Redriving dead letters: what is sent, deleted and released, and what is said of each."""

from __future__ import annotations

import json
from copy import replace
from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain.vocabulary import SettledBy, Status
from payment_refresh.errors import TimedOut
from payrefresh.errors import WrongInput
from payrefresh.manual.dead import Selection
from payrefresh.manual.redrive import Redrive
from payrefresh.manual.redriven import counts, summary, what_became
from tests.support import samples
from tests.unit.operating.manual_steps import (
    FakeLetters,
    FakeRequests,
    FakeRows,
    Killed,
    Steps,
    dead_letters,
    forget_letters,
    idle,
    waiting,
)
from tests.unit.use_cases.steps import authorize, several

if TYPE_CHECKING:
    from payrefresh.manual.redrive import Redriven
    from payrefresh.manual.waiting import Waiting
    from tests.support.world import World


def redriving(
    world: World, letters: FakeLetters | None = None, wait: Waiting | None = None, steps: Steps | None = None
) -> Redrive:
    steps = steps or Steps()
    letters = letters or FakeLetters(world)
    letters.steps = steps
    return Redrive(
        rows=FakeRows(world),
        stuck=FakeRows(world),
        letters=letters,
        requests=FakeRequests(world, steps),
        waiting=wait or waiting(world),
        clock=world.clock,
    )


def run(use_case: Redrive, selection: Selection | None = None) -> tuple[Redriven, list[str]]:
    """Redrive what is selected; returns what was sent, and the sentences about it."""
    found = use_case.find()
    done = use_case.send(found, (selection or Selection()).choose(found))
    answers = what_became(done, use_case.wait(done.sent, lambda _: None), use_case.clock())
    return done, [*summary(done, answers), *(f"{answer.outcome}: {answer.text}" for answer in answers)]


def test_letters_of_settled_and_pending_payments_and_of_failed_calls_are_counted_apart(world: World) -> None:
    orders = several(3)
    keys = dead_letters(world, *orders)
    authorize(world, orders[0])
    world.commerce_layer.fail("refresh", str(keys[2]), TimedOut("no answer"))

    _, said = run(redriving(world))

    assert said[0] == "3 dead letters: 1 settled, 1 pending again, 1 not answered."
    assert world.letters.letters == []


def test_payment_that_settled_before_its_letter_was_redriven_is_counted_as_settled(world: World) -> None:
    (key,) = dead_letters(world, samples.order())
    settled = replace(world.row(key), status=Status.SETTLED, reason=None, settled_by=SettledBy.WEBHOOK)
    world.table.put(settled)

    done, said = run(redriving(world))

    assert said == ["1 dead letter: 1 settled.", "settled: it was already: the gateway's webhook came"]
    assert world.letters.letters == []
    assert len(done.sent) == 1


def test_payment_that_lost_its_letter_is_redriven_from_the_table(world: World) -> None:
    keys = dead_letters(world, *several(3))
    forget_letters(world, keys[1])

    _, said = run(redriving(world))

    assert said[:2] == [
        "3 dead letters: 3 pending again.",
        "1 of them had lost their letter: only the table still knew of them.",
    ]
    assert {world.row(key).round for key in keys} == {2}


def test_letters_held_by_another_run_keep_their_payments_out_of_this_one(world: World) -> None:
    keys = dead_letters(world, *several(2))
    letters = FakeLetters(world)
    other = redriving(world, letters).find()

    found = redriving(world, letters).find()

    assert (len(other.dead), found.dead, found.held_by_others) == (2, [], 2)
    assert {world.row(key).round for key in keys} == {1}


def test_two_runs_one_after_the_other_start_one_round_each_payment(world: World) -> None:
    (key,) = dead_letters(world, samples.order())

    run(redriving(world))
    _, said = run(redriving(world))

    assert said == ["There is no dead letter to redrive."]
    assert world.row(key).round == 2


def test_two_copies_of_a_letter_are_one_dead_letter_and_both_are_deleted(world: World) -> None:
    dead_letters(world, samples.order())
    world.letters.letters *= 2

    _, said = run(redriving(world))

    assert said[0] == "1 dead letter: 1 pending again."
    assert world.letters.letters == []


def test_letter_of_an_earlier_round_is_dropped_with_the_reason_and_deleted(world: World) -> None:
    (key,) = dead_letters(world, samples.order())
    world.table.put(replace(world.row(key), round=2, status=Status.WATCHING, ended_at=None))

    _, said = run(redriving(world))

    assert said == [
        "1 dead letter: 1 dropped.",
        "dropped: a letter of round 1, which is over: the payment is watching in round 2",
    ]
    assert world.letters.letters == []


def test_letters_that_name_no_payment_are_left_and_given_back(world: World) -> None:
    dead_letters(world, samples.order())
    bad = ["not JSON", json.dumps({"type": "unicorn_payments", "id": "a"}), "[]"]
    world.letters.letters += bad
    letters = FakeLetters(world)
    use_case = redriving(world, letters)

    found = use_case.find()
    use_case.send(found, Selection().choose(found))

    assert [letter.body for letter in found.unreadable] == bad
    assert world.letters.letters == bad
    assert letters.in_flight() == 0


def test_manual_message_that_could_not_be_handled_is_sent_as_it_was(world: World) -> None:
    world.commerce_layer.put(samples.order())
    body = json.dumps({"type": "stripe_payments", "id": "pay-a"})
    world.letters.letters.append(body)

    done, said = run(redriving(world))

    assert said[0] == "1 dead letter: 1 pending again."
    assert [dead.body for dead in done.sent] == [body]


def test_letter_whose_row_has_expired_starts_the_round_after_it(world: World) -> None:
    (key,) = dead_letters(world, samples.order())
    del world.table.rows[key]

    _, said = run(redriving(world))

    assert said[0] == "1 dead letter: 1 pending again."
    assert world.row(key).round == 2


def test_what_the_pending_queue_does_not_take_keeps_its_letter(world: World) -> None:
    dead_letters(world, *several(2))
    use_case = redriving(world)
    use_case.requests.refused.add("pay-00")  # type: ignore[attr-defined]  # the double's own

    _, said = run(use_case)

    assert said[0] == "2 dead letters: 1 pending again, 1 not asked yet."
    assert [letter["id"] for letter in world.letters.contents] == ["pay-00"]


def test_letter_that_cannot_be_deleted_is_dropped_by_the_next_run(world: World) -> None:
    (key,) = dead_letters(world, samples.order())
    letters = FakeLetters(world, undeletable={"letter-0-0"})

    _, said = run(redriving(world, letters))
    letters.undeletable.clear()
    _, again = run(redriving(world, letters))

    assert said[1] == "1 letter could not be deleted: redrive again, and they are dropped."
    assert again[0] == "1 dead letter: 1 dropped."
    assert world.row(key).round == 2


def test_payment_that_was_not_asked_in_time_is_named_so(world: World) -> None:
    dead_letters(world, samples.order())

    _, said = run(redriving(world, wait=idle(world)))

    assert said[0] == "1 dead letter: 1 not asked yet."


def test_run_that_is_killed_at_any_step_loses_nothing_and_the_next_one_ends_it() -> None:
    from tests.support.world import World

    deaths = 0
    while True:
        world = World()
        keys = dead_letters(world, *several(12))
        forget_letters(world, keys[3])
        letters, steps = FakeLetters(world), Steps(dies_after=deaths)
        try:
            run(redriving(world, letters, steps=steps))
            break
        except Killed:
            deaths += 1
        world.clock.advance(301)
        run(redriving(world, letters))
        run(redriving(world, letters))

        assert world.letters.letters == []
        assert [world.row(key).round for key in keys] == [2] * 12
    assert deaths > 8


class TestSelection:
    """Which dead letters are meant: by name, age and reason."""

    def chosen(self, world: World, selection: Selection) -> list[str]:
        found = redriving(world).find()
        return sorted(dead.key.id for dead in selection.choose(found))

    @pytest.mark.parametrize("name", ["pay-01", "stripe_payments#pay-01", "order-01", "1001"])
    def test_a_letter_is_found_by_each_of_its_names(self, world: World, name: str) -> None:
        dead_letters(world, *several(3))

        assert self.chosen(world, Selection(names=frozenset([name]))) == ["pay-01"]

    def test_a_name_that_no_dead_letter_has_is_refused_before_anything_is_sent(self, world: World) -> None:
        dead_letters(world, *several(2))

        with pytest.raises(WrongInput, match="known as nonsense"):
            self.chosen(world, Selection(names=frozenset(["pay-01", "nonsense"])))

    def test_age_counts_from_when_it_was_dead_lettered(self, world: World) -> None:
        (key,) = dead_letters(world, samples.order())
        ended_at = world.row(key).ended_at
        assert ended_at is not None

        assert self.chosen(world, Selection(ended_by=ended_at - 1)) == []

    def test_what_is_as_old_as_wanted_is_chosen(self, world: World) -> None:
        (key,) = dead_letters(world, samples.order())

        assert self.chosen(world, Selection(ended_by=world.row(key).ended_at)) == [key.id]

    @pytest.mark.parametrize(("reason", "number"), [("stayed_pending", 2), ("refresh_failing", 0)])
    def test_reason_chooses_those_with_a_letter_and_those_without(
        self, world: World, reason: str, number: int
    ) -> None:
        keys = dead_letters(world, *several(2))
        forget_letters(world, keys[0])

        assert len(self.chosen(world, Selection(reason=reason))) == number


def test_counts_are_by_the_words_of_a_redrive(world: World) -> None:
    dead_letters(world, samples.order())
    use_case = redriving(world)
    found = use_case.find()
    done = use_case.send(found, found.dead)

    assert counts(what_became(done, use_case.wait(done.sent, lambda _: None), world.now)) == {"pending again": 1}
