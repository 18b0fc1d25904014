"""The organization's records in memory: references, records, times and ids."""

from __future__ import annotations

import string
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator


class Ref(NamedTuple):
    """A resource identifier: type and id."""

    type: str
    id: str


@dataclass(slots=True)
class Record:
    """One resource: attributes as the API shows them, relations as references."""

    type: str
    id: str
    attributes: dict[str, Any]
    one: dict[str, Ref] = field(default_factory=dict)
    many: dict[str, tuple[Ref, ...]] = field(default_factory=dict)
    oddities: frozenset[str] = frozenset()
    """Ways in which the API shows or treats this record unlike others; no client sees them."""

    @property
    def ref(self) -> Ref:
        """What other records point at it with."""
        return Ref(self.type, self.id)

    def related(self, relation: str) -> tuple[Ref, ...]:
        """Give the references of a relation; of a to-one relation, none or one."""
        if relation in self.one:
            return (self.one[relation],)
        return self.many.get(relation, ())

    def copy(self) -> Record:
        """Give a record that later changes do not touch."""
        return Record(self.type, self.id, dict(self.attributes), dict(self.one), dict(self.many), self.oddities)


class Store:
    """All records, in the order of their creation."""

    def __init__(self) -> None:
        self._records: dict[str, dict[str, Record]] = {}
        self._deleted: dict[Ref, Record] = {}

    def add(self, record: Record) -> Record:
        """Keep a new record; its id must be free."""
        if self.get(record.ref) is not None:
            raise ValueError(f"{record.type} {record.id} exists already")
        self._records.setdefault(record.type, {})[record.id] = record
        return record

    def get(self, ref: Ref) -> Record | None:
        """Give a record, or None when it does not exist."""
        return self._records.get(ref.type, {}).get(ref.id)

    def must(self, ref: Ref) -> Record:
        """Give a record that is known to exist."""
        return self._records[ref.type][ref.id]

    def ever(self, ref: Ref) -> Record:
        """Give a record that is known to exist, or to have existed: then as it was."""
        return self._deleted.get(ref) or self.must(ref)

    def remove(self, ref: Ref) -> None:
        """Delete a record that exists: nobody gets it any more."""
        self._deleted[ref] = self._records[ref.type].pop(ref.id)

    def forget(self, ref: Ref) -> None:
        """Drop a record that exists as if it had never been there."""
        del self._records[ref.type][ref.id]

    def all(self, resource_type: str) -> Iterator[Record]:
        """Walk through the records of a type."""
        return iter(self._records.get(resource_type, {}).values())


def new_id(rng: random.Random) -> str:
    """Make an id of the API's look: ten letters."""
    return "".join(rng.choices(string.ascii_letters, k=10))


def iso(epoch: float) -> str:
    """Write a time as the API does: UTC, milliseconds, ``Z``."""
    return datetime.fromtimestamp(epoch, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def epoch(text: str) -> float:
    """Read an ISO 8601 time as epoch seconds; a time without a zone is UTC.

    Raises
    ------
    ValueError
        When the text is no ISO 8601 time.
    """
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
