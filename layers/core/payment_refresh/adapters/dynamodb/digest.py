"""The digest's rows of the state table: the last summary of stuck payments, and the last daily digest."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from payment_refresh.adapters.dynamodb.marks import Mark
from payment_refresh.domain.daily_digest import DailyDigest
from payment_refresh.domain.stuck import Digest

ROW = "mark#digest"
DAILY_ROW = "mark#daily_digest"
_NAMES = tuple(field.name for field in fields(Digest))
_DAILY_NAMES = tuple(field.name for field in fields(DailyDigest))


@dataclass(frozen=True, slots=True)
class DynamoDigestTable:
    """Implements the `MarkTable` port for the summary on one DynamoDB table."""

    name: str

    def read(self) -> Digest:
        return Digest(**self._mark.read(_NAMES))

    def write(self, digest: Digest) -> Digest:
        written = replace(digest, revision=digest.revision + 1)
        self._mark.write({name: getattr(written, name) for name in _NAMES}, digest.revision)
        return written

    @property
    def _mark(self) -> Mark:
        return Mark(self.name, ROW, "the digest's row")


@dataclass(frozen=True, slots=True)
class DynamoDailyDigestTable:
    """Implements the `MarkTable` port for the daily digest on one DynamoDB table."""

    name: str

    def read(self) -> DailyDigest:
        return DailyDigest(**self._mark.read(_DAILY_NAMES))

    def write(self, digest: DailyDigest) -> DailyDigest:
        written = replace(digest, revision=digest.revision + 1)
        self._mark.write({name: getattr(written, name) for name in _DAILY_NAMES}, digest.revision)
        return written

    @property
    def _mark(self) -> Mark:
        return Mark(self.name, DAILY_ROW, "the row of the daily digest")
