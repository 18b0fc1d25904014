"""A state table in memory that takes only what DynamoDB would take, and gives only what it would give back."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from payment_refresh.adapters.dynamodb.rows import from_item, to_item
from tests.support.state_table import FakeStateTable

if TYPE_CHECKING:
    from payment_refresh.domain.payment import PaymentKey
    from payment_refresh.domain.watch import Watch

LARGEST = 400 * 1024
"""Bytes of an item; DynamoDB's limit."""


@dataclass(slots=True, kw_only=True)
class StrictStateTable(FakeStateTable):
    """Each row goes through the item it is stored as."""

    reads: list[PaymentKey] = field(default_factory=list)

    def read(self, key: PaymentKey) -> Watch | None:
        """Read one row, and remember that it was asked for."""
        self.reads.append(key)
        return FakeStateTable.read(self, key)

    def _store(self, watch: Watch) -> Watch:
        item = to_item(watch)
        sent = json.dumps(
            item, ensure_ascii=False, default=bytes.hex
        ).encode()  # fails for what is no text, as the wire does
        assert len(sent) <= LARGEST
        assert from_item(item) == watch
        return FakeStateTable._store(self, watch)
