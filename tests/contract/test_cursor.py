"""What discover relies on in its cursor, held against the fake and against DynamoDB."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from payment_refresh.adapters.dynamodb.cursor import DynamoCursorTable
from payment_refresh.domain.cursor import Cursor, Pass
from payment_refresh.errors import Conflict, StateUnavailable
from tests.contract.tables import RACERS, race
from tests.support.clock import START
from tests.support.cursor import FakeCursorTable

if TYPE_CHECKING:
    from devstack.local_aws import LocalAws
    from payment_refresh.ports import CursorTable

FULL = Cursor(
    of=Pass.ORDERS,
    first_at=START,
    begun_at=START + 1,
    whole=True,
    listing="unplaced",
    after="oRdErId",
    complete_to=START + 2,
    complete_at=START + 3,
    whole_at=START + 4,
)


@pytest.fixture(params=["fake", "DynamoDB"])
def table(request: pytest.FixtureRequest) -> CursorTable:
    if request.param == "fake":
        return FakeCursorTable()
    request.getfixturevalue("aws")
    return DynamoCursorTable(request.getfixturevalue("table_name"))


@pytest.mark.parametrize("of", Pass)
def test_what_was_never_written_is_empty(table: CursorTable, of: Pass) -> None:
    assert table.read(of) == Cursor(of=of)


@pytest.mark.parametrize("cursor", [FULL, Cursor(of=Pass.CARTS), replace(FULL, whole=False, after=None)])
def test_a_cursor_comes_back_as_it_was_written(table: CursorTable, cursor: Cursor) -> None:
    written = table.write(cursor)

    assert written == replace(cursor, revision=1)
    assert table.read(cursor.of) == written


def test_what_is_none_again_comes_back_as_none(table: CursorTable) -> None:
    ended = table.write(FULL).ended(START + 9)
    table.write(ended)

    assert (ended.begun_at, ended.listing, ended.after) == (None, None, None)
    assert table.read(Pass.ORDERS) == replace(ended, revision=2)


def test_each_pass_has_a_progress_of_its_own(table: CursorTable) -> None:
    orders = table.write(FULL)
    carts = table.write(Cursor(of=Pass.CARTS).begun(START))

    assert (table.read(Pass.ORDERS), table.read(Pass.CARTS)) == (orders, carts)


def test_who_read_an_older_one_does_not_write(table: CursorTable) -> None:
    first = table.write(FULL)
    second = table.write(first.moved("placed", "id-2"))

    with pytest.raises(Conflict):
        table.write(first.moved("placed", "id-1"))

    assert table.read(Pass.ORDERS) == second


def test_nor_does_who_read_none(table: CursorTable) -> None:
    first = table.write(FULL)

    with pytest.raises(Conflict):
        table.write(FULL.moved("placed", "id-1"))

    assert table.read(Pass.ORDERS) == first


def test_nor_where_what_was_read_is_gone(table: CursorTable) -> None:
    with pytest.raises(Conflict):
        table.write(replace(FULL, revision=3))

    assert table.read(Pass.ORDERS) == Cursor(of=Pass.ORDERS)


@pytest.mark.parametrize("written_before", [True, False])
def test_of_many_that_write_at_once_one_wins(table: CursorTable, written_before: bool) -> None:
    read = table.write(FULL) if written_before else FULL

    results = race(lambda number: table.write(read.moved("placed", f"id-{number}")))

    won = [result for result in results if isinstance(result, Cursor)]
    assert len(won) == 1
    assert len([result for result in results if isinstance(result, Conflict)]) == RACERS - 1
    assert table.read(Pass.ORDERS) == won[0]


@dataclass(frozen=True)
class Row:
    """A row of the real table, past the adapter."""

    aws: LocalAws
    table: str
    key: str

    def put(self, **attributes: dict[str, str]) -> None:
        self.aws.clients.dynamodb.put_item(TableName=self.table, Item={"pk": {"S": self.key}} | attributes)

    def attributes(self) -> set[str]:
        answer = self.aws.clients.dynamodb.get_item(TableName=self.table, Key={"pk": {"S": self.key}})
        return set(answer["Item"])


@pytest.mark.parametrize(
    ("of", "key"), [(Pass.ORDERS, "mark#discover#orders"), (Pass.CARTS, "mark#discover#carts")]
)
def test_its_row_is_a_mark_that_bears_what_is_known(aws: LocalAws, table_name: str, of: Pass, key: str) -> None:
    """A mark, as the roles allow; without a time to live, and not in the due index."""
    DynamoCursorTable(table_name).write(Cursor(of=of).begun(START))

    assert Row(aws, table_name, key).attributes() == {"pk", "revision", "first_at", "begun_at", "whole"}


def test_a_row_of_a_newer_version_is_read_as_far_as_it_is_known(aws: LocalAws, table_name: str) -> None:
    Row(aws, table_name, "mark#discover#orders").put(
        revision={"N": "7"}, complete_to={"N": str(START)}, unheard_of={"S": "x"}
    )

    table = DynamoCursorTable(table_name)

    assert table.read(Pass.ORDERS) == Cursor(of=Pass.ORDERS, revision=7, complete_to=START)
    assert table.write(table.read(Pass.ORDERS)).revision == 8


def test_a_table_that_does_not_answer(aws: LocalAws) -> None:
    assert aws
    table = DynamoCursorTable("no-such-table")

    with pytest.raises(StateUnavailable, match="GetItem on discover's cursor failed: ResourceNotFoundException"):
        table.read(Pass.ORDERS)
    with pytest.raises(StateUnavailable, match="PutItem on discover's cursor failed: ResourceNotFoundException"):
        table.write(FULL)
