"""A month of a shop: which alarms rang, and which should have."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from payment_refresh.domain.deployment import RunMode
from tests.alarms.failures import webhooks
from tests.alarms.ground import DAY, HOUR, laid
from tests.alarms.shop import MESSY, TIDY, Shop
from tests.alarms.template_alarms import CALLS_NOBODY, alarms
from tests.support.alarm_rules import MINUTE
from tests.support.quick_watches import quick_watches

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.alarms.ground import Ground

DAYS = 30
CALLS_PER_MINUTE = 100
SMOOTHING = 0.1
SETTLED_IN = HOUR
"""Seconds for which a new stack may ring: until discover's first pass."""

WEBHOOK_ALARMS = frozenset({"WebhookLateAlarm", "WebhookLateInAWeekAlarm"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A shop.

    Attributes
    ----------
    per_day
        Orders, in the mean.
    lost
        Share of the gateway's webhooks that never come.
    is_messy
        Whether its shoppers and its merchant do all that people do, or only buy.
    """

    per_day: int
    lost: float
    is_messy: bool

    @property
    def is_broken(self) -> bool:
        """Whether the gateway's webhook is."""
        return self.lost == 1.0

    def __str__(self) -> str:
        """Describe it in a few words."""
        merchant = "messy" if self.is_messy else "tidy"
        return f"{self.per_day:,} orders a day, {merchant}, {self.lost:.0%} of the gateway's webhooks lost"


PROFILES = (
    Profile(per_day=5, lost=0.02, is_messy=False),
    Profile(per_day=5, lost=1.0, is_messy=False),
    Profile(per_day=10, lost=0.02, is_messy=True),
    Profile(per_day=10, lost=1.0, is_messy=True),
    Profile(per_day=50, lost=0.02, is_messy=True),
    Profile(per_day=100, lost=0.02, is_messy=False),
    Profile(per_day=200, lost=1.0, is_messy=True),
    Profile(per_day=500, lost=0.05, is_messy=True),
    Profile(per_day=1000, lost=0.02, is_messy=True),
    Profile(per_day=5000, lost=0.02, is_messy=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """What a month was like.

    Attributes
    ----------
    first
        Minutes after the beginning at which each alarm that calls a person rang first.
    """

    profile: Profile
    first: dict[str, int]

    @property
    def false(self) -> set[str]:
        """Alarms that rang and should not have."""
        return set(self.first) - (WEBHOOK_ALARMS if self.profile.is_broken else set())

    @property
    def is_right(self) -> bool:
        """Whether none rang that should not, and one did that should."""
        return not self.false and bool(WEBHOOK_ALARMS & self.first.keys()) is self.profile.is_broken


def live(profile: Profile, days: int = DAYS, progress: Callable[[int], object] = lambda _day: None) -> Month:
    """Let a shop live for so many days."""
    with laid() as ground, quick_watches():
        ground.deploy(RunMode.REFRESH)
        shop = Shop(ground=ground, dice=Random(profile.per_day), lost=profile.lost)  # noqa: S311  a simulation
        webhooks()(shop)
        begun = ground.world.now
        ground.acts.append(_Load(ground).measure)
        lives = MESSY if profile.is_messy else TIDY
        shop.sell(DAY / profile.per_day, begun + days * DAY, lambda: shop.dice.choice(lives)(shop))
        for day in range(days):
            ground.run(DAY // MINUTE)
            _forget(ground)
            progress(day + 1)
        return Month(profile=profile, first=_first(ground, begun + SETTLED_IN, begun))


@dataclass(slots=True)
class _Load:
    """How much of the budget is used, as the rate limiter would show it."""

    ground: Ground
    used: float = 0.0
    _calls: int = 0

    def measure(self) -> None:
        """Count the calls of the last minute; older ones count less and less."""
        world = self.ground.world
        calls = len(world.commerce_layer.calls) + len(world.listing.calls)
        made = calls - self._calls if calls >= self._calls else calls
        self._calls = calls
        self.used += (made / CALLS_PER_MINUTE - self.used) * SMOOTHING
        world.rate_limiter.reading = world.rate_limiter.reading._replace(utilisation=min(1.0, self.used))


def _first(ground: Ground, since: int, begun: int) -> dict[str, int]:
    first: dict[str, int] = {}
    for name, alarm in alarms().items():
        rang = [at for at, rings in alarm.changes(ground.numbers, since, ground.world.now) if rings]
        if rang and name not in CALLS_NOBODY:
            first[name] = (rang[0] - begun) // MINUTE
    return first


def _forget(ground: Ground) -> None:
    """Forget what the fakes remember for tests, so that a month does not fill the memory."""
    world = ground.world
    world.log.entries.clear()
    world.table.writes.clear()
    world.commerce_layer.calls.clear()
    world.listing.calls.clear()
    world.events.events.clear()
    world.queue.received.clear()
    world.queue.sends.clear()
    world.rate_limiter.looks.clear()
