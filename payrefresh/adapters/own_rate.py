"""The rate of a command's own calls to Commerce Layer.

A command runs on the operator's machine, under another IP than the functions, so it has a budget of its own.
"""

from __future__ import annotations

import time
from copy import replace
from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.adapters.dynamodb.rate_item import Recorded
from payment_refresh.adapters.rate_limiter import SharedRateLimiter

if TYPE_CHECKING:
    from payment_refresh.rate_limit.gcra import Booking, RateState


@dataclass(slots=True)
class MemoryRateItem:
    """Implements `RateItem` in memory, for a command that is the only one that calls."""

    state: RateState | None = None

    def read(self) -> RateState | None:
        return self.state

    def add(self, booking: Booking, *, now: int, epoch: int, latest: int) -> Recorded:
        before = self.state
        if before is None or before.epoch != epoch or not now <= before.next_ms <= latest:
            return Recorded(done=False, before=before)
        self.state = replace(before, next_ms=before.next_ms + booking.span, written_ms=now)
        return Recorded(done=True, before=before)

    def swap(self, old: RateState | None, new: RateState) -> Recorded:
        before = self.state
        if (before and (before.next_ms, before.epoch)) != (old and (old.next_ms, old.epoch)):
            return Recorded(done=False, before=before)
        self.state = new
        return Recorded(done=True, before=before)


def own_rate_limiter(calls_per_minute: int) -> SharedRateLimiter:
    """The functions' rate limiter, over an item that only this process has."""
    return SharedRateLimiter(
        item=MemoryRateItem(), calls_per_minute=calls_per_minute, clock=time.time, sleep=time.sleep
    )
