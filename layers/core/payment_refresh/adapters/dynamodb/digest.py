"""The digest's row of the state table: the last summary of stuck payments."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from payment_refresh.adapters.dynamodb.marks import Mark
from payment_refresh.domain.stuck import Digest

ROW = "mark#digest"
_NAMES = tuple(field.name for field in fields(Digest))


@dataclass(frozen=True, slots=True)
class DynamoDigestTable:
    """Implements the `MarkTable` port on one DynamoDB table."""

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
