"""Rate limiter shared by all environments: each books slots, a few at a time, on one item of the table."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from payment_refresh.errors import NoBudget
from payment_refresh.rate_limit import gcra
from payment_refresh.rate_limit.budget import LONGEST_WAIT
from payment_refresh.rate_limit.gcra import RateReading

if TYPE_CHECKING:
    from collections.abc import Callable

    from payment_refresh.adapters.dynamodb.rate_item import RateItem
    from payment_refresh.rate_limit.gcra import RateState


@dataclass(slots=True, kw_only=True)
class SharedRateLimiter:
    """Implements the `RateLimiter` and `RateGauge` ports; thread-safe.

    Clocks differ, and an environment whose clock is behind would find all slots booked too far ahead. So each
    moves its clock forward to the last write it has seen, and all follow the fastest clock.

    Attributes
    ----------
    at_a_time
        Slots to book even if fewer threads wait: for a function that calls sequentially, whose share would
        otherwise shrink with the number of threads of others.
    """

    item: RateItem
    calls_per_minute: int
    at_a_time: int = 1
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    _state: RateState | None = field(default=None, init=False)
    _clock_skew_ms: int = field(default=0, init=False)
    _held: deque[int] = field(default_factory=deque, init=False)
    _waiters: deque[None] = field(default_factory=deque, init=False)
    _starved_since: float | None = field(default=None, init=False)
    _pause: float = field(default=0.0, init=False)
    _looked: int = field(default=0, init=False)
    _unsettled: int = field(default=0, init=False)
    _turn: threading.Lock = field(default_factory=threading.Lock, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def take(self) -> None:
        last_try = self.clock() + LONGEST_WAIT
        self._waiters.append(None)
        try:
            with self._turn:  # one thread waits at a time, else an environment's share would grow with its threads
                self._take(last_try)
        finally:
            self._waiters.pop()

    def record_429(self, retry_after: float | None) -> None:
        with self._lock:
            self._held.clear()
            while True:
                now, old = self._now(), self._state
                new = gcra.refuse(old or gcra.start(now), now, retry_after)
                if new is old:
                    return
                written = self.item.swap(old, new)
                self._learn(new if written.done else written.before)
                if written.done:
                    return

    def record_remaining(self, remaining: int, limit: int) -> None:
        with self._lock:
            self._pause += gcra.slow_down(remaining, limit, self.calls_per_minute) * gcra.interval(
                self.calls_per_minute
            )

    def record_look(self, total: int, unsettled: int) -> None:
        with self._lock:
            self._looked += total
            self._unsettled += unsettled

    def utilisation(self) -> float:
        return self._known().utilisation_at(self._now())

    def unsettled_share(self) -> float:
        return self._known().unsettled_share

    def snapshot(self) -> RateReading:
        with self._lock:
            self._learn(self.item.read())
        state, now = self._known(), self._now()
        return RateReading(
            utilisation=state.utilisation_at(now),
            unsettled_share=state.unsettled_share,
            free_in=max(0, state.next_ms - now) / 1000,
        )

    def _take(self, last_try: float) -> None:
        if self.clock() > last_try:
            raise NoBudget("the rate limiter has no slot soon, as other threads wait for one", retry_after=None)
        while True:
            with self._lock:
                at, epoch = self._next(last_try)
            wait = at - self._now()
            if wait > 0:
                self.sleep(wait / 1000)
            with self._lock:
                if epoch is not None and epoch == self._epoch and self._now() - at <= gcra.LATE:
                    return

    def _next(self, last_try: float) -> tuple[int, int | None]:
        """Return the next slot and its epoch, or the time at which to try again and None."""
        if not self._held:
            again = self._book(last_try)
            if not self._held:
                return again, None
        return self._held.popleft(), self._epoch

    def _book(self, last_try: float) -> int:
        """Book slots and hold them; returns the time at which to try again if there are none."""
        if self._state is None:
            self._learn(self.item.read())
        now = self._now()
        state = self._state or gcra.start(now)
        reach = gcra.reach(self._starved_for())
        step = gcra.interval(self.calls_per_minute)
        # No more than threads wait: a look needs one, and slots for its refreshes could expire unused.
        wanted = max(len(self._waiters), self.at_a_time)
        count = min(wanted, gcra.size(state, now, step, reach)) if self._state else 1
        if not count:
            wait = gcra.wait(state, now, reach)
            if self.clock() + wait / 1000 > last_try:
                raise NoBudget("the rate limiter has no slot soon", retry_after=wait / 1000)
            return now + wait
        booking = gcra.Booking(
            slots=count, interval=step, pause=int(self._pause), looked=self._looked, unsettled=self._unsettled
        )
        if self._state is not None and state.next_ms >= now and not booking.looked:
            latest = now + reach - (count - 1) * step
            written = self.item.add(booking, now=now, epoch=state.epoch, latest=latest)
        else:
            written = self.item.swap(self._state, gcra.book(state, now, booking))
        self._learn(written.before)
        if not written.done:
            return now
        before = written.before or state
        self._learn(gcra.book(before, now, booking))
        self._held.extend(gcra.slots(before, now, booking))
        self._pause, self._looked, self._unsettled, self._starved_since = 0.0, 0, 0, None
        return now

    def _starved_for(self) -> int:
        """Milliseconds for which this environment has waited for slots without getting any."""
        now = self.clock()
        if self._starved_since is None:
            self._starved_since = now
        return int((now - self._starved_since) * 1000)

    def _learn(self, state: RateState | None) -> None:
        """Adopt the state in the table: drop slots of an older epoch, and move a clock that is behind forward."""
        before, self._state = self._epoch, state
        if self._epoch != before:
            self._held.clear()
        if state is not None:
            self._clock_skew_ms = max(self._clock_skew_ms, state.written_ms - int(self.clock() * 1000))

    def _known(self) -> RateState:
        if self._state is None:
            with self._lock:
                self._learn(self.item.read())
        return self._state or gcra.start(self._now())

    @property
    def _epoch(self) -> int | None:
        return None if self._state is None else self._state.epoch

    def _now(self) -> int:
        return int(self.clock() * 1000) + self._clock_skew_ms
