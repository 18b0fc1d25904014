"""Readers of single settings: each gives a value of one kind, or raises a `SettingsError` that names it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from payment_refresh.errors import SettingsError
from payment_refresh.times import read_time, to_epoch

if TYPE_CHECKING:
    from collections.abc import Mapping

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
"""Seconds in each unit of a duration."""

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def text(environ: Mapping[str, str], name: str) -> str:
    """Read what must be set, whatever it is."""
    value = environ.get(name, "").strip()
    if not value:
        raise SettingsError(f"{name} is not set; the template sets it for every function that needs it")
    return value


def one_of(environ: Mapping[str, str], name: str, values: tuple[str, ...]) -> str:
    """Read one of several words."""
    value = text(environ, name)
    if value not in values:
        raise SettingsError(f"{name} is {value!r}; it must be one of {', '.join(values)}")
    return value


def flag(environ: Mapping[str, str], name: str) -> bool:
    """Read a truth value."""
    return one_of(environ, name, ("true", "false")) == "true"


def duration(environ: Mapping[str, str], name: str) -> int:
    """Read a duration, in seconds."""
    return parse_duration(text(environ, name), name)


def ages(environ: Mapping[str, str], name: str) -> tuple[int, ...]:
    """Read several durations, in seconds."""
    return tuple(parse_duration(part.strip(), name) for part in text(environ, name).split(","))


def whole(environ: Mapping[str, str], name: str, least: int, most: int) -> int:
    """Read a whole number within bounds, both inclusive."""
    value = text(environ, name)
    if not re.fullmatch(r"[0-9]{1,9}", value) or not least <= int(value) <= most:
        raise SettingsError(f"{name} is {value!r}; it must be a whole number from {least} to {most}")
    return int(value)


def share(environ: Mapping[str, str], name: str) -> float:
    """Read a positive number."""
    value = text(environ, name)
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", value) or float(value) <= 0:
        raise SettingsError(f"{name} is {value!r}; it must be a positive number such as 0.05")
    return float(value)


def url(environ: Mapping[str, str], name: str) -> str:
    """Read a URL: https, or a token would go over the wire in the clear; http only for this machine itself."""
    value = text(environ, name).rstrip("/")
    try:
        parts = urlsplit(value)
    except ValueError:
        parts = urlsplit("")
    if not parts.hostname or not (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    ):
        raise SettingsError(f"{name} is {value!r}; it must be an https URL (http only for this machine itself)")
    return value


def time(environ: Mapping[str, str], name: str) -> float | None:
    """Read a time, in epoch seconds UTC; None where it is not set."""
    value = environ.get(name, "").strip()
    if not value:
        return None
    read = read_time(value)
    if read is None:
        raise SettingsError(f"{name} is {value!r}; write a time such as 2026-01-31T00:00:00Z, or leave it empty")
    return to_epoch(read)


def parse_duration(value: str, name: str) -> int:
    """Read a duration such as ``90s``, ``45m``, ``24h`` or ``20d``, in seconds; the longest are some years.

    Raises
    ------
    SettingsError
        It is none; the message bears ``name``.
    """
    if re.fullmatch(r"[1-9][0-9]{0,6}[sm]|[1-9][0-9]{0,4}h|[1-9][0-9]{0,2}d", value) is None:
        raise SettingsError(f"{name} is {value!r}; write a duration such as 90s, 45m, 24h or 20d (at most 999d)")
    return int(value[:-1]) * UNITS[value[-1]]
