"""Others' published schedules with the same payments: one call a poll, whatever the load."""

from __future__ import annotations

import json
from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.figures import quantiles

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from random import Random

SCHEDULES = Path(__file__).with_name("peer_schedules.json")


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """A schedule by which somebody polls a payment.

    Attributes
    ----------
    delays
        Seconds from one poll to the next; the first from when the payment began.
    jitter
        The first poll comes later by anything up to this: a grid of a cron, or a producer's loop.
    is_poll
        False where the schedule was published for something else, and only its shape is taken.
    """

    name: str
    delays: tuple[float, ...]
    jitter: float = 0.0
    is_poll: bool = True

    @cached_property
    def ages(self) -> list[float]:
        """The ages at which it polls."""
        return list(accumulate(self.delays))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Result of a schedule with some payments: every poll is made on time, and each costs one call.

    Attributes
    ----------
    delays
        Of the payments it found: seconds since the gateway had the money.
    missed
        Payments it had given up by then.
    """

    payments: int
    calls: int
    delays: Sequence[float]
    missed: int

    @property
    def figures(self) -> dict[str, float | None]:
        """Calls for each payment, the share of the settled ones that it missed, and delays of those it found."""
        settled = len(self.delays) + self.missed
        return {
            "calls_per_payment": round(self.calls / self.payments, 2),
            "missed": round(self.missed / settled, 4),
            **quantiles(self.delays),
        }


def published() -> list[Schedule]:
    """Read the published schedules; the file names their sources."""
    return [
        Schedule(
            name=entry["name"],
            delays=tuple(delay for delay, times in entry["delays_s"] for _ in range(times)),
            jitter=entry["jitter_s"],
            is_poll=entry["is_poll"],
        )
        for entry in json.loads(SCHEDULES.read_text())
    ]


def cron(minutes: int, days: int) -> Schedule:
    """A flat cron that polls every pending payment each time."""
    every = minutes * 60
    return Schedule(
        name=f"flat cron of {minutes} min", delays=(0.0,) + (every,) * (days * 86400 // every), jitter=every
    )


def polled(schedule: Schedule, payments: Iterable[tuple[float, float]], random: Random) -> Outcome:
    """Poll payments until they are found settled, or the schedule ends.

    Parameters
    ----------
    payments
        At which age the gateway has the money, and at which age a webhook reports it; infinity if never.
    """
    ages, count, calls, missed, delays = schedule.ages, 0, 0, 0, []
    for settles, reported in payments:
        count += 1
        shift = random.uniform(0, schedule.jitter)
        if reported < inf:
            calls += bisect_left(ages, reported - shift)
            continue
        first = bisect_left(ages, settles - shift)
        calls += min(first + 1, len(ages))
        if first < len(ages):
            delays.append(ages[first] + shift - settles)
        else:
            missed += settles < inf
    return Outcome(payments=count, calls=calls, delays=delays, missed=missed)
