"""The mark of the mode: one row of the state table."""

from __future__ import annotations

from copy import replace
from dataclasses import dataclass

from payment_refresh.adapters.dynamodb.marks import Mark
from payment_refresh.domain.deployment import RunMode
from payment_refresh.domain.mode_mark import ModeMark

ROW = "mark#mode"


@dataclass(frozen=True, slots=True)
class DynamoModeTable:
    """Implements the `MarkTable` port on one DynamoDB table."""

    name: str

    def read(self) -> ModeMark:
        row = self._mark.read(("revision", "run_mode", "fell_back_at"))
        # A mode that this version does not know was not its own, so it has not acted.
        known = row.get("run_mode") in tuple(RunMode)
        return ModeMark(**row | {"run_mode": RunMode(row["run_mode"]) if known else None})

    def write(self, mark: ModeMark) -> ModeMark:
        written = replace(mark, revision=mark.revision + 1)
        row = {"revision": written.revision, "run_mode": written.run_mode, "fell_back_at": written.fell_back_at}
        self._mark.write(row, mark.revision)
        return written

    @property
    def _mark(self) -> Mark:
        return Mark(self.name, ROW, "the mark of the mode")
