"""`payrefresh list` on a deployed stack: as a table, as JSON, as CSV, and before a large table."""

from __future__ import annotations

import csv
import io
import time
from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain.policy import Policy
from payrefresh.overview import scan_cost
from tests.support.samples import cart, claimed, dead_lettered, order, reported, watch

if TYPE_CHECKING:
    from tests.operating.command import Command
    from tests.operating.hollow import HollowStack


@pytest.fixture(scope="module", autouse=True)
def rows(stack: HollowStack) -> None:
    """A few watches, and a mark, which is none."""
    now = time.time()
    stack.put(
        watch(order("a", at=now - 8000, number="=1+1"), Policy(), now=now - 8000),
        claimed(cart("b", at=now - 3000, currency="JPY"), Policy(), until=now + 300, now=now),
        dead_lettered(order("c", at=now - 90_000), Policy(), at=now - 60),
        reported(order("d", at=now - 80_000), Policy(), at=now - 60),
    )
    mark = {"pk": {"S": "mark#rate"}}
    stack.aws.clients.dynamodb.put_item(TableName=stack.outputs["StateTableName"], Item=mark)


def test_list_shows_what_is_not_over_oldest_first(command: Command) -> None:
    ran = command("list")

    assert (ran.status, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert [line.split()[0] for line in lines[1:5]] == ["10c", "10d", "=1+1", "10b"]
    assert "being checked" in lines[4]
    assert lines[-1] == "4 payments, 297.00 EUR + 9,900 JPY"


def test_list_as_json_takes_filters_and_a_limit(command: Command) -> None:
    ran = command(
        "list", "--json", "--status", "dead_lettered,reported", "--older-than", "1h", "--min-amount", "90 EUR",
        "--sort", "age", "--limit", "1",
    )  # fmt: skip

    assert (ran.json["count"], ran.json["shown"]) == (2, 1)
    assert ran.json["watches"][0]["key"] == "stripe_payments#pay-c"


def test_list_as_csv_has_all_rows_and_no_cell_that_is_a_formula(command: Command) -> None:
    parsed = list(csv.DictReader(io.StringIO(command("list", "--csv", "--class", "placed").out)))

    assert len(parsed) == 3
    assert {row["order_number"] for row in parsed} == {"10c", "10d", "'=1+1"}


def test_list_of_nothing_says_that_there_is_none(command: Command) -> None:
    assert command("list", "--status", "missing").out == "There is none.\n"


@pytest.mark.parametrize(
    ("option", "value"),
    [("--status", "x"), ("--type", "x"), ("--older-than", "soon"), ("--min-amount", "much"), ("--sort", "x")],
)
def test_list_with_an_option_that_cannot_be_right_says_so_in_one_line(
    command: Command, option: str, value: str
) -> None:
    ran = command("list", option, value)

    assert (ran.status, ran.out) == (2, "")
    assert ran.err.count("\n") == 1
    assert option in ran.err


def test_list_asks_before_it_reads_a_large_table(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_cost, "LARGE", 0)

    assert command("list").status == 2
    assert "read units, $0.00 at most: if that is all right, add --yes" in command("list").err
    assert command("list", "--yes").status == 0
