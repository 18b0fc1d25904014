"""The marks of a stack: rows of the state table that are no watches, read as the functions write them."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.adapters.dynamodb.circuits import PowertoolsCircuits
from payment_refresh.adapters.dynamodb.cursor import DynamoCursorTable
from payment_refresh.adapters.dynamodb.digest import DynamoDigestTable
from payment_refresh.adapters.dynamodb.marks import Mark
from payment_refresh.adapters.dynamodb.mode_mark import DynamoModeTable
from payment_refresh.adapters.dynamodb.rate_item import DynamoRateItem
from payment_refresh.adapters.dynamodb.state_table import FIRST_DEPLOYMENT
from payment_refresh.domain.daily_digest import DailyDigest
from payment_refresh.rate_limit.budget import READS

if TYPE_CHECKING:
    from payment_refresh.domain.cursor import Cursor, Pass
    from payment_refresh.domain.mode_mark import ModeMark
    from payment_refresh.rate_limit.gcra import RateState

_log = logging.getLogger("payrefresh")


@dataclass(frozen=True, slots=True)
class DynamoMarks:
    """Implements the `Marks` port on the state table of a stack."""

    table: str

    def first_deployed_at(self) -> int | None:
        mark = Mark(self.table, FIRST_DEPLOYMENT, "the mark of the first deployment")
        return mark.read(("first_at",)).get("first_at")

    def mode(self) -> ModeMark:
        return DynamoModeTable(self.table).read()

    def cursor(self, of: Pass) -> Cursor:
        return DynamoCursorTable(self.table).read(of)

    def rate(self) -> RateState | None:
        return DynamoRateItem(table=self.table).read()

    def digest(self) -> DailyDigest:
        return DynamoDigestTable(self.table, DailyDigest).read()

    def reads_are_paused(self) -> bool:
        return PowertoolsCircuits(table=self.table, log=_log).is_open(READS)
