"""The state table as a person reads it: by payment, by order, or as a whole."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from payment_refresh.adapters.aws import client
from payment_refresh.adapters.dynamodb.rows import from_item
from payment_refresh.adapters.dynamodb.state_table import DynamoStateTable
from payment_refresh.domain.payment import ORDERS, REFRESHABLE, PaymentKey, is_id
from payment_refresh.errors import UnreadableRow
from payrefresh.errors import WrongInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from payment_refresh.domain.watch import Watch

MARK = "mark#"
"""What the keys of rows begin with that are no watches."""

_log = logging.getLogger("payrefresh")


@dataclass(frozen=True, slots=True)
class DynamoRows:
    """Implements the `Rows` port on the state table of a stack.

    Rows that this version cannot read are logged and left out.
    """

    table: str

    def find(self, name: str, *, before_scan: Callable[[], None] = lambda: None) -> Sequence[Watch]:
        found = self.read_many(_keys(name))
        # Beside the row of an order, open or not, its payment may have a row of its own.
        if "#" in name or any(not key.is_order for key in found):
            return list(found.values())
        before_scan()
        filters = {":name": {"S": name}}
        scanned = {
            watch.key: watch
            for item in self._items(
                FilterExpression="order_id = :name OR order_number = :name", ExpressionAttributeValues=filters
            )
            if (watch := self._watch(item)) is not None
        }
        return list((dict(found) | scanned).values())

    def read_many(self, keys: Iterable[PaymentKey]) -> Mapping[PaymentKey, Watch]:
        return DynamoStateTable(name=self.table, log=_log).read_many(keys)

    def size(self) -> tuple[int, int]:
        described = client("dynamodb").describe_table(TableName=self.table)["Table"]
        return described["ItemCount"], described["TableSizeBytes"]

    def scan(self, so_far: Callable[[int], None]) -> Iterator[Watch]:
        for count, item in enumerate(self._items(), 1):
            so_far(count)
            watch = self._watch(item)
            if watch is not None:
                yield watch

    def _items(self, **filters: Any) -> Iterator[Mapping[str, Any]]:
        pages = (
            client("dynamodb")
            .get_paginator("scan")
            .paginate(
                TableName=self.table,
                ConsistentRead=bool(filters),  # whoever looks for something finds what was just written
                **filters,
            )
        )
        return (item for page in pages for item in page["Items"])

    def _watch(self, item: Mapping[str, Any]) -> Watch | None:
        if item["pk"]["S"].startswith(MARK):
            return None
        try:
            return from_item(item)
        except UnreadableRow as error:
            _log.warning(str(error))
            return None


def _keys(name: str) -> Sequence[PaymentKey]:
    """The rows that may bear this name: its own key, or the payment or order of this id."""
    if "#" in name:
        return [PaymentKey.parse(name)]
    if not is_id(name):
        raise WrongInput(f"{name!r:.80} is no id of a payment or an order, nor an order's number, nor a row's key")
    return [PaymentKey(kind, name) for kind in (*REFRESHABLE, ORDERS)]
