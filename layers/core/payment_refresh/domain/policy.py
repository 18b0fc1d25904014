"""When to ask again: pure functions of a watch's age, the rules the merchant set, and how busy the pace is."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from payment_refresh.domain.watch import WatchClass
from payment_refresh.rate_limit.budget import CARTS_HALF

if TYPE_CHECKING:
    from payment_refresh.domain.watch import Watch

JITTER = 0.1
"""Intervals vary by this share either way, so that payments of one busy hour do not stay in step for days."""

BACKOFF_STEPS = 15
"""Calls that get no answer are repeated at most this many times ``first`` apart."""

MINUTE, HOUR, DAY = 60, 3600, 86400


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The merchant's rules, in seconds.

    Attributes
    ----------
    first
        Age of the first check of a placed order, and the shortest wait for a last look before giving up.
    give_up
        Age at which a placed order is given up; bank debits can take 14 business days.
    cap_idle, cap_busy
        Longest interval between checks while there is budget to spare, and while there is none.
    growth_idle, growth_busy
        Interval as a share of the age, likewise.
    cart_ages, cart_auto_place_ages
        Ages at which a cart is checked; the second where its payment method places orders by itself.
    unplaced_after
        How long money may sit on an order that is not placed before that is announced.
    missing_after
        How far apart two 404s must be to be believed.
    webhook_late_after
        From which age on a payment that a refresh settled says that the gateway's webhook does not arrive.
    retention
        How long an ended watch is kept.
    utilisation
        How much of the pace is used, from 0 to 1: spare budget buys speed, load costs patience.
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
        """The same rules while the pace is used so much."""
        return replace(self, utilisation=utilisation)

    @property
    def growth(self) -> float:
        """Share of the age to wait, sliding geometrically with the pace's utilisation."""
        return slide(self.growth_idle, self.growth_busy, self.utilisation)

    @property
    def cap(self) -> float:
        """Longest interval in seconds, sliding likewise."""
        return slide(self.cap_idle, self.cap_busy, self.utilisation)

    @property
    def shortly(self) -> float:
        """Seconds after a refresh within which a move of the order is still its doing (5 s by default)."""
        return self.first / 12

    def ages(self, watch: Watch) -> tuple[int, ...]:
        """The ages at which a cart is checked."""
        return self.cart_auto_place_ages if watch.auto_place else self.cart_ages

    def ends_at(self, watch: Watch) -> int:
        """When the policy's last regular check is due; what comes after it is giving up."""
        if watch.watch_class is WatchClass.CART:
            return watch.started_at + self.ages(watch)[-1]
        return watch.started_at + self.give_up

    def first_due(self, watch: Watch, now: int) -> int:
        """When a round's first check is due: at once, where that age has passed already."""
        age = self.ages(watch)[0] if watch.watch_class is WatchClass.CART else self.first
        return max(now, watch.started_at + age)

    def next_due(self, watch: Watch, now: int, *, jitter: float, patient: bool = False) -> int:
        """When to check next after an answer that left the payment pending.

        Parameters
        ----------
        now
            Epoch seconds UTC.
        jitter
            Anywhere from -1 to 1.
        patient
            Whether only time can help (a failed attempt, or a payment that may only be looked at): wait
            as long as the policy allows.
        """
        sway = 1 + JITTER * jitter
        end = self.ends_at(watch)
        if now >= end:
            # Whole seconds: a refresh that was answered within this one must be a whole ``first`` ago by then.
            return now + 1 + math.ceil(self.first * max(1.0, sway))
        if watch.watch_class is WatchClass.CART:
            due = next(time for age in self.ages(watch) if (time := watch.started_at + age) > now)
            return due + math.ceil((due - now) * JITTER * abs(jitter))
        interval = self.cap if patient else min(self.growth * (now - watch.started_at), self.cap)
        # A check before its time (by hand, or for a cart just placed) does not bring the first one forward.
        return max(now + 1, self.first_due(watch, now), min(end, now + math.ceil(interval * sway)))

    def may_refresh(self, watch: Watch, now: int) -> bool:
        """Tell whether a pending payment is worth a refresh now, or only the look it just had.

        Carts are many and few of them were paid: while the pace is half used or more, each is refreshed once, at
        its last age.
        """
        if watch.watch_class is WatchClass.PLACED or now >= self.ends_at(watch):
            return True
        return self.utilisation < CARTS_HALF

    def retry_due(self, watch: Watch, now: int, *, jitter: float) -> int:
        """When to check again after ``watch.unanswered`` calls in a row without an answer."""
        steps = min(BACKOFF_STEPS, 1 << min(max(watch.consecutive_failures - 1, 0), 10))
        backoff = now + math.ceil(self.first * steps * (1 + JITTER * jitter))
        if now >= self.ends_at(watch):
            return backoff
        return min(backoff, max(self.next_due(watch, now, jitter=jitter), now + self.first))


def slide(idle: float, busy: float, utilisation: float) -> float:
    """Go geometrically from ``idle`` at utilisation 0 to ``busy`` at 1; beyond, stay there."""
    share = min(1.0, max(0.0, utilisation))
    return idle * math.pow(busy / idle, share)
