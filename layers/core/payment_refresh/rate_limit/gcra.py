"""The rate limiter's arithmetic: GCRA without a burst, pure, on one state that all environments share.

The state holds the time of the next free slot; booking slots moves it forward. Times are epoch milliseconds and
durations milliseconds, all integers, so that additions made by the table stay exact.

Clocks may be off by 2 s either way, so the slots of 64 s may be used within 60 s, and those of 14 s within 10 s.
At 180 calls a minute that is 193 of the 200 allowed, and 43 of 50; the rest covers `LATE` and network latency.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import NamedTuple


class RateReading(NamedTuple):
    """The rate limiter's state: both averages from 0 to 1, and the seconds until the next free slot."""

    utilisation: float
    unsettled_share: float
    free_in: float


AHEAD = 5_000
"""Slots are booked at most this far ahead: few are outstanding at a 429, and no environment waits long."""


AHEAD_AT_ONCE, AHEAD_GAINED = 4_000, 10
"""A new waiter may book less far ahead, and gains 1 ms per 10 ms of waiting: the longest waiter goes first."""


CHUNK, CHUNK_SPAN = 3, 1_500
"""Slots per booking: at most three, and no more than fall within this span (but at least one)."""


LATE = 500
"""Slots missed by more than this expire, so that an environment that was frozen cannot burst."""


FIRST_PAUSE, SHORTEST_PAUSE, LONGEST_PAUSE = 5_000, 1_000, 60_000
"""Pause after a 429 without Retry-After, doubled for each consecutive one; and the bounds of any pause."""


IN_A_ROW = 60_000
"""A 429 within this time after the previous pause counts as consecutive."""


UTILISATION_TIME = 600_000
"""Time constant of the utilisation average: after ten minutes it has moved 63 % towards a new level."""


SHARE_LOOKS = 200
"""Constant of the unsettled share, in payments looked at (eight full pages): idle time does not change it."""


SLOWEST = 3
"""Slots left free after each call whose response shows nothing remaining: this cuts the rate to a quarter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateState:
    """The state that all environments share.

    Attributes
    ----------
    next_ms
        Time of the next free slot; all time before it is booked.
    written_ms
        Time of the last write, by the writer's clock.
    epoch
        Incremented by every 429; slots of an older epoch are void.
    refusals
        Consecutive 429s.
    resume_ms
        When the pause after the last 429 ends.
    busy_since_ms
        Start of the period, up to ``next_ms``, that is booked without a gap.
    utilisation
        Moving average of the booked share of time, from 0 to 1, as of ``busy_since_ms``.
    unsettled_share
        Moving average of the share of looks that need a refresh, from 0 to 1; 1 before the first look.
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
        """The average as of ``now``: it rises over booked time and decays over idle time."""
        booked = _fade(min(now, self.next_ms) - self.busy_since_ms)
        return (1 - (1 - self.utilisation) * booked) * _fade(now - self.next_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """Slots that one environment books with one write.

    Attributes
    ----------
    slots
        Number of slots.
    interval
        Time from one slot to the next.
    pause
        Time to leave free after them.
    looked, unsettled
        Payments looked at since the last booking, and how many of them need a refresh.
    """

    slots: int
    interval: int
    pause: int = 0
    looked: int = 0
    unsettled: int = 0

    @property
    def span(self) -> int:
        """The time that it occupies."""
        return self.slots * self.interval + self.pause


def start(now: int) -> RateState:
    """Initial state."""
    return RateState(next_ms=now, written_ms=now, busy_since_ms=now)


def interval(calls_per_minute: int) -> int:
    """Time between calls, rounded up so that calls are never too close."""
    return math.ceil(60_000 / calls_per_minute)


def reach(waited: int) -> int:
    """How far ahead an environment may book that has waited this long."""
    return min(AHEAD, AHEAD_AT_ONCE + waited // AHEAD_GAINED)


def size(state: RateState, now: int, interval: int, reach: int) -> int:
    """How many slots may be booked: one after idle time, none if all slots within reach are booked."""
    if state.next_ms < now:
        return 1
    within_reach = (now + reach - state.next_ms) // interval + 1
    return max(0, min(within_reach, CHUNK, max(1, CHUNK_SPAN // interval)))


def wait(state: RateState, now: int, reach: int) -> int:
    """How long to wait for a slot to come within reach, which itself grows with waiting up to `AHEAD`."""
    missing = state.next_ms - now - reach
    return max(missing * AHEAD_GAINED // (AHEAD_GAINED + 1), missing - (AHEAD - reach)) + 1


def book(state: RateState, now: int, booking: Booking) -> RateState:
    """Book slots; idle time counts towards the pause."""
    current = _catch_up(state, now)
    idle = current.next_ms - state.next_ms
    return replace(
        current,
        written_ms=now,
        next_ms=current.next_ms + booking.span - min(idle, booking.pause),
        unsettled_share=_share_after(state.unsettled_share, booking.looked, booking.unsettled),
    )


def slots(state: RateState, now: int, booking: Booking) -> range:
    """The slots that a booking got, given the state before it."""
    first = max(state.next_ms, now)
    return range(first, first + booking.slots * booking.interval, booking.interval)


def refuse(state: RateState, now: int, retry_after: float | None) -> RateState:
    """Apply a 429: void booked slots and pause; returns the same object if nothing changes.

    A 429 during a pause answers a call made before it, and counts only if it asks for a longer pause.

    Parameters
    ----------
    retry_after
        Seconds to wait, from the Retry-After header; None without one.
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
    """How many slots to leave free after a call, given the rate limit headers of its response.

    Slows down when less than a quarter of the limit remains. With a high setting (up to 90 % of the limit) our own
    calls alone reach that; then it slows down below half of what they leave.
    """
    scarce = limit / 4
    left_by_us = limit - calls_per_minute
    if left_by_us >= limit / 10:
        scarce = min(scarce, left_by_us / 2)
    return SLOWEST * (1 - remaining / scarce) if remaining < scarce else 0.0


def _catch_up(state: RateState, now: int) -> RateState:
    """Advance the state over idle time."""
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
