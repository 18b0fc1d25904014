"""A table, a queue and a rate item in virtual time: each call takes its time, and what matters is recorded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from payment_refresh.domain.vocabulary import Status
from tests.benchmarks.fleet import BATCH
from tests.support.indexed_table import IndexedStateTable
from tests.support.queues import FakePendingQueue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from payment_refresh.adapters.dynamodb.rate_item import Recorded
    from payment_refresh.domain.payment import PaymentKey
    from payment_refresh.domain.watch import Due, Watch
    from payment_refresh.rate_limit.gcra import Booking, RateState
    from tests.benchmarks.threads import Time
    from tests.support.rate_limiter import FakeRateItem


@dataclass(slots=True, kw_only=True)
class SlowTable(IndexedStateTable):
    """A state table that takes its time.

    Attributes
    ----------
    settled
        When each watch was settled.
    outlived
        Claims that were made while another was still held, since its lease was over.
    """

    # A class with slots is made anew, and a bare `super` would still mean the old one.

    travel: Callable[[], None]
    settled: dict[PaymentKey, float] = field(default_factory=dict)
    outlived: int = 0

    def read_many(self, keys: Iterable[PaymentKey]) -> Mapping[PaymentKey, Watch]:
        """Read rows."""
        self.travel()
        return IndexedStateTable.read_many(self, keys)

    def write(self, watch: Watch) -> Watch:
        """Write a row."""
        self.travel()
        written = IndexedStateTable.write(self, watch)
        if written.status is Status.SETTLED:
            self.settled.setdefault(written.key, self.clock())
        return written

    def claim(self, due: Due, token: str, until: int) -> Watch | None:
        """Claim a row."""
        self.travel()
        row = self.rows.get(due.key)
        is_held = row is not None and row.claim is not None
        claimed = IndexedStateTable.claim(self, due, token, until)
        self.outlived += is_held and claimed is not None
        return claimed


@dataclass(slots=True, kw_only=True)
class RecordedQueue(FakePendingQueue):
    """A queue that records when messages wait in it: then there is work to be had."""

    time: Time
    worked: list[tuple[float, float]] = field(default_factory=list)
    _since: float | None = None

    def put(self, body: str) -> str:
        """Take a message."""
        if self._since is None:
            self._since = self.time.now
        return FakePendingQueue.put(self, body)

    def receive(self, most: int = BATCH) -> dict[str, str]:
        """Hand messages out."""
        batch = FakePendingQueue.receive(self, most)
        if self._since is not None and not self.waiting:
            self.worked.append((self._since, self.time.now))
            self._since = None
        return batch


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowItem:
    """Implements the `RateItem` protocol of the DynamoDB adapter; each call takes its time."""

    item: FakeRateItem
    travel: Callable[[], None]

    def read(self) -> RateState | None:
        """Read it."""
        self.travel()
        return self.item.read()

    def add(self, booking: Booking, *, now: int, epoch: int, latest: int) -> Recorded:
        """Add to it."""
        self.travel()
        return self.item.add(booking, now=now, epoch=epoch, latest=latest)

    def swap(self, old: RateState | None, new: RateState) -> Recorded:
        """Swap it."""
        self.travel()
        return self.item.swap(old, new)
