"""Contract of the `MarkTable` port for the mode, held against the fake and against DynamoDB."""

from __future__ import annotations

from copy import replace
from typing import TYPE_CHECKING

import pytest

from payment_refresh.adapters.dynamodb.mode_mark import DynamoModeTable
from payment_refresh.domain.deployment import RunMode
from payment_refresh.domain.mode_mark import ModeMark
from payment_refresh.errors import Conflict
from tests.support.clock import START
from tests.support.mark import FakeMark

if TYPE_CHECKING:
    from devstack.local_aws import LocalAws
    from payment_refresh.ports import MarkTable

FELL = ModeMark(run_mode=RunMode.OBSERVE, fell_back_at=START)


@pytest.fixture(params=["fake", "DynamoDB"])
def table(request: pytest.FixtureRequest) -> MarkTable[ModeMark]:
    if request.param == "fake":
        return FakeMark(ModeMark())
    request.getfixturevalue("aws")
    return DynamoModeTable(request.getfixturevalue("table_name"))


def test_mode_that_was_never_recorded_is_an_empty_mark(table: MarkTable[ModeMark]) -> None:
    assert table.read() == ModeMark()


@pytest.mark.parametrize("mark", [FELL, ModeMark(run_mode=RunMode.REFRESH)])
def test_mark_of_the_mode_comes_back_as_it_was_written(table: MarkTable[ModeMark], mark: ModeMark) -> None:
    written = table.write(mark)

    assert written == replace(mark, revision=1)
    assert table.read() == written


@pytest.mark.parametrize("revision", [0, 2])
def test_mark_of_another_revision_is_not_written(table: MarkTable[ModeMark], revision: int) -> None:
    first = table.write(FELL)

    with pytest.raises(Conflict):
        table.write(replace(FELL, revision=revision, fell_back_at=START + 1))

    assert table.read() == first


def test_mode_of_a_newer_version_is_read_as_none(aws: LocalAws, table_name: str) -> None:
    newer = {"pk": {"S": "mark#mode"}, "revision": {"N": "7"}, "run_mode": {"S": "rehearse"}, "more": {"S": "x"}}
    aws.clients.dynamodb.put_item(TableName=table_name, Item=newer)

    assert DynamoModeTable(table_name).read() == ModeMark(revision=7)
