"""Tools of the rate limiter's tests: environments with clocks of their own, and an item that is watched."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from threading import Barrier
from typing import TYPE_CHECKING

from payment_refresh.adapters.rate_limiter import SharedRateLimiter
from tests.support.clock import START, FakeClock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payment_refresh.adapters.dynamodb.rate_item import RateItem, Recorded
    from payment_refresh.rate_limit.gcra import Booking, RateState


@dataclass(slots=True)
class Recorder:
    """Implements `RateItem` over another one; records which time each write booked.

    Attributes
    ----------
    booked
        Begin and end of what was booked, in milliseconds, write by write.
    tried
        Writes tried.
    """

    item: RateItem
    booked: list[tuple[int, int]] = field(default_factory=list)
    tried: int = 0

    def read(self) -> RateState | None:
        return self.item.read()

    def add(self, booking: Booking, *, now: int, epoch: int, latest: int) -> Recorded:
        self.tried += 1
        written = self.item.add(booking, now=now, epoch=epoch, latest=latest)
        if written.done and written.before is not None:
            self.booked.append((written.before.next_ms, written.before.next_ms + booking.span))
        return written

    def swap(self, old: RateState | None, new: RateState) -> Recorded:
        self.tried += 1
        written = self.item.swap(old, new)
        if written.done:
            self.booked.append((max(old.next_ms if old else 0, new.written_ms), new.next_ms))
        return written


@dataclass(slots=True)
class Environment:
    """A rate limiter with a clock of its own, which sleeping moves on."""

    item: Recorder
    calls_per_minute: int = 180
    clock: FakeClock = field(default_factory=FakeClock)
    rate_limiter: SharedRateLimiter = field(init=False)

    def __post_init__(self) -> None:
        self.rate_limiter = SharedRateLimiter(
            item=self.item, calls_per_minute=self.calls_per_minute, clock=self.clock, sleep=self.clock.advance
        )

    def call(self) -> float:
        """Take a slot; gives when, in seconds from the start."""
        self.rate_limiter.take()
        return round(self.clock.now - START, 3)

    @contextmanager
    def crowd(self, others: int = 2) -> Iterator[None]:
        """Let other threads want slots too, and never get one."""
        self.rate_limiter._waiters.extend([None] * others)
        yield
        for _ in range(others):
            self.rate_limiter._waiters.pop()


def together(threads: int, *actions: object) -> None:
    """Do actions in so many threads that start at once."""
    start = Barrier(threads)

    def run(number: int) -> None:
        start.wait()
        action = actions[number % len(actions)]
        assert callable(action)
        action()

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(run, range(threads)))


def assert_apart(recorder: Recorder) -> None:
    """No time was booked twice."""
    assert all(earlier[1] <= later[0] for earlier, later in pairwise(sorted(recorder.booked)))
