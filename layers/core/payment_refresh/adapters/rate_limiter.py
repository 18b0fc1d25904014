"""The pace all environments share: slots are booked on one item of the table, a few at a time."""

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
    """Keeps `payment_refresh.ports.Pace` and `payment_refresh.ports.PaceGauge`; threads may share it.

    Clocks differ, and who is behind would find all slots booked too far ahead: each environment puts its own clock
    forward to the last write it has seen. So all go by the fastest one.

    Attributes
    ----------
    at_a_time
        Slots to book though fewer threads wait: for who makes one call after the other, and would else get
        the smaller share the more threads others have.
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
            with self._turn:  # one thread waits for all, or an environment's share would grow with its threads
                self._take(last_try)
        finally:
            self._waiters.pop()

    def refused(self, retry_after: float | None) -> None:
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

    def heard(self, remaining: int, limit: int) -> None:
        with self._lock:
            self._pause += gcra.slow_down(remaining, limit, self.calls_per_minute) * gcra.interval(
                self.calls_per_minute
            )

    def looked(self, total: int, unsettled: int) -> None:
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
            raise NoBudget("the pace has no slot soon, as other threads wait for one", retry_after=None)
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
        """Give the next slot and its epoch, or a time at which to ask again and None."""
        if not self._held:
            again = self._book(last_try)
            if not self._held:
                return again, None
        return self._held.popleft(), self._epoch

    def _book(self, last_try: float) -> int:
        """Book slots and hold them; gives the time at which to try again where there are none."""
        if self._state is None:
            self._learn(self.item.read())
        now = self._now()
        state = self._state or gcra.start(now)
        reach = gcra.reach(self._starved_for())
        step = gcra.interval(self.calls_per_minute)
        # Only as many as wait: a look needs one, and what it finds pending may not need the others in time.
        wanted = max(len(self._waiters), self.at_a_time)
        count = min(wanted, gcra.size(state, now, step, reach)) if self._state else 1
        if not count:
            wait = gcra.wait(state, now, reach)
            if self.clock() + wait / 1000 > last_try:
                raise NoBudget("the pace has no slot soon", retry_after=wait / 1000)
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
        """Tell how long this environment has wanted slots and got none, in milliseconds."""
        now = self.clock()
        if self._starved_since is None:
            self._starved_since = now
        return int((now - self._starved_since) * 1000)

    def _learn(self, state: RateState | None) -> None:
        """Take what stands in the table now; void slots of an older epoch; put on a clock that is behind."""
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
