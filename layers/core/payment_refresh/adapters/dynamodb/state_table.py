"""The state table in DynamoDB: writes of watches are conditional, and reads of them consistent."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING, Any

from payment_refresh.adapters.aws import AWS_ERRORS, client, error_code
from payment_refresh.adapters.dynamodb.rows import from_item, to_item
from payment_refresh.domain.payment import PaymentKey
from payment_refresh.domain.watch import Due, RowConflict
from payment_refresh.errors import InvalidKey, StateUnavailable, UnreadableRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from payment_refresh.domain.vocabulary import DueClass
    from payment_refresh.domain.watch import Watch
    from payment_refresh.ports import Log

DUE_INDEX = "due"
FIRST_DEPLOYMENT = "mark#first_deployment"
BATCH_GET = 100
"""``BatchGetItem`` takes at most a hundred keys."""

BATCH_GET_TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamoStateTable:
    """Implements the `StateTable` port on one DynamoDB table with a ``due`` index."""

    name: str
    log: Log
    sleep: Callable[[float], None] = time.sleep

    def read(self, key: PaymentKey) -> Watch | None:
        with _translated("GetItem"):
            answer = client("dynamodb").get_item(TableName=self.name, Key=_key(key), ConsistentRead=True)
        return from_item(answer["Item"]) if "Item" in answer else None

    def read_many(self, keys: Iterable[PaymentKey]) -> Mapping[PaymentKey, Watch]:
        rows: dict[PaymentKey, Watch] = {}
        for chunk in batched(keys, BATCH_GET, strict=False):
            for item in self._batch_get([_key(key) for key in chunk]):
                try:
                    watch = from_item(item)
                except UnreadableRow as error:
                    self.log.error("row_unreadable", extra={"detail": str(error)})
                else:
                    rows[watch.key] = watch
        return rows

    def write(self, watch: Watch) -> Watch:
        written = watch.written()
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
        if watch.revision:
            condition = {
                "ConditionExpression": "revision = :revision",
                "ExpressionAttributeValues": {":revision": {"N": str(watch.revision)}},
            }
        try:
            client("dynamodb").put_item(
                TableName=self.name,
                Item=to_item(written),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
                **condition,
            )
        except client("dynamodb").exceptions.ConditionalCheckFailedException as error:
            current = error.response.get("Item")
            raise RowConflict(str(watch.key), from_item(current) if current else None) from error
        except AWS_ERRORS as error:
            raise _unavailable("PutItem", error) from error
        return written

    def due(self, due_class: DueClass, now: int, limit: int, *, newest_first: bool = False) -> Sequence[Due]:
        found: list[Due] = []
        query: dict[str, Any] = {
            "TableName": self.name,
            "IndexName": DUE_INDEX,
            "KeyConditionExpression": "due_class = :class AND due_at <= :now",
            "ExpressionAttributeValues": {":class": {"S": due_class.value}, ":now": {"N": str(now)}},
            "ScanIndexForward": not newest_first,
        }
        while len(found) < limit:
            with _translated("Query"):
                page = client("dynamodb").query(**query, Limit=limit - len(found))
            for item in page["Items"]:
                try:
                    found.append(Due(PaymentKey.parse(item["pk"]["S"]), int(item["due_at"]["N"])))
                except InvalidKey as error:
                    self.log.error("row_unreadable", extra={"detail": str(error)})
            if "LastEvaluatedKey" not in page:
                break
            query["ExclusiveStartKey"] = page["LastEvaluatedKey"]
        return found

    def claim(self, due: Due, token: str, until: int) -> Watch | None:
        try:
            answer = client("dynamodb").update_item(
                TableName=self.name,
                Key=_key(due.key),
                UpdateExpression=(
                    "SET claim = :token, due_at = :until, claims = claims + :one, revision = revision + :one"
                ),
                ConditionExpression="due_at = :read",
                ExpressionAttributeValues={
                    ":token": {"S": token},
                    ":until": {"N": str(until)},
                    ":one": {"N": "1"},
                    ":read": {"N": str(due.due_at)},
                },
                ReturnValues="ALL_NEW",
            )
        except client("dynamodb").exceptions.ConditionalCheckFailedException:
            return None
        except AWS_ERRORS as error:
            raise _unavailable("UpdateItem", error) from error
        return from_item(answer["Attributes"])

    def first_seen(self, now: int) -> int:
        with _translated("UpdateItem"):
            answer = client("dynamodb").update_item(
                TableName=self.name,
                Key={"pk": {"S": FIRST_DEPLOYMENT}},
                UpdateExpression="SET first_at = if_not_exists(first_at, :now)",
                ExpressionAttributeValues={":now": {"N": str(now)}},
                ReturnValues="ALL_NEW",
            )
        return int(answer["Attributes"]["first_at"]["N"])

    def _batch_get(self, keys: list[dict[str, Any]]) -> Iterator[Mapping[str, Any]]:
        wanted: Any = {self.name: {"Keys": keys, "ConsistentRead": True}}
        for attempt in range(BATCH_GET_TRIES):
            with _translated("BatchGetItem"):
                answer = client("dynamodb").batch_get_item(RequestItems=wanted)
            yield from answer["Responses"].get(self.name, [])
            wanted = answer.get("UnprocessedKeys")
            if not wanted:
                return
            self.sleep(0.05 * 2**attempt)
        raise StateUnavailable("BatchGetItem on the state table kept leaving keys unprocessed; it is throttled")


def _key(key: PaymentKey) -> dict[str, Any]:
    return {"pk": {"S": str(key)}}


@contextmanager
def _translated(operation: str) -> Iterator[None]:
    try:
        yield
    except AWS_ERRORS as error:
        raise _unavailable(operation, error) from error


def _unavailable(operation: str, error: Exception) -> StateUnavailable:
    return StateUnavailable(f"{operation} on the state table failed: {error_code(error)}")
