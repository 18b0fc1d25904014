"""Times and durations in words."""

from __future__ import annotations

from datetime import UTC, datetime

_UNITS = ((86_400, "day", 36 * 3600), (3600, "hour", 90 * 60), (60, "minute", 90))
"""Seconds of each unit, its name, and from how many seconds on it is used."""


def moment(at: float) -> str:
    """A time to the minute: ``2026-01-31 14:32 UTC``."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"


def span(seconds: float) -> str:
    """A duration, rounded to one unit: ``45 seconds``, ``12 minutes``, ``3 hours``, ``24 days``."""
    seconds = max(0, round(seconds))
    for size, name, least in _UNITS:
        if seconds >= least:
            return _counted(round(seconds / size), name)
    return _counted(seconds, "second")


def ahead(at: float, now: float) -> str:
    """A time to come: ``in 12 minutes, at 14:32 UTC``; with its day, where that is another."""
    return f"in {span(at - now)}, {_at(at, now)}"


def ago(at: float, now: float) -> str:
    """A time that has passed: ``12 minutes ago, at 14:32 UTC``; with its day, where that is another."""
    return f"{span(now - at)} ago, {_at(at, now)}"


def _at(at: float, now: float) -> str:
    there, here = (datetime.fromtimestamp(time, UTC) for time in (at, now))
    return f"at {there:%H:%M} UTC" if there.date() == here.date() else f"on {there:%Y-%m-%d at %H:%M} UTC"


def _counted(number: int, name: str) -> str:
    return f"{number} {name}{'' if number == 1 else 's'}"
