"""The pace at which Commerce Layer may be called: pure arithmetic on one state that all environments share.

It is GCRA without a burst: the state holds when the next free slot is, and who books slots moves it on. Times are
epoch milliseconds and durations milliseconds, all whole, so that what the table adds up stays exact.

Clocks may be 2 s wrong either way. Then the slots of 64 s can be used within 60 s, and those of 14 s within 10 s.
At 180 calls a minute that is 193 of 200 allowed, and 43 of 50; what is left covers `LATE` and the way to the API.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import NamedTuple


class RateReading(NamedTuple):
    """How the pace stands: both averages from 0 to 1, and in how many seconds the next slot is free."""

    utilisation: float
    unsettled_share: float
    free_in: float


AHEAD = 5_000
"""Slots are booked at most so long ahead: a 429 finds few outstanding, and nobody is locked out for long."""


AHEAD_AT_ONCE, AHEAD_GAINED = 4_000, 10
"""Who has just come may book less far ahead and gains 1 ms for each 10 of waiting: the longest wait goes first."""


CHUNK, CHUNK_SPAN = 3, 1_500
"""Slots booked at a time: at most three, and no more than come within this time (but always one)."""


LATE = 500
"""A slot that is missed by more is not used any more: a process that was frozen must not catch up."""


FIRST_PAUSE, SHORTEST_PAUSE, LONGEST_PAUSE = 5_000, 1_000, 60_000
"""The pause after a 429 without Retry-After, doubled by each one in a row; and the bounds of any pause."""


IN_A_ROW = 60_000
"""A 429 that comes within this time after the last one's pause is one more in a row."""


UTILISATION_TIME = 600_000
"""Time constant of the utilisation: after ten minutes of change it has gone 63 % of the way."""


SHARE_LOOKS = 200
"""The same for the unsettled share, in payments looked at (eight full pages): idle time leaves it as it is."""


SLOWEST = 3
"""Slots left free after each call whose answer says that nothing remains: a quarter of the pace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateState:
    """What all environments share.

    Attributes
    ----------
    next_ms
        When the next free slot is. Before it, all time is booked.
    told_ms
        When this was last written, by the clock of whoever wrote it.
    epoch
        Raised by every 429; slots of an older epoch are void.
    refusals
        429s in a row.
    resume_ms
        When the pause after the last 429 ends.
    busy_since_ms
        Since when all time up to ``next_ms`` has been booked.
    utilisation
        The moving average of booked against all time, from 0 to 1, as it was at ``busy_since_ms``.
    unsettled_share
        The moving average of what looks leave to be refreshed, from 0 to 1; 1 before the first look.
    """

    next_ms: int
    written_ms: int
    busy_since_ms: int
    epoch: int = 0
    refusals: int = 0
    resume_ms: int = 0
    utilisation: float = 0.0
    unsettled_share: float = 1.0

    def utilisation_at(self, now: int) -> float:
        """Follow the average up to ``now``: it rose while time was booked and has fallen since."""
        booked = _fade(min(now, self.next_ms) - self.busy_since_ms)
        return (1 - (1 - self.utilisation) * booked) * _fade(now - self.next_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """What one environment books with one write.

    Attributes
    ----------
    slots
        How many.
    interval
        Between one slot and the next.
    pause
        To be left free after them.
    looked, unsettled
        Payments looked at since its last booking, and how many of them are to be refreshed.
    """

    slots: int
    interval: int
    pause: int = 0
    looked: int = 0
    unsettled: int = 0

    @property
    def span(self) -> int:
        """The time it takes."""
        return self.slots * self.interval + self.pause


def start(now: int) -> RateState:
    """Begin, where there is no state yet."""
    return RateState(next_ms=now, written_ms=now, busy_since_ms=now)


def interval(calls_per_minute: int) -> int:
    """Tell how far apart calls are; rounded up, so never too close."""
    return math.ceil(60_000 / calls_per_minute)


def reach(waited: int) -> int:
    """Tell how far ahead an environment may book that has waited so long."""
    return min(AHEAD, AHEAD_AT_ONCE + waited // AHEAD_GAINED)


def size(state: RateState, now: int, interval: int, reach: int) -> int:
    """Tell how many slots may be booked: one where the pace was idle, none where it is booked too far ahead."""
    if state.next_ms < now:
        return 1
    within_reach = (now + reach - state.next_ms) // interval + 1
    return max(0, min(within_reach, CHUNK, max(1, CHUNK_SPAN // interval)))


def wait(state: RateState, now: int, reach: int) -> int:
    """Tell how long to wait until a slot is within reach, which grows meanwhile until it is whole."""
    missing = state.next_ms - now - reach
    return max(missing * AHEAD_GAINED // (AHEAD_GAINED + 1), missing - (AHEAD - reach)) + 1


def book(state: RateState, now: int, booking: Booking) -> RateState:
    """Book slots; a pause is served by idle time too."""
    current = _catch_up(state, now)
    idle = current.next_ms - state.next_ms
    return replace(
        current,
        written_ms=now,
        next_ms=current.next_ms + booking.span - min(idle, booking.pause),
        unsettled_share=_share_after(state.unsettled_share, booking.looked, booking.unsettled),
    )


def slots(state: RateState, now: int, booking: Booking) -> range:
    """Tell which slots a booking got, given the state it was made on."""
    first = max(state.next_ms, now)
    return range(first, first + booking.slots * booking.interval, booking.interval)


def refuse(state: RateState, now: int, retry_after: float | None) -> RateState:
    """Take a 429: void what is booked and not used, and pause; gives the same state where it tells nothing new.

    A 429 within a pause answers a call from before it, and counts only if it asks for a longer pause.

    Parameters
    ----------
    retry_after
        Seconds the API asked us to wait, where it did.
    """
    is_echo = now < state.resume_ms
    if is_echo and retry_after is None:
        return state
    refusals = state.refusals
    if not is_echo:
        refusals = refusals + 1 if now < state.resume_ms + IN_A_ROW else 1
    pause = FIRST_PAUSE * 2 ** min(refusals - 1, 10) if retry_after is None else math.ceil(retry_after * 1000)
    resume = now + min(max(pause, SHORTEST_PAUSE), LONGEST_PAUSE)
    if is_echo and resume <= state.resume_ms:
        return state
    current = _catch_up(state, now)
    return replace(
        current,
        written_ms=now,
        epoch=state.epoch + 1,
        refusals=refusals,
        resume_ms=resume,
        next_ms=max(current.next_ms, resume),
    )


def slow_down(remaining: int, limit: int, calls_per_minute: int) -> float:
    """Tell how many slots to leave free after a call whose answer bore these headers.

    What remains counts below a quarter of the limit. Our own calls alone may take it there if the setting is high,
    as it may be (up to 90 % of the limit): then it counts below half of what they leave.
    """
    scarce = limit / 4
    left_by_us = limit - calls_per_minute
    if left_by_us >= limit / 10:
        scarce = min(scarce, left_by_us / 2)
    return SLOWEST * (1 - remaining / scarce) if remaining < scarce else 0.0


def _catch_up(state: RateState, now: int) -> RateState:
    """Let the time go by in which nothing was booked."""
    if state.next_ms >= now:
        return state
    return replace(state, next_ms=now, busy_since_ms=now, utilisation=state.utilisation_at(now))


def _share_after(share: float, looked: int, unsettled: int) -> float:
    if not looked:
        return share
    kept = math.exp(-looked / SHARE_LOOKS)
    return share * kept + min(1.0, unsettled / looked) * (1 - kept)


def _fade(duration: int) -> float:
    return math.exp(-max(0, duration) / UTILISATION_TIME)
