"""A table of a million rows in memory, in place of DynamoDB: it answers what a sweep asks, at botocore's edge.

It keeps the due index as DynamoDB does, ordered by class and time, and reads of it only what a query names. It
knows the one query and the one write of a sweep; a test holds it to the local AWS.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSResponse

from payment_refresh.domain.vocabulary import DueClass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from botocore.awsrequest import AWSPreparedRequest

    from tests.benchmarks.units import Item

QUERY = "due_class = :class AND due_at <= :now"
CLAIM = "SET claim = :token, due_at = :until, claims = claims + :one, revision = revision + :one"
CONDITION = "due_at = :read"


@dataclass(slots=True)
class DueDouble:
    """The table.

    Attributes
    ----------
    template
        A row but for what differs between rows: ``pk``, ``due_at`` and ``due_class``.
    due_at
        By key, of what was stored; None where the row has ended.
    classes
        By key, of what is due; ``placed``, where none stands there.
    """

    template: Item
    due_at: dict[str, int | None] = field(default_factory=dict)
    claimed: dict[str, dict[str, Any]] = field(default_factory=dict)
    classes: dict[str, str] = field(default_factory=dict)
    _index: dict[str, list[tuple[int, str]]] = field(default_factory=lambda: {each: [] for each in DueClass})

    def store(self, rows: Iterable[Item]) -> None:
        """Store rows."""
        for row in rows:
            key = row["pk"]["S"]
            self.due_at[key] = due = int(row["due_at"]["N"]) if "due_at" in row else None
            if due is not None:
                name = row["due_class"]["S"]
                if name != DueClass.PLACED:
                    self.classes[key] = name
                self._index[name].append((due, key))
        for entries in self._index.values():
            entries.sort()

    def peek(self, key: str) -> Item | None:
        """Give a row as it stands."""
        if key in self.claimed:
            return self.claimed[key]
        if key not in self.due_at:
            return None
        due_at = self.due_at[key]
        row = {**self.template, "pk": {"S": key}}
        if due_at is None:
            return {name: value for name, value in row.items() if name not in ("due_at", "due_class")}
        return row | {"due_at": {"N": str(due_at)}, "due_class": {"S": self._class_of(key)}}

    def listen(self, client: Any) -> None:
        """Answer a client's requests, none of which goes out."""
        client.meta.events.register("before-send.dynamodb", self._answer)

    def _answer(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        target: Any = request.headers["X-Amz-Target"]
        operation = target.decode().rpartition(".")[2]
        asked = json.loads(request.body)  # type: ignore[arg-type]  # the stubs leave its type open
        status, answer = self._query(asked) if operation == "Query" else self._claim(asked)
        return AWSResponse(request.url, status, {}, _Body(json.dumps(answer).encode()))  # type: ignore[arg-type]  # it has what is read of a response

    def _query(self, asked: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        assert (asked["IndexName"], asked["KeyConditionExpression"]) == ("due", QUERY)
        values = asked["ExpressionAttributeValues"]
        name, now = values[":class"]["S"], int(values[":now"]["N"])
        entries = self._index[name]
        start, end = 0, bisect_left(entries, (now + 1, ""))
        last = asked.get("ExclusiveStartKey")
        after = None if last is None else (int(last["due_at"]["N"]), last["pk"]["S"])
        if asked["ScanIndexForward"]:
            start = start if after is None else bisect_right(entries, after)
            page = entries[start : min(end, start + asked["Limit"])]
        else:
            end = end if after is None else bisect_left(entries, after)
            page = entries[max(start, end - asked["Limit"]) : end][::-1]
        items = [{"pk": {"S": key}, "due_class": {"S": name}, "due_at": {"N": str(due)}} for due, key in page]
        answer: dict[str, Any] = {"Items": items, "Count": len(items), "ScannedCount": len(items)}
        if len(items) == asked["Limit"]:
            answer["LastEvaluatedKey"] = items[-1]
        return 200, answer

    def _claim(self, asked: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        assert (asked["UpdateExpression"], asked["ConditionExpression"]) == (CLAIM, CONDITION)
        values, key = asked["ExpressionAttributeValues"], asked["Key"]["pk"]["S"]
        row = self.peek(key)
        if row is None or row.get("due_at") != values[":read"]:
            return 400, {"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"}
        entries = self._index[self._class_of(key)]
        del entries[bisect_left(entries, (int(row["due_at"]["N"]), key))]
        insort(entries, (int(values[":until"]["N"]), key))
        self.claimed[key] = {**row, "claim": values[":token"], "due_at": values[":until"]} | {
            name: {"N": str(int(row[name]["N"]) + 1)} for name in ("claims", "revision")
        }
        return 200, {"Attributes": self.claimed[key]}

    def _class_of(self, key: str) -> str:
        return self.classes.get(key, DueClass.PLACED.value)


class _Body(BytesIO):
    """An answer's body as botocore reads it."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        """Give all of it."""
        yield self.read()
