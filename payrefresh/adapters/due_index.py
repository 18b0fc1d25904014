"""The due index of a stack's table: how many watches of each class are due, and which are stuck."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import Any

from payment_refresh.adapters.aws import client
from payment_refresh.adapters.dynamodb.state_table import DUE_INDEX, DynamoStateTable
from payment_refresh.domain.stuck import Stuck, summarize
from payment_refresh.domain.vocabulary import DueClass
from payrefresh.ports import DueCount

_log = logging.getLogger("payrefresh")


@dataclass(frozen=True, slots=True)
class DynamoDueIndex:
    """Implements the `DueIndex` port."""

    table: str

    def counts(self, now: float) -> dict[DueClass, DueCount]:
        return {
            each: DueCount(
                due=self._count(each, "<=", now),
                later=self._count(each, ">", now),
                oldest_at=self._oldest(each, now),
            )
            for each in DueClass
        }

    def stuck(self, most: int) -> Stuck | None:
        table = DynamoStateTable(name=self.table, log=_log)
        due = table.due(DueClass.STUCK, int(time.time()), most + 1)
        if len(due) > most:
            return None
        return summarize(table.read_many([each.key for each in due]).values(), complete=True)

    def _count(self, of: DueClass, than: str, now: float) -> int:
        query = self._query(of, than, now) | {"Select": "COUNT"}
        pages = client("dynamodb").get_paginator("query").paginate(**query)
        return sum(page["Count"] for page in pages)

    def _oldest(self, of: DueClass, now: float) -> int | None:
        items = client("dynamodb").query(**self._query(of, "<=", now), Limit=1)["Items"]
        return int(items[0]["due_at"]["N"]) if items else None

    def _query(self, of: DueClass, than: str, now: float) -> dict[str, Any]:
        return {
            "TableName": self.table,
            "IndexName": DUE_INDEX,
            "KeyConditionExpression": f"due_class = :class AND due_at {than} :now",
            "ExpressionAttributeValues": {":class": {"S": of.value}, ":now": {"N": str(int(now))}},
        }
