"""The tally: one row of the state table that counts what was announced, for the daily digest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.adapters.aws import AWS_ERRORS, client, error_code
from payment_refresh.errors import StateUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

ROW = "mark#tally"
_KEY = {"pk": {"S": ROW}}


@dataclass(frozen=True, slots=True)
class DynamoTally:
    """Implements the `Tally` port on one DynamoDB table; counts only ever grow, so concurrent writers agree."""

    table: str

    def add(self, counts: Mapping[str, int]) -> None:
        names = {f"#n{number}": name for number, name in enumerate(counts)}
        values = {f":n{number}": {"N": str(count)} for number, count in enumerate(counts.values())}
        update = "ADD " + ", ".join(f"#n{number} :n{number}" for number in range(len(counts)))
        try:
            client("dynamodb").update_item(
                TableName=self.table,
                Key=_KEY,
                UpdateExpression=update,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=values,
            )
        except AWS_ERRORS as error:
            raise StateUnavailable(f"UpdateItem on the tally failed: {error_code(error)}") from error

    def read(self) -> Mapping[str, int]:
        try:
            answer = client("dynamodb").get_item(TableName=self.table, Key=_KEY, ConsistentRead=True)
        except AWS_ERRORS as error:
            raise StateUnavailable(f"GetItem on the tally failed: {error_code(error)}") from error
        return {name: int(value["N"]) for name, value in answer.get("Item", {}).items() if name != "pk"}
