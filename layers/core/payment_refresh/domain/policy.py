"""The policy of when to check next: pure functions of a watch's age, the settings and the rate limiter's load."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from payment_refresh.domain.watch import WatchClass
from payment_refresh.rate_limit.budget import CARTS_HALF

if TYPE_CHECKING:
    from payment_refresh.domain.watch import Watch

JITTER = 0.1
"""Intervals vary by this share either way, so that the payments of a busy hour do not stay in step for days."""

BACKOFF_STEPS = 15
"""Upper bound of the back-off after failed calls, in multiples of ``first``."""

MINUTE, HOUR, DAY = 60, 3600, 86400


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The merchant's settings; durations in seconds.

    Attributes
    ----------
    first
        Age of a placed order at its first check; also the minimum wait before the last look.
    give_up
        Age at which to give up on a placed order; bank debits can take 14 business days.
    cap_idle, cap_busy
        Longest interval between checks while the rate limit is idle, and while it is exhausted.
    growth_idle, growth_busy
        Interval as a share of the age, likewise idle and busy.
    cart_ages, cart_auto_place_ages
        Ages at which a cart is checked; the latter if its payment method has ``auto_place``.
    unplaced_after
        How long an order may have money and not be placed before that is announced.
    missing_after
        Minimum time between two 404s before the payment counts as missing.
    webhook_late_after
        Age from which a payment settled by a refresh counts as one whose gateway webhook was late.
    retention
        How long the row of an ended watch is kept.
    utilisation
        Used share of the rate limit, from 0 to 1: the busier it is, the longer the intervals.
    """

    first: int = MINUTE
    give_up: int = 20 * DAY
    cap_idle: int = 30 * MINUTE
    cap_busy: int = DAY
    growth_idle: float = 0.05
    growth_busy: float = 0.7
    cart_ages: tuple[int, ...] = (45 * MINUTE, DAY)
    cart_auto_place_ages: tuple[int, ...] = (45 * MINUTE, DAY, 7 * DAY, 14 * DAY)
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
        """Seconds after a refresh within which a change of the order is attributed to it (5 s by default)."""
        return self.first / 12

    def ages(self, watch: Watch) -> tuple[int, ...]:
        """The ages at which a cart is checked."""
        return self.cart_auto_place_ages if watch.auto_place else self.cart_ages

    def ends_at(self, watch: Watch) -> int:
        """When the last regular check is due (epoch seconds UTC); after it, the watch is given up."""
        if watch.watch_class is WatchClass.CART:
            return watch.started_at + self.ages(watch)[-1]
        return watch.started_at + self.give_up

    def first_due(self, watch: Watch, now: int) -> int:
        """When a round's first check is due: at once if that age has already passed."""
        age = self.ages(watch)[0] if watch.watch_class is WatchClass.CART else self.first
        return max(now, watch.started_at + age)

    def next_due(self, watch: Watch, now: int, *, jitter: float, patient: bool = False) -> int:
        """When to check next after an answer with which the payment is still pending.

        Parameters
        ----------
        now
            Epoch seconds UTC.
        jitter
            Random number from -1 to 1.
        patient
            Whether only time can help (a failed attempt, or a payment that may only be looked at): use the
            longest interval.
        """
        sway = 1 + JITTER * jitter
        end = self.ends_at(watch)
        if now >= end:
            # Round up: a refresh answered within this second must then be at least ``first`` ago.
            return now + 1 + math.ceil(self.first * max(1.0, sway))
        if watch.watch_class is WatchClass.CART:
            due = next(time for age in self.ages(watch) if (time := watch.started_at + age) > now)
            return due + math.ceil((due - now) * JITTER * abs(jitter))
        interval = self.cap if patient else min(self.growth * (now - watch.started_at), self.cap)
        # An early check (manual, or for a cart just placed) does not bring the first one forward.
        return max(now + 1, self.first_due(watch, now), min(end, now + math.ceil(interval * sway)))

    def may_refresh(self, watch: Watch, now: int) -> bool:
        """Return whether to refresh a pending payment now, after the look that it just had.

        Carts are many and few of them were paid: while half the rate limit or more is used, each is refreshed
        once, at its last age.
        """
        if watch.watch_class is WatchClass.PLACED or now >= self.ends_at(watch):
            return True
        return self.utilisation < CARTS_HALF

    def retry_due(self, watch: Watch, now: int, *, jitter: float) -> int:
        """When to check again after ``watch.consecutive_failures`` failed calls in a row: exponential back-off."""
        steps = min(BACKOFF_STEPS, 1 << min(max(watch.consecutive_failures - 1, 0), 10))
        backoff = now + math.ceil(self.first * steps * (1 + JITTER * jitter))
        if now >= self.ends_at(watch):
            return backoff
        return min(backoff, max(self.next_due(watch, now, jitter=jitter), now + self.first))


def slide(idle: float, busy: float, utilisation: float) -> float:
    """Interpolate geometrically from ``idle`` at utilisation 0 to ``busy`` at 1, clamped to that range."""
    share = min(1.0, max(0.0, utilisation))
    return idle * math.pow(busy / idle, share)
