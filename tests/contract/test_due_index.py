"""The due index and claims, held against the fake and against DynamoDB."""

from __future__ import annotations

from dataclasses import replace

import pytest

from payment_refresh.domain.vocabulary import CheckSource, DueClass, OutboxItem, Status, WatchClass
from payment_refresh.domain.watch import Check, Due, RowConflict
from tests.contract.tables import KEY, Bench, new, race
from tests.support import samples
from tests.support.clock import START


class TestDue:
    """The due index: by class, oldest first, no more than asked for."""

    def test_only_what_is_due_is_listed(self, state: Bench) -> None:
        state.table.write(new("past", due_at=START - 1))
        state.table.write(new("now", due_at=START))
        state.table.write(new("future", due_at=START + 1))

        assert state.table.due(DueClass.FIRST, START, 10) == [
            Due(samples.key("past"), START - 1),
            Due(samples.key("now"), START),
        ]

    def test_the_oldest_come_first_and_the_limit_holds(self, state: Bench) -> None:
        for number in (3, 1, 4, 2, 5):
            state.table.write(new(f"{number}", due_at=START + number))

        listed = state.table.due(DueClass.FIRST, START + 9, 3)

        assert [due.due_at for due in listed] == [START + 1, START + 2, START + 3]

    def test_asked_for_the_newest_it_begins_with_what_fell_due_last(self, state: Bench) -> None:
        for number in (3, 1, 4, 2, 5):
            state.table.write(new(f"{number}", due_at=START + number))

        listed = state.table.due(DueClass.FIRST, START + 4, 3, newest_first=True)

        assert [due.due_at for due in listed] == [START + 4, START + 3, START + 2]

    def test_classes_are_listed_apart(self, state: Bench) -> None:
        checked = Check(at=START, by=CheckSource.LOOK, verdict="pending")
        rows = {
            DueClass.FIRST: new("a", due_at=START),
            DueClass.PLACED: new("b", due_at=START, checks=(checked,)),
            DueClass.CONFIRM: new("c", due_at=START, absent_twice=True),
            DueClass.CART: new("d", due_at=START, watch_class=WatchClass.CART),
            DueClass.STUCK: new("e", due_at=START, status=Status.REPORTED),
        }
        for row in rows.values():
            state.table.write(row)

        for due_class, row in rows.items():
            assert [due.key for due in state.table.due(due_class, START, 10)] == [row.key]

    def test_what_has_ended_is_not_listed(self, state: Bench) -> None:
        stored = state.table.write(new(due_at=START))
        state.table.write(replace(stored, status=Status.SETTLED, due_at=None))

        assert state.table.due(DueClass.FIRST, START + 9, 10) == []

    def test_what_still_has_unrelayed_is_listed(self, state: Bench) -> None:
        state.table.write(
            new(status=Status.DEAD_LETTERED, outbox=frozenset({OutboxItem.DEAD_LETTER}), due_at=START)
        )

        assert [due.key for due in state.table.due(DueClass.PLACED, START, 10)] == [KEY]

    def test_what_changes_its_class_is_listed_in_the_new_one(self, state: Bench) -> None:
        stored = state.table.write(new(due_at=START, watch_class=WatchClass.CART))
        state.table.write(replace(stored, watch_class=WatchClass.PLACED))

        assert state.table.due(DueClass.CART, START, 10) == []
        assert [due.key for due in state.table.due(DueClass.FIRST, START, 10)] == [KEY]

    def test_of_two_hundred_all_are_listed(self, state: Bench) -> None:
        for number in range(200):
            state.table.write(new(f"{number}", due_at=START + number))

        assert len(state.table.due(DueClass.FIRST, START + 999, 1000)) == 200
        assert len(state.table.due(DueClass.FIRST, START + 999, 1000, newest_first=True)) == 200


class TestClaim:
    """A claim holds only if the row is still due when it was read to be."""

    def test_a_claim_hands_the_row_to_the_token(self, state: Bench) -> None:
        stored = state.table.write(new(due_at=START))

        claimed = state.table.claim(Due(KEY, START), "token", START + 600)

        assert claimed == replace(stored, claim="token", claims=1, due_at=START + 600, revision=2)
        assert state.table.read(KEY) == claimed

    def test_a_row_that_is_due_at_another_time_is_not_claimed(self, state: Bench) -> None:
        stored = state.table.write(new(due_at=START))

        assert state.table.claim(Due(KEY, START - 1), "token", START + 600) is None
        assert state.table.claim(Due(KEY, START + 1), "token", START + 600) is None

        assert state.table.read(KEY) == stored

    def test_a_row_that_is_not_due_any_more_is_not_claimed(self, state: Bench) -> None:
        state.table.write(new(due_at=None))

        assert state.table.claim(Due(KEY, START), "token", START + 600) is None

    def test_a_row_that_is_gone_is_neither_claimed_nor_made(self, state: Bench) -> None:
        assert state.table.claim(Due(KEY, START), "token", START + 600) is None

        assert state.table.read(KEY) is None

    def test_a_claim_overrules_what_was_read_before_it(self, state: Bench) -> None:
        stored = state.table.write(new(due_at=START))
        claimed = state.table.claim(Due(KEY, START), "token", START + 600)

        with pytest.raises(RowConflict) as conflict:
            state.table.write(replace(stored, event_during_lease=True))

        assert conflict.value.current == claimed

    def test_a_claimed_row_can_be_written_by_who_claimed_it(self, state: Bench) -> None:
        state.table.write(new(due_at=START))
        claimed = state.table.claim(Due(KEY, START), "token", START + 600)
        assert claimed is not None

        assert state.table.write(replace(claimed, claim=None)).revision == 3

    def test_claims_are_counted(self, state: Bench) -> None:
        state.table.write(new(due_at=START))
        for number in range(3):
            claimed = state.table.claim(Due(KEY, START + number), f"token-{number}", START + number + 1)
            assert claimed is not None
            assert claimed.claims == number + 1

    def test_of_many_that_claim_a_row_one_wins(self, state: Bench) -> None:
        state.table.write(new(due_at=START))

        outcomes = race(lambda number: state.table.claim(Due(KEY, START), f"token-{number}", START + 600))

        (winner,) = [outcome for outcome in outcomes if outcome is not None]
        assert state.table.read(KEY) == winner
