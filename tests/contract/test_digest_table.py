"""Contract of the `MarkTable` port for the digest, held against the fake and against DynamoDB."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from payment_refresh.adapters.dynamodb.digest import DynamoDigestTable
from payment_refresh.domain.daily_digest import DailyDigest
from payment_refresh.domain.stuck import Digest
from payment_refresh.errors import Conflict, StateUnavailable
from tests.contract.tables import RACERS, race
from tests.support.mark import FakeMark

if TYPE_CHECKING:
    from devstack.local_aws import LocalAws
    from payment_refresh.ports import MarkTable

FULL = Digest(number=3, detail='{"count": 2}', unsent=True)


@pytest.fixture(params=["fake", "DynamoDB"])
def table(request: pytest.FixtureRequest) -> MarkTable[Digest]:
    if request.param == "fake":
        return FakeMark(Digest())
    request.getfixturevalue("aws")
    return DynamoDigestTable(request.getfixturevalue("table_name"), Digest)


def test_digest_that_was_never_written_is_empty(table: MarkTable[Digest]) -> None:
    assert table.read() == Digest()


@pytest.mark.parametrize("digest", [FULL, Digest(number=1), replace(FULL, unsent=False)])
def test_digest_comes_back_as_it_was_written(table: MarkTable[Digest], digest: Digest) -> None:
    written = table.write(digest)

    assert written == replace(digest, revision=1)
    assert table.read() == written


def test_digest_that_was_written_again_comes_back_as_the_newer(table: MarkTable[Digest]) -> None:
    sent = table.write(table.write(FULL).sent())

    assert (sent.revision, sent.unsent) == (2, False)
    assert table.read() == sent


@pytest.mark.parametrize("revision", [0, 2, 7])
def test_digest_of_another_revision_is_not_written(table: MarkTable[Digest], revision: int) -> None:
    first = table.write(FULL)

    with pytest.raises(Conflict):
        table.write(replace(FULL, revision=revision, number=9))

    assert table.read() == first


@pytest.mark.parametrize("written_before", [True, False])
def test_of_many_digests_that_are_written_at_once_one_wins(table: MarkTable[Digest], written_before: bool) -> None:
    read = table.write(FULL) if written_before else FULL

    results = race(lambda number: table.write(replace(read, number=number)))

    won = [result for result in results if isinstance(result, Digest)]
    assert len(won) == 1
    assert len([result for result in results if isinstance(result, Conflict)]) == RACERS - 1
    assert table.read() == won[0]


def test_row_of_the_digest_is_a_mark_that_never_expires_and_is_never_due(aws: LocalAws, table_name: str) -> None:
    DynamoDigestTable(table_name, Digest).write(FULL)

    answer = aws.clients.dynamodb.get_item(TableName=table_name, Key={"pk": {"S": "mark#digest"}})
    assert set(answer["Item"]) == {"pk", "revision", "number", "detail", "unsent"}


def test_row_of_a_newer_version_is_read_as_far_as_it_is_known(aws: LocalAws, table_name: str) -> None:
    newer = {"pk": {"S": "mark#digest"}, "revision": {"N": "7"}, "number": {"N": "4"}, "unheard_of": {"S": "x"}}
    aws.clients.dynamodb.put_item(TableName=table_name, Item=newer)

    assert DynamoDigestTable(table_name, Digest).read() == Digest(revision=7, number=4)


def test_table_that_does_not_answer_is_named_with_its_error(aws: LocalAws) -> None:
    assert aws
    table = DynamoDigestTable("no-such-table", Digest)

    with pytest.raises(StateUnavailable, match="GetItem on the digest's row failed: ResourceNotFoundException"):
        table.read()
    with pytest.raises(StateUnavailable, match="PutItem on the digest's row failed: ResourceNotFoundException"):
        table.write(FULL)


DAILY = DailyDigest(number=2, at=1_770_000_000, tally='{"not_sent": 1}', detail="{}", unsent=True, unmailed=True)


@pytest.fixture(params=["fake", "DynamoDB"])
def daily(request: pytest.FixtureRequest) -> MarkTable[DailyDigest]:
    if request.param == "fake":
        return FakeMark(DailyDigest())
    request.getfixturevalue("aws")
    return DynamoDigestTable(request.getfixturevalue("table_name"), DailyDigest)


@pytest.mark.parametrize("digest", [DAILY, replace(DAILY, unsent=False), replace(DAILY, detail=None, at=None)])
def test_daily_digest_comes_back_as_it_was_written(daily: MarkTable[DailyDigest], digest: DailyDigest) -> None:
    assert daily.read() == DailyDigest()

    written = daily.write(digest)

    assert written == replace(digest, revision=1)
    assert daily.read() == written


def test_daily_digest_of_another_revision_is_not_written(daily: MarkTable[DailyDigest]) -> None:
    first = daily.write(DAILY)

    with pytest.raises(Conflict):
        daily.write(replace(DAILY, number=9))

    assert daily.read() == first


def test_daily_digest_has_a_mark_of_its_own(aws: LocalAws, table_name: str) -> None:
    DynamoDigestTable(table_name, DailyDigest).write(DAILY)

    answer = aws.clients.dynamodb.get_item(TableName=table_name, Key={"pk": {"S": "mark#daily_digest"}})
    assert answer["Item"]["number"] == {"N": "2"}
    assert DynamoDigestTable(table_name, Digest).read() == Digest()
