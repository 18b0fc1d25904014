"""The policy of when to check next: pure functions of a watch's age, the settings and the rate limiter's load."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from payment_refresh.domain.vocabulary import WatchClass
from payment_refresh.rate_limit.budget import CARTS_HALF, CARTS_QUARTER
from payment_refresh.times import to_epoch

if TYPE_CHECKING:
    from payment_refresh.domain.watch import Watch

JITTER = 0.1
"""Intervals vary by this share either way, so that the payments of a busy hour do not stay in step for days."""

BACKOFF_STEPS = 15
"""Upper bound of the back-off after failed calls, in multiples of ``first``."""

ECHO_STEPS = 2
"""A change of the order within this many ``first`` after our refresh may be its work (two minutes by default)."""

REPLACED_REFRESHES = 2
"""At how many of its ages a replaced payment is refreshed: later the order may have been paid otherwise."""

MINUTE, HOUR, DAY = 60, 3600, 86400

LONGEST_CART = 30 * DAY
"""Age since its creation at which a cart is not watched any more, however often it changes."""


class RefreshCancelled(StrEnum):
    """Whether the payment of a cancelled order may be refreshed."""

    SAFE = "safe"
    TRUE = "true"
    FALSE = "false"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The merchant's settings; durations in seconds.

    Attributes
    ----------
    first
        Age of a placed order at its first check; also the minimum wait before the last look.
    give_up
        Age at which to give up on a placed order; bank debits can take 14 business days.
    give_up_grace
        How much longer a payment is watched whose own refresh fails while looks are answered.
    cap_idle, cap_busy
        Longest interval between checks while the rate limit is idle, and while it is exhausted.
    growth_idle, growth_busy
        Interval as a share of the age, likewise idle and busy.
    cart_ages
        Ages at which a cart is checked, from its last change; where the payment method has ``auto_place``, the
        last of them is ``give_up``.
    cancelled_ages
        Times after the cancellation at which the payment of a placed order is checked.
    replaced_ages
        Times after the order was seen with another payment source at which this one is checked.
    refresh_cancelled
        Whether it is refreshed at `cancelled_ages`: ``safe`` only where the method neither captures nor places.
    unplaced_after
        How long an order may have money and not be placed before that is announced.
    missing_after
        Minimum time between two absences from lists before single calls confirm that a payment is gone.
    webhook_late_after
        Age from which a payment settled by a refresh counts as one whose gateway webhook was late.
    retention
        How long the row of an ended watch is kept.
    utilisation
        Used share of the rate limit, from 0 to 1: the busier it is, the longer the intervals.
    """

    first: int = MINUTE
    give_up: int = 24 * DAY
    give_up_grace: int = DAY
    cap_idle: int = 30 * MINUTE
    cap_busy: int = DAY
    growth_idle: float = 0.05
    growth_busy: float = 0.7
    cart_ages: tuple[int, ...] = (45 * MINUTE, DAY, 10 * DAY)
    cancelled_ages: tuple[int, ...] = (HOUR, DAY, 7 * DAY, 14 * DAY)
    replaced_ages: tuple[int, ...] = (5 * MINUTE, HOUR, DAY, 7 * DAY)
    refresh_cancelled: RefreshCancelled = RefreshCancelled.SAFE
    unplaced_after: int = 15 * MINUTE
    missing_after: int = HOUR
    webhook_late_after: int = 10 * MINUTE
    retention: int = 35 * DAY
    utilisation: float = 0.0

    def under(self, utilisation: float) -> Policy:
        """The same policy at this utilisation of the rate limit."""
        return replace(self, utilisation=utilisation)

    @property
    def growth(self) -> float:
        """Interval as a share of the age, interpolated geometrically by utilisation."""
        return slide(self.growth_idle, self.growth_busy, self.utilisation)

    @property
    def cap(self) -> float:
        """Longest interval in seconds, interpolated likewise."""
        return slide(self.cap_idle, self.cap_busy, self.utilisation)

    @property
    def shortly(self) -> float:
        """Seconds after a refresh within which an event's change is attributed to it (5 s by default)."""
        return self.first / 12

    @property
    def echo(self) -> int:
        """Seconds after a refresh within which a look shows its work, not somebody else's (two minutes)."""
        return ECHO_STEPS * self.first

    @property
    def last_look_within(self) -> int:
        """Seconds after the last refresh within which the last look counts; later, money may have come since."""
        return max(self.give_up_grace, BACKOFF_STEPS * self.first)

    @property
    def late_placement(self) -> int:
        """Age of a cart from which its placement comes late: the shopper may have ordered again."""
        return self.cart_ages[min(1, len(self.cart_ages) - 1)]

    def ages(self, watch: Watch) -> tuple[int, ...]:
        """The ages at which a cart is checked."""
        return (*self.cart_ages[:-1], self.give_up) if watch.auto_place else self.cart_ages

    def times(self, watch: Watch) -> tuple[int, ...]:
        """The times at which a watch is checked that has few of them (epoch seconds UTC), in order; else none."""
        end = self.ends_at(watch)
        if watch.cancelled_at is not None:
            times = {watch.cancelled_at + age for age in self.cancelled_ages[:-1]}
        elif watch.replaced_at is not None:
            times = {watch.replaced_at + age for age in self.replaced_ages}
        elif watch.watch_class is WatchClass.CART:
            times = {min(watch.started_at + age, end) for age in self.ages(watch)}
        else:
            return ()
        return tuple(sorted(times | {end}))

    def ends_at(self, watch: Watch) -> int:
        """When the last regular check is due (epoch seconds UTC); after it, the watch is given up."""
        if watch.cancelled_at is not None:
            return max(watch.cancelled_at + self.cancelled_ages[-1], _placed_at(watch) + self.give_up)
        if watch.replaced_at is not None:
            end = watch.replaced_at + self.replaced_ages[-1]
            if watch.watch_class is WatchClass.CART:
                return max(watch.replaced_at, min(end, _placed_at(watch) + LONGEST_CART))
            return max(end, _placed_at(watch) + self.give_up)
        if watch.watch_class is WatchClass.CART:
            return max(
                watch.started_at, min(watch.started_at + self.ages(watch)[-1], _placed_at(watch) + LONGEST_CART)
            )
        return watch.started_at + self.give_up

    def first_due(self, watch: Watch, now: int) -> int:
        """When a round's first check is due: at once if that age has already passed."""
        if watch.cancelled_at is not None:
            return now if self.times(watch)[0] <= now else self.times(watch)[0]
        age = self.ages(watch)[0] if watch.watch_class is WatchClass.CART else self.first
        return max(now, watch.started_at + age)

    def next_due(self, watch: Watch, now: int, *, jitter: float, interval: float | None = None) -> int:
        """When to check next after an answer with which the payment is still pending.

        Parameters
        ----------
        now
            Epoch seconds UTC.
        jitter
            Random number from -1 to 1.
        interval
            Seconds to wait instead of what the age says, such as `cap` where only time can help.
        """
        sway = 1 + JITTER * jitter
        end = self.ends_at(watch)
        if now >= end:
            # Round up: a refresh answered within this second must then be at least ``first`` ago.
            return now + 1 + math.ceil(self.first * max(1.0, sway))
        times = self.times(watch)
        if times:
            due = next(time for time in times if time > now)
            if self._is_between_ages(watch, now) and self.utilisation < CARTS_QUARTER:
                due = min(due, now + self.cap_idle)
            return due + math.ceil(min(due - now, self.cap_idle) * JITTER * abs(jitter))
        if interval is None:
            interval = min(self.growth * (now - watch.started_at), self.cap)
        # An early check (manual, or for a cart just placed) does not bring the first one forward.
        return max(now + 1, self.first_due(watch, now), min(end, now + math.ceil(interval * sway)))

    def may_refresh(self, watch: Watch, now: int) -> bool:
        """Return whether to refresh a pending payment now, after the look that it just had.

        Carts are many and few of them were paid: the busier the budget, the fewer of their checks are refreshes.
        What the order does not wait for is refreshed at few of its ages.
        """
        if watch.cancelled_at is not None:
            return self._may_refresh_cancelled(watch) and (watch.asked_manually or now >= self.times(watch)[0])
        if watch.replaced_at is not None:
            times = self.times(watch)
            return times[0] <= now < (*times, times[-1])[min(REPLACED_REFRESHES, len(times))]
        if watch.watch_class is not WatchClass.CART or now >= self.ends_at(watch):
            return True
        if now >= watch.started_at + self.late_placement:
            return True
        return self.utilisation < (CARTS_QUARTER if self._is_refreshed_at_first_age(watch) else CARTS_HALF)

    def refreshes_at_end(self, watch: Watch) -> bool:
        """Whether giving up takes a refresh: not where the order does not wait for the payment any more."""
        if watch.cancelled_at is not None:
            return self._may_refresh_cancelled(watch)
        return watch.replaced_at is None

    def retry_due(self, watch: Watch, now: int, *, jitter: float) -> int:
        """When to check again after ``watch.consecutive_failures`` failed calls in a row: exponential back-off."""
        steps = min(BACKOFF_STEPS, 1 << min(max(watch.consecutive_failures - 1, 0), 10))
        backoff = now + math.ceil(self.first * steps * (1 + JITTER * jitter))
        if now >= self.ends_at(watch):
            return backoff
        return min(backoff, max(self.next_due(watch, now, jitter=jitter), now + self.first))

    def _may_refresh_cancelled(self, watch: Watch) -> bool:
        if self.refresh_cancelled is RefreshCancelled.SAFE:
            return watch.auto_place is False and watch.auto_capture is False
        return self.refresh_cancelled is RefreshCancelled.TRUE

    def _is_between_ages(self, watch: Watch, now: int) -> bool:
        """Whether a cart is between its first age and the second, when shoppers still come back to pay."""
        if watch.watch_class is not WatchClass.CART or watch.replaced_at is not None:
            return False
        return watch.started_at + self.cart_ages[0] <= now < watch.started_at + self.late_placement

    def _is_refreshed_at_first_age(self, watch: Watch) -> bool:
        return watch.refreshed_at is not None and watch.refreshed_at >= watch.started_at + self.cart_ages[0]


def slide(idle: float, busy: float, utilisation: float) -> float:
    """Interpolate geometrically from ``idle`` at utilisation 0 to ``busy`` at 1, clamped to that range."""
    share = min(1.0, max(0.0, utilisation))
    return idle * math.pow(busy / idle, share)


def _placed_at(watch: Watch) -> int:
    """When the order was placed (carts: created); as long as we know it, where its document does not say."""
    return watch.since if watch.order_at is None else int(to_epoch(watch.order_at))
