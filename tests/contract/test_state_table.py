"""Contract of the `StateTable` port, held against the fake and against DynamoDB."""

from __future__ import annotations

from dataclasses import replace

import pytest

from payment_refresh.domain.vocabulary import (
    CheckSource,
    DueClass,
    Notice,
    OutboxItem,
    Reason,
    SettledBy,
    Status,
    WatchClass,
)
from payment_refresh.domain.watch import Check, Due, RowConflict, Watch
from payment_refresh.errors import UnreadableRow
from tests.contract.tables import KEY, RACERS, Bench, new, race
from tests.support import samples
from tests.support.clock import START
from tests.support.later_rows import DUE_CLASS, assert_nothing_is_lost, later


class TestReadAndWrite:
    """Whole rows, each write conditional on the revision that was read."""

    def test_what_was_never_written_is_not_there(self, state: Bench) -> None:
        assert state.table.read(KEY) is None

    def test_a_row_comes_back_as_it_was_written(self, state: Bench) -> None:
        written = state.table.write(new())

        assert written == new(revision=1)
        assert state.table.read(KEY) == written

    def test_everything_in_a_row_comes_back(self, state: Bench) -> None:
        full = new(
            status=Status.DEAD_LETTERED,
            round=3,
            claim="token",
            claims=5,
            isolated_attempts=2,
            event_during_lease=True,
            consecutive_failures=4,
            last_error="503",
            checks=(
                Check(at=START, by=CheckSource.LOOK, verdict="pending"),
                Check(
                    at=START + 1, by=CheckSource.REFRESH, verdict="pending", payment_status="unpaid", code="422 X"
                ),
            ),
            refreshes=7,
            refresh_sent_at="2026-01-01T00:00:00.000Z",
            refresh_answered_at="2026-01-01T00:00:00.500Z",
            first_absent_at=START,
            unplaced_since=START,
            look_only=True,
            failed_attempt="t1",
            auto_place=True,
            ended_at=START + 2,
            settled_by=SettledBy.REFRESH,
            notice=Notice.SUPERSEDED,
            reason=Reason.CANNOT_PROCESS,
            outbox=frozenset({OutboxItem.DEAD_LETTER}),
            expires_at=START + 3,
        )
        state.table.write(full)

        assert state.table.read(KEY) == replace(full, revision=1)

    def test_as_little_as_can_be_in_a_row_comes_back(self, state: Bench) -> None:
        little = Watch(key=KEY, watch_class=WatchClass.CART, since=0, started_at=0, due_at=None)
        state.table.write(little)

        assert state.table.read(KEY) == replace(little, revision=1)

    def test_each_write_counts_one_revision(self, state: Bench) -> None:
        first = state.table.write(new())

        assert state.table.write(replace(first, event_during_lease=True)).revision == 2

    def test_a_row_that_exists_is_not_created_again(self, state: Bench) -> None:
        stored = state.table.write(new())

        with pytest.raises(RowConflict) as conflict:
            state.table.write(new(event_during_lease=True))

        assert conflict.value.current == stored
        assert state.table.read(KEY) == stored

    def test_a_conflict_has_the_row_as_it_stands(self, state: Bench) -> None:
        first = state.table.write(new())
        second = state.table.write(replace(first, claim="token"))

        with pytest.raises(RowConflict) as conflict:
            state.table.write(replace(first, event_during_lease=True))

        assert (conflict.value.key, conflict.value.current) == (str(KEY), second)

    def test_the_row_of_a_conflict_can_be_written_on(self, state: Bench) -> None:
        first = state.table.write(new())
        state.table.write(replace(first, claim="token"))
        with pytest.raises(RowConflict) as conflict:
            state.table.write(replace(first, event_during_lease=True))
        assert conflict.value.current is not None

        state.table.write(replace(conflict.value.current, event_during_lease=True))

        row = state.table.read(KEY)
        assert row is not None
        assert (row.claim, row.event_during_lease, row.revision) == ("token", True, 3)

    def test_a_row_that_is_gone_is_not_written_on(self, state: Bench) -> None:
        with pytest.raises(RowConflict) as conflict:
            state.table.write(new(revision=4))

        assert conflict.value.current is None
        assert state.table.read(KEY) is None

    def test_of_many_that_create_a_row_one_wins(self, state: Bench) -> None:
        outcomes = race(lambda number: state.table.write(new(order_number=f"{number}")))

        (winner,) = [outcome for outcome in outcomes if isinstance(outcome, Watch)]
        conflicts = [outcome for outcome in outcomes if isinstance(outcome, RowConflict)]
        assert len(conflicts) == RACERS - 1
        assert state.table.read(KEY) == winner
        assert {conflict.current == winner for conflict in conflicts} == {True}

    def test_of_many_that_change_a_row_one_wins(self, state: Bench) -> None:
        stored = state.table.write(new())

        outcomes = race(lambda number: state.table.write(replace(stored, claim=f"token-{number}")))

        (winner,) = [outcome for outcome in outcomes if isinstance(outcome, Watch)]
        assert state.table.read(KEY) == winner
        assert winner.revision == 2


class TestReadMany:
    """Up to a whole batch of rows at once, and more."""

    def test_rows_that_are_not_there_are_left_out(self, state: Bench) -> None:
        stored = state.table.write(new())

        assert state.table.read_many([KEY, samples.key("b")]) == {KEY: stored}

    def test_no_keys_are_no_rows(self, state: Bench) -> None:
        assert state.table.read_many([]) == {}

    def test_more_than_a_hundred_keys(self, state: Bench) -> None:
        stored = [state.table.write(new(f"{number}")) for number in range(120)]
        absent = [samples.key(f"absent-{number}") for number in range(120)]

        found = state.table.read_many([key for pair in zip((row.key for row in stored), absent) for key in pair])  # noqa: B905  equally long

        assert found == {row.key: row for row in stored}


class TestUnreadableRows:
    """Rows that lack what every version writes: reported, and in nobody's way."""

    def test_reading_one_is_an_error(self, state: Bench) -> None:
        state.table.write(new())
        state.spoil(KEY)

        with pytest.raises(UnreadableRow):
            state.table.read(KEY)

    def test_among_many_it_is_left_out_and_logged(self, state: Bench) -> None:
        state.table.write(new())
        other = state.table.write(new("b"))
        state.spoil(KEY)

        assert state.table.read_many([KEY, other.key]) == {other.key: other}

        (line,) = state.log.of("row_unreadable")
        assert str(KEY) in line["detail"]

    def test_its_claim_stands_so_that_it_is_not_tried_every_minute(self, state: Bench) -> None:
        state.table.write(new(due_at=START))
        state.spoil(KEY)

        with pytest.raises(UnreadableRow):
            state.table.claim(Due(KEY, START), "token", START + 600)

        assert state.table.due(DueClass.PLACED, START, 10) == []

    def test_it_is_not_overwritten(self, state: Bench) -> None:
        state.table.write(new())
        state.spoil(KEY)

        with pytest.raises(UnreadableRow):
            state.table.write(new())


class TestRowsOfLaterVersions:
    """Rows with words, kinds and attributes that this version does not know: read, claimed and written too."""

    def test_what_a_later_version_wrote_is_read_and_written_back(self, state: Bench) -> None:
        row = later(new(revision=1), due_class=DUE_CLASS)
        state.store(row)
        assert state.table.read(KEY) == row

        written = state.table.write(replace(row, event_during_lease=True))

        assert written == replace(row, event_during_lease=True, revision=2, later_due_class=None)
        assert state.table.read_many([KEY]) == {KEY: written}
        assert_nothing_is_lost(written)

    def test_open_row_in_an_unknown_due_class_is_due_once_it_is_written(self, state: Bench) -> None:
        row = later(new(revision=1, due_at=START), status=Status.WATCHING, checks=(), due_class=DUE_CLASS)
        state.store(row)
        assert state.table.due(DueClass.FIRST, START, 10) == []

        state.table.write(row)

        assert state.table.due(DueClass.FIRST, START, 10) == [Due(KEY, START)]

    def test_row_of_an_unknown_end_stays_in_its_due_class_when_written(self, state: Bench) -> None:
        row = later(new(revision=1, due_at=START), ended_at=START, due_class=DueClass.STUCK)
        state.store(row)

        written = state.table.write(row)

        assert written == replace(row, revision=2)
        assert state.table.due(DueClass.STUCK, START, 10) == [Due(KEY, START)]

    def test_claim_of_such_a_row_changes_nothing_else_of_it(self, state: Bench) -> None:
        row = later(new(revision=1, due_at=START))
        state.store(row)

        claimed = state.table.claim(Due(KEY, START), "token", START + 600)

        assert claimed == replace(row, claim="token", claims=1, due_at=START + 600, revision=2)
        assert state.table.read(KEY) == claimed


def test_the_first_deployment_is_remembered(state: Bench) -> None:
    assert state.table.first_seen(START) == START
    assert state.table.first_seen(START + 99) == START
