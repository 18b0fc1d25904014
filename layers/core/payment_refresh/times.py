"""Conversion between ISO 8601 times and epoch seconds."""

from __future__ import annotations

from datetime import UTC, datetime


def read_time(value: object) -> str | None:
    """Normalise an ISO 8601 time to UTC with milliseconds; None if it is not one, or has no time zone."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return None if moment.tzinfo is None else to_iso(moment.timestamp())
    except (ValueError, OverflowError):
        return None


def to_iso(epoch: float) -> str:
    """Format epoch seconds as ISO 8601 UTC with milliseconds."""
    return datetime.fromtimestamp(epoch, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def to_epoch(time: str) -> float:
    """Parse a time that `read_time` or `to_iso` returned into epoch seconds."""
    return datetime.fromisoformat(time).timestamp()
