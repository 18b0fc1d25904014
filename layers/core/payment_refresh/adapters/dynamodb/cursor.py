"""Discover's cursor, as one row of the state table for each kind of pass."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from payment_refresh.adapters.aws import AWS_ERRORS, client, error_code
from payment_refresh.domain.cursor import Cursor
from payment_refresh.errors import Conflict, StateUnavailable

if TYPE_CHECKING:
    from payment_refresh.domain.cursor import Pass

ROW = "mark#discover#"
_NAMES = tuple(field.name for field in fields(Cursor) if field.name != "of")
_SERIALIZER, _DESERIALIZER = TypeSerializer(), TypeDeserializer()


@dataclass(frozen=True, slots=True)
class DynamoCursorTable:
    """Keeps `payment_refresh.ports.ProgressTable`."""

    name: str

    def read(self, of: Pass) -> Cursor:
        try:
            answer = client("dynamodb").get_item(TableName=self.name, Key=_key(of), ConsistentRead=True)
        except AWS_ERRORS as error:
            raise _unavailable("GetItem", error) from error
        row = {name: _DESERIALIZER.deserialize(value) for name, value in answer.get("Item", {}).items()}
        plain: dict[str, Any] = {
            name: value if isinstance(value, str | bool) else int(value) for name, value in row.items()
        }
        return Cursor(of=of, **{name: plain[name] for name in _NAMES if name in plain})

    def write(self, cursor: Cursor) -> Cursor:
        written = replace(cursor, revision=cursor.revision + 1)
        values = {name: getattr(written, name) for name in _NAMES}
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
        if cursor.revision:
            condition = {
                "ConditionExpression": "revision = :revision",
                "ExpressionAttributeValues": {":revision": {"N": str(cursor.revision)}},
            }
        item = {name: _SERIALIZER.serialize(value) for name, value in values.items() if value is not None}
        try:
            client("dynamodb").put_item(TableName=self.name, Item=_key(cursor.of) | item, **condition)
        except client("dynamodb").exceptions.ConditionalCheckFailedException as error:
            raise Conflict(f"{ROW}{cursor.of}") from error
        except AWS_ERRORS as error:
            raise _unavailable("PutItem", error) from error
        return written


def _key(of: Pass) -> dict[str, Any]:
    return {"pk": {"S": f"{ROW}{of}"}}


def _unavailable(operation: str, error: Exception) -> StateUnavailable:
    return StateUnavailable(f"{operation} on discover's cursor failed: {error_code(error)}")
