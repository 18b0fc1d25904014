"""Counts the requests that AWS clients make, by botocore's hooks, and what DynamoDB would bill for them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from threading import Lock
from time import thread_time
from typing import TYPE_CHECKING, Any

from tests.benchmarks.units import get_units, item_size, query_units, write_units

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.benchmarks.units import Item

WRITES = frozenset({"PutItem", "UpdateItem"})


@dataclass(slots=True)
class Counts:
    """Counts of what was asked of AWS.

    Attributes
    ----------
    requests
        By service and operation, such as ``dynamodb:PutItem``.
    write_units
        By the first part of the rows' keys.
    items_read, bytes_read
        Of the table's rows and the index's entries, as DynamoDB counts them.
    entries
        What was handed over in batches, by operation: messages and events.
    """

    requests: Counter[str] = field(default_factory=Counter)
    read_units: float = 0
    write_units: Counter[str] = field(default_factory=Counter)
    items_read: int = 0
    bytes_read: int = 0
    entries: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Meter:
    """Counts what clients ask.

    Attributes
    ----------
    peek
        Reads a row of the state table, past all counting: what a write changes decides what it costs.
    counts
        Where it is counted; another one may take its place at any time.
    cpu_s
        CPU time that the counting itself took.
    """

    peek: Callable[[str], Item | None]
    counts: Counts = field(default_factory=Counts)
    cpu_s: float = 0.0
    _lock: Lock = field(default_factory=Lock)

    def listen(self, client: Any) -> None:
        """Count what a client asks from now on."""
        service = client.meta.service_model.service_name
        client.meta.events.register(f"before-parameter-build.{service}", self._before)
        client.meta.events.register(f"after-call.{service}", self._after)

    def _before(self, params: Mapping[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        begun = thread_time()
        context["asked"] = params
        if model.name in WRITES:
            context["row_before"] = self.peek(_key(params))
        self.cpu_s += thread_time() - begun

    def _after(self, parsed: Mapping[str, Any], model: Any, context: Mapping[str, Any], **_: Any) -> None:
        begun = thread_time()
        asked, written = context["asked"], 0
        if model.name in WRITES:
            written = write_units(context["row_before"], self.peek(_key(asked)))
        with self._lock:
            counts = self.counts
            counts.requests[f"{model.service_model.service_name}:{model.name}"] += 1
            match model.name:
                case "GetItem":
                    self._read([parsed.get("Item")])
                case "BatchGetItem":
                    (keys,) = [table["Keys"] for table in asked["RequestItems"].values()]
                    (found,) = parsed["Responses"].values()
                    self._read([*found, *[None] * (len(keys) - len(found))])
                case "Query":
                    self._saw(parsed["Items"])
                    counts.read_units += query_units(parsed["Items"])
                case "PutItem" | "UpdateItem":
                    counts.write_units[_key(asked).partition("#")[0]] += written
                case "SendMessageBatch" | "PutEvents":
                    counts.entries[model.name] += len(asked["Entries"])
            self.cpu_s += thread_time() - begun

    def _read(self, rows: list[Item | None]) -> None:
        self._saw([row for row in rows if row])
        self.counts.read_units += get_units(rows)

    def _saw(self, rows: list[Item]) -> None:
        self.counts.items_read += len(rows)
        self.counts.bytes_read += sum(map(item_size, rows))


def _key(params: Mapping[str, Any]) -> str:
    key: str = (params.get("Key") or params["Item"])["pk"]["S"]
    return key
