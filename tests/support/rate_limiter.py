"""A pace that never makes anybody wait, and counts; and the item of the real one, in memory."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from threading import Lock
from typing import TYPE_CHECKING

from payment_refresh.adapters.dynamodb.rate_item import Recorded
from payment_refresh.rate_limit.gcra import RateReading
from tests.support.faults import Faults

if TYPE_CHECKING:
    from payment_refresh.rate_limit.gcra import Booking, RateState


@dataclass(slots=True)
class FakeRateLimiter:
    """Keeps `payment_refresh.ports.Pace` and `payment_refresh.ports.PaceGauge`.

    Attributes
    ----------
    taken
        Slots given.
    pauses
        What was asked for with each 429.
    headers
        What remained of which limit, answer by answer.
    looks
        How many payments were looked at, and how many of them left to be refreshed, each time.
    reading
        What it tells of itself.
    faults
        Failures to come, by method name.
    """

    taken: int = 0
    pauses: list[float | None] = field(default_factory=list)
    headers: list[tuple[int, int]] = field(default_factory=list)
    looks: list[tuple[int, int]] = field(default_factory=list)
    reading: RateReading = field(
        default_factory=lambda: RateReading(utilisation=0.0, unsettled_share=1.0, free_in=0.0)
    )
    faults: Faults = field(default_factory=Faults)

    def take(self) -> None:
        """Count a slot."""
        with self.faults.around("take"):
            self.taken += 1

    def record_429(self, retry_after: float | None) -> None:
        """Note a 429."""
        with self.faults.around("record_429"):
            self.pauses.append(retry_after)

    def record_remaining(self, remaining: int, limit: int) -> None:
        """Note what an answer's headers said."""
        self.headers.append((remaining, limit))

    def record_look(self, total: int, unsettled: int) -> None:
        """Note what came of a look."""
        self.looks.append((total, unsettled))

    def utilisation(self) -> float:
        """Tell what the test set."""
        return self.reading.utilisation

    def unsettled_share(self) -> float:
        """Tell what the test set."""
        return self.reading.unsettled_share

    def snapshot(self) -> RateReading:
        """Tell what the test set."""
        with self.faults.around("snapshot"):
            return self.reading


@dataclass(slots=True)
class FakeRateItem:
    """Keeps `payment_refresh.adapters.dynamodb.rate_item.PaceItem`."""

    state: RateState | None = None
    faults: Faults = field(default_factory=Faults)
    _lock: Lock = field(default_factory=Lock)

    def read(self) -> RateState | None:
        """Read it."""
        with self.faults.around("read"):
            return self.state

    def add(self, booking: Booking, *, now: int, epoch: int, latest: int) -> Recorded:
        """Add to what stands there, if it is what the caller takes it for."""
        with self.faults.around("add"), self._lock:
            before = self.state
            if before is None or before.epoch != epoch or not now <= before.next_ms <= latest:
                return Recorded(done=False, before=before)
            self.state = replace(before, next_ms=before.next_ms + booking.span, written_ms=now)
            return Recorded(done=True, before=before)

    def swap(self, old: RateState | None, new: RateState) -> Recorded:
        """Write it if nobody did meanwhile."""
        with self.faults.around("swap"), self._lock:
            before = self.state
            if (before and (before.next_ms, before.epoch)) != (old and (old.next_ms, old.epoch)):
                return Recorded(done=False, before=before)
            self.state = new
            return Recorded(done=True, before=before)
