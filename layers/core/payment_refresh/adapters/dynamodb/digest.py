"""The digest's rows of the state table: the last summary of stuck payments, and the last daily digest."""

from __future__ import annotations

from copy import replace
from dataclasses import dataclass, fields

from payment_refresh.adapters.dynamodb.marks import Mark
from payment_refresh.domain.daily_digest import DailyDigest
from payment_refresh.domain.stuck import Digest

ROW = "mark#digest"
DAILY_ROW = "mark#daily_digest"
_PLACES: dict[type, tuple[str, str]] = {
    Digest: (ROW, "the digest's row"),
    DailyDigest: (DAILY_ROW, "the row of the daily digest"),
}
"""The key of each one's row, and what errors call it."""


@dataclass(frozen=True, slots=True)
class DynamoDigestTable[D: (Digest, DailyDigest)]:
    """Implements the `MarkTable` port for one of the two on one DynamoDB table."""

    name: str
    kind: type[D]

    def read(self) -> D:
        return self.kind(**self._mark.read(self._names))

    def write(self, digest: D) -> D:
        written = replace(digest, revision=digest.revision + 1)
        self._mark.write({name: getattr(written, name) for name in self._names}, digest.revision)
        return written

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple(field.name for field in fields(self.kind))

    @property
    def _mark(self) -> Mark:
        return Mark(self.name, *_PLACES[self.kind])
