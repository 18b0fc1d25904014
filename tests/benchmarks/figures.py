"""Small arithmetic that several benchmarks need."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

QUANTILES = {"p50_s": 0.5, "p90_s": 0.9, "p99_s": 0.99}


def quantile(ordered: Sequence[float], share: float) -> float:
    """Give the value that this share of an ordered sequence does not exceed."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def quantiles(values: Sequence[float]) -> dict[str, float | None]:
    """Give the usual ones, rounded to whole seconds; None where there is no value."""
    ordered = sorted(values)
    return {name: round(quantile(ordered, share)) if ordered else None for name, share in QUANTILES.items()}


def duration(seconds: float | None) -> str:
    """Write seconds for people."""
    if seconds is None:
        return "never"
    for unit, size, below in (("s", 1, 120), ("min", 60, 120 * 60), ("h", 3600, 48 * 3600)):
        if seconds < below:
            value = seconds / size
            return f"{value:.0f} {unit}" if value >= 10 or unit == "s" else f"{value:.1f} {unit}"
    return f"{seconds / 86400:.1f} d"
