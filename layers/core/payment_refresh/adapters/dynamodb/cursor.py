"""Discover's cursors: one row of the state table for each kind of pass."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

from payment_refresh.adapters.dynamodb.marks import Mark
from payment_refresh.domain.cursor import Cursor

if TYPE_CHECKING:
    from payment_refresh.domain.cursor import Pass

ROW = "mark#discover#"
_NAMES = tuple(field.name for field in fields(Cursor) if field.name != "of")


@dataclass(frozen=True, slots=True)
class DynamoCursorTable:
    """Implements the `CursorTable` port on one DynamoDB table."""

    name: str

    def read(self, of: Pass) -> Cursor:
        return Cursor(of=of, **self._mark(of).read(_NAMES))

    def write(self, cursor: Cursor) -> Cursor:
        written = replace(cursor, revision=cursor.revision + 1)
        self._mark(cursor.of).write({name: getattr(written, name) for name in _NAMES}, cursor.revision)
        return written

    def _mark(self, of: Pass) -> Mark:
        return Mark(self.name, f"{ROW}{of}", "discover's cursor")
