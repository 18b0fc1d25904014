"""ISO 8601 times and epoch seconds, from one to the other."""

from __future__ import annotations

from datetime import UTC, datetime


def read_time(value: object) -> str | None:
    """Bring an ISO 8601 time to UTC with milliseconds, or None where it is none."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return None if moment.tzinfo is None else to_iso(moment.timestamp())
    except (ValueError, OverflowError):
        return None


def to_iso(epoch: float) -> str:
    """Write epoch seconds as ISO 8601 UTC with milliseconds."""
    return datetime.fromtimestamp(epoch, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def to_epoch(time: str) -> float:
    """Read epoch seconds from a time that `read_time` brought into form."""
    return datetime.fromisoformat(time).timestamp()
