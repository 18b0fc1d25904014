"""The period of a report, as a person gives it: so far back from now, or from a date on. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.composition.environment import UNITS
from payment_refresh.times import read_time, to_epoch
from payrefresh.errors import WrongInput

if TYPE_CHECKING:
    from collections.abc import Sequence

HOUR, DAY = 3600, 86_400
HOURLY_UP_TO = 3 * DAY
"""Periods up to this long are shown by the hour, longer ones by the day."""

WEEK = 7 * DAY
WEEKLY_FROM = 120 * DAY
"""Periods from this long on are shown by the week."""

_AGO = re.compile(r"([1-9][0-9]{0,5})([smhdw])")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Period:
    """From ``since`` until ``until``, both in epoch seconds UTC; the latter is not part of it."""

    since: int
    until: int

    def __contains__(self, at: int) -> bool:
        """Whether a moment is in it."""
        return self.since <= at < self.until

    @property
    def seconds(self) -> int:
        """How long it is."""
        return self.until - self.since

    @property
    def step(self) -> int:
        """Seconds of the steps in which it is shown: hours, days or weeks."""
        if self.seconds <= HOURLY_UP_TO:
            return HOUR
        return DAY if self.seconds < WEEKLY_FROM else WEEK

    @property
    def steps(self) -> Sequence[int]:
        """When each of its steps begins; those of hours and days are UTC's."""
        first = self.since // self.step * self.step
        return range(first, self.until, self.step)


def read_period(since: str, now: float) -> Period:
    """Read how far back a report reaches: ``30d``, ``12h``, ``4w``, or a date or time such as ``2026-01-31``.

    Raises
    ------
    WrongInput
        It is none of these, or in the future.
    """
    until = int(now) + 1
    ago = _AGO.fullmatch(since)
    if ago is not None:
        begin = until - int(ago[1]) * (UNITS | {"w": WEEK})[ago[2]]
    else:
        time = read_time(f"{since}T00:00:00Z" if _DATE.fullmatch(since) else since)
        if time is None:
            raise WrongInput(f"--since {since!r:.40}: give a duration such as 30d, 12h or 4w, or a date")
        begin = int(to_epoch(time))
    if not 0 < begin < until:
        raise WrongInput(f"--since {since!r:.40}: the report must begin between 1970 and now")
    return Period(begin, until)
