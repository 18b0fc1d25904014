"""Marks: rows of the state table that are no watches, such as discover's cursors; each write is conditional."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from payment_refresh.adapters.aws import AWS_ERRORS, client, error_code
from payment_refresh.errors import Conflict, StateUnavailable

_SERIALIZER, _DESERIALIZER = TypeSerializer(), TypeDeserializer()


@dataclass(frozen=True, slots=True)
class Mark:
    """One such row, with texts, whole numbers and truth values.

    Attributes
    ----------
    table
        Name of the table.
    key
        Key of the row.
    called
        What errors call it.
    """

    table: str
    key: str
    called: str

    def read(self, names: tuple[str, ...]) -> dict[str, Any]:
        """Read these attributes, as far as the row has them, with a consistent read."""
        try:
            answer = client("dynamodb").get_item(TableName=self.table, Key=self._key, ConsistentRead=True)
        except AWS_ERRORS as error:
            raise self._unavailable("GetItem", error) from error
        item = answer.get("Item", {})
        row = {name: _DESERIALIZER.deserialize(item[name]) for name in names if name in item}
        return {name: value if isinstance(value, str | bool) else int(value) for name, value in row.items()}

    def write(self, values: dict[str, Any], read_revision: int) -> None:
        """Write the whole row, None left out, if its revision is the one that was read (0: if there is none)."""
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
        if read_revision:
            condition = {
                "ConditionExpression": "revision = :revision",
                "ExpressionAttributeValues": {":revision": {"N": str(read_revision)}},
            }
        item = {name: _SERIALIZER.serialize(value) for name, value in values.items() if value is not None}
        try:
            client("dynamodb").put_item(TableName=self.table, Item=self._key | item, **condition)
        except client("dynamodb").exceptions.ConditionalCheckFailedException as error:
            raise Conflict(self.key) from error
        except AWS_ERRORS as error:
            raise self._unavailable("PutItem", error) from error

    @property
    def _key(self) -> dict[str, Any]:
        return {"pk": {"S": self.key}}

    def _unavailable(self, operation: str, error: Exception) -> StateUnavailable:
        return StateUnavailable(f"{operation} on {self.called} failed: {error_code(error)}")
