"""Delays: for how long payments had been pending, in quantiles and as a distribution. Pure."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MINUTE, HOUR, DAY = 60, 3600, 86_400

LIMITS = (MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 6 * HOUR, DAY, 3 * DAY, 7 * DAY)
"""Upper limits of the distribution's classes, in seconds; the last class has none."""

_UNITS = ((DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (1, "s"))


class Class(NamedTuple):
    """How many payments had been pending for at most ``limit`` seconds (None: longer), and in no class before."""

    limit: int | None
    payments: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Delays:
    """How long payments had been pending, in seconds; None where there are none."""

    median: int | None
    most: int | None
    longest: int | None
    classes: Sequence[Class]


def delays_of(seconds: Iterable[int]) -> Delays:
    """Sum them up; nine in ten had been pending for ``most`` seconds at most."""
    values = sorted(seconds)
    counts = [0] * (len(LIMITS) + 1)
    for each in values:
        counts[bisect_left(LIMITS, each)] += 1
    return Delays(
        median=_quantile(values, 50),
        most=_quantile(values, 90),
        longest=_quantile(values, 100),
        classes=[Class(limit, count) for limit, count in zip((*LIMITS, None), counts, strict=True)],
    )


def duration(seconds: int) -> str:
    """Write a duration in its two largest units, as a person says it."""
    parts: list[str] = []
    for size, unit in _UNITS:
        if seconds >= size or parts:
            count, seconds = divmod(seconds, size)
            parts.append(f"{count} {unit}" if count else "")
        if len(parts) == 2:
            break
    return " ".join(filter(None, parts)) or "0 s"


def _quantile(values: Sequence[int], percent: int) -> int | None:
    """The smallest value that at least so many percent of the values do not exceed."""
    return values[max(0, -(-len(values) * percent // 100) - 1)] if values else None
