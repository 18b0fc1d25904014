"""The digest's row in memory, with revisions as the real one has."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from threading import Lock

from payment_refresh.domain.stuck import Digest
from payment_refresh.errors import Conflict
from tests.support.faults import Faults


@dataclass(slots=True, kw_only=True)
class FakeDigestTable:
    """Implements the `DigestTable` port in memory.

    Attributes
    ----------
    stored
        What is stored.
    faults
        Failures to come, by method name.
    """

    stored: Digest = field(default_factory=Digest)
    faults: Faults = field(default_factory=Faults)
    _lock: Lock = field(default_factory=Lock)

    def read(self) -> Digest:
        """Read it."""
        with self.faults.around("read"):
            return self.stored

    def write(self, digest: Digest) -> Digest:
        """Write it, if nobody wrote it since it was read."""
        with self.faults.around("write"), self._lock:
            if digest.revision != self.stored.revision:
                raise Conflict("digest")
            self.stored = replace(digest, revision=digest.revision + 1)
            return self.stored
