"""Sweeps of small tables: what they read does not grow, and the double reads what DynamoDB does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.benchmarks import sweep_cost
from tests.benchmarks.units import DUE, get_units, item_size, number_size, query_units, write_units

if TYPE_CHECKING:
    from pathlib import Path

COST = ("requests", "items_read", "bytes_read", "read_units", "write_units")
ENTRY = {"pk": {"S": "a#1"}, "due_class": {"S": "cart"}, "due_at": {"N": "1767225600"}}


@pytest.fixture(scope="module")
def result() -> list[sweep_cost.Row]:
    """Three tables, the smallest in the local AWS too; and one sweep where nothing is due."""
    return sweep_cost.measure((40, 120, 1_000), 20, print)


def test_it_claims_what_is_due(result: list[sweep_cost.Row]) -> None:
    assert [row["claimed"] for row in result] == [20] * 4 + [0]


def test_it_costs_the_same_whatever_is_stored(result: list[sweep_cost.Row]) -> None:
    assert {tuple(row[name] for name in COST) for row in result if row["due"]} == {(24, 20, 1128, 2.0, 60)}


def test_where_nothing_is_due_it_costs_a_look_at_each_class(result: list[sweep_cost.Row]) -> None:
    """Before there were four classes it was two looks, the rate item, a circuit, and the queue: three units."""
    assert [tuple(row[name] for name in COST) for row in result if not row["due"]] == [(4, 0, 0, 2.0, 0)]


def test_it_can_be_drawn_and_written(result: list[sweep_cost.Row], tmp_path: Path) -> None:
    sweep_cost.plot(result, tmp_path)

    assert (tmp_path / "sweep_cost.svg").stat().st_size > 1_000
    assert "| 1,000 | 20 | a double in memory | 24 | 20 | 1,128 |" in sweep_cost.markdown(result)


@pytest.mark.parametrize(("number", "size"), [("0", 1), ("7", 2), ("100", 2), ("123", 3), ("-12", 3), ("1.25", 3)])
def test_numbers_take_a_byte_for_two_digits(number: str, size: int) -> None:
    assert number_size(number) == size


def test_an_item_is_as_large_as_its_names_and_values() -> None:
    assert item_size(ENTRY) == (2 + 3) + (9 + 4) + (6 + 5)
    assert item_size({"é": {"BOOL": True}, "none": {"NULL": True}}) == (2 + 1) + (4 + 1)
    assert item_size({"l": {"L": [{"S": "ab"}, {"M": {"k": {"N": "1"}}}]}}) == 1 + 3 + (1 + 2) + (
        1 + 3 + 1 + 1 + 2
    )


def test_only_known_types_of_values_are_measured() -> None:
    with pytest.raises(ValueError, match="SS"):
        item_size({"a": {"SS": ["b"]}})


def test_reads_are_paid_by_four_kilobytes() -> None:
    long = {"pk": {"S": "x" * 5_000}}
    assert get_units([None, ENTRY, long]) == 1 + 1 + 2
    assert query_units([]) == 0.5
    assert query_units([ENTRY] * 200) == 1.0  # 5,800 bytes together


def test_writes_are_paid_by_one_kilobyte_in_the_table_and_in_the_index() -> None:
    later = ENTRY | {"due_at": {"N": "1767229200"}}
    ended = {name: value for name, value in ENTRY.items() if name == "pk"}
    long = ENTRY | {"note": {"S": "x" * 1_024}}
    assert write_units(None, ENTRY) == 1 + 1
    assert write_units(ENTRY, later) == 1 + 2  # the index's entry is deleted and put
    assert write_units(ENTRY, ended) == 1 + 1
    assert write_units(ENTRY, ENTRY) == 1
    assert write_units(ended, ended) == 1
    assert write_units(ENTRY, long) == write_units(long, ENTRY) == 2
    assert DUE.entry(long) == ENTRY
