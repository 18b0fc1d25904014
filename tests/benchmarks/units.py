"""DynamoDB's billing units, computed from items' sizes: the local AWS reports one unit for everything.

Sizes: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html. Units:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html; of indexes:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

type Item = Mapping[str, Mapping[str, Any]]
"""An item as the API gives it, each value under its type."""

READ_UNIT, WRITE_UNIT = 4096, 1024
"""Bytes that one unit pays for."""

CONTAINER = 3
"""Bytes that a list or map takes, besides one for each of its elements."""


def item_size(item: Item) -> int:
    """Bytes of an item: its names and its values."""
    return sum(len(name.encode()) + value_size(value) for name, value in item.items())


def value_size(value: Mapping[str, Any]) -> int:
    """Bytes of a value, given under its type."""
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return number_size(content)
        case "BOOL" | "NULL":
            return 1
        case "L":
            return CONTAINER + sum(1 + value_size(element) for element in content)
        case "M":
            return CONTAINER + sum(len(name.encode()) + 1 + value_size(part) for name, part in content.items())
    raise ValueError(f"rows hold no values of the type {kind}")


def number_size(text: str) -> int:
    """Bytes of a number: one for two significant digits, one more, and one for a minus sign."""
    digits = text.lstrip("-").replace(".", "").strip("0")
    return ceil(len(digits) / 2) + 1 + text.startswith("-")


@dataclass(frozen=True, slots=True)
class Index:
    """An index that holds its keys and the table's alone (``KEYS_ONLY``)."""

    partition: str
    sort: str
    table_key: str

    def entry(self, item: Item | None) -> dict[str, Mapping[str, Any]] | None:
        """The part of an item that is in the index; None where it lacks one of the index's keys."""
        names = (self.table_key, self.partition, self.sort)
        if item is None or any(name not in item for name in names):
            return None
        return {name: item[name] for name in names}

    def write_units(self, before: Item | None, after: Item | None) -> int:
        """Units of what a write changes here: a key that changes is one entry deleted and one put."""
        old, new = self.entry(before), self.entry(after)
        return 0 if old == new else sum(_units(item_size(entry)) for entry in (old, new) if entry is not None)


DUE = Index("due_class", "due_at", "pk")
"""The state table's one index."""


def write_units(before: Item | None, after: Item | None, index: Index = DUE) -> int:
    """Units of a write: of the larger of both items in the table, and of what changes in the index.

    One whose condition failed changes nothing: give the same item twice.
    """
    size = max(item_size(item) if item else 0 for item in (before, after))
    return _units(size) + index.write_units(before, after)


def get_units(items: Iterable[Item | None]) -> float:
    """Units of reading items one by one, consistently; one that is not there takes a unit too."""
    return sum(max(1, ceil(item_size(item) / READ_UNIT)) if item else 1 for item in items)


def query_units(entries: Iterable[Item]) -> float:
    """Units of one page of an index: half a unit for 4 KB of all its entries together."""
    return max(1, ceil(sum(map(item_size, entries)) / READ_UNIT)) / 2


def _units(size: int) -> int:
    return max(1, ceil(size / WRITE_UNIT))
