"""Counts what a run shows: where the watches stand, what the calls cost, how long settling took. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from devstack.records import Row
    from devstack.truth import Truth


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Counts of all watches at one moment.

    Attributes
    ----------
    watched
        All there were.
    unrelayed
        Those that have ended with a letter or an event still to send.
    discovered
        Those that discover made, as no order event had announced the payment.
    unplaced
        Those that settled with money on an order that nobody placed.
    """

    watched: int = 0
    watching: int = 0
    due: int = 0
    unrelayed: int = 0
    settled_by_webhook: int = 0
    settled_by_refresh: int = 0
    closed: int = 0
    missing: int = 0
    abandoned: int = 0
    dead_lettered: int = 0
    reported: int = 0
    discovered: int = 0
    unplaced: int = 0

    @property
    def open(self) -> int:
        """How many watches something is still to be done for."""
        return self.watching + self.unrelayed


@dataclass(frozen=True, slots=True)
class Delay:
    """How long something took, in seconds; None if it never happened."""

    p50: float | None
    p90: float | None
    max: float | None


def count(rows: Iterable[Row], now: float) -> Figures:
    """Count the watches. An order whose payment is not known yet counts; then only its payment does."""
    counted = [row for row in rows if row.open or not row.is_order]
    ends = Counter(row.status for row in counted)
    settled_by = Counter(row.settled_by for row in counted if row.status == "settled")
    return Figures(
        watched=len(counted),
        watching=ends["watching"],
        due=sum(row.status == "watching" and row.due_at is not None and row.due_at <= now for row in counted),
        unrelayed=sum(row.status != "watching" and row.outbox for row in counted),
        settled_by_webhook=settled_by["webhook"],
        settled_by_refresh=settled_by["refresh"],
        closed=ends["closed"],
        missing=ends["missing"],
        abandoned=ends["abandoned"],
        dead_lettered=ends["dead_lettered"],
        reported=ends["reported"],
        discovered=sum(row.found_by == "discover" for row in counted),
        unplaced=sum(row.status == "settled" and row.notice == "not_placed" for row in counted),
    )


def detection_delay(rows: Mapping[str, Row], truths: Iterable[Truth], begun: float) -> Delay:
    """Return how long after the gateway had the money a payment that only a refresh could find was found.

    What was paid before the run had `begun` counts from then on: nobody was there to find it.
    """
    delays = []
    for truth in truths:
        row = rows.get(truth.key) if truth.key is not None else None
        if row is None or row.settled_by != "refresh" or row.ended_at is None or truth.authorized_at is None:
            continue
        # Rows keep whole seconds, so a payment found at once may seem to have been found before.
        delays.append(max(0.0, row.ended_at - max(begun, truth.authorized_at)))
    return Delay(_quantile(delays, 0.5), _quantile(delays, 0.9), _quantile(delays, 1.0))


def _quantile(values: Sequence[float], share: float) -> float | None:
    """Return the smallest value that at least this share of the values does not exceed."""
    if not values:
        return None
    rank = max(0, -(-len(values) * share // 1) - 1)
    return round(sorted(values)[int(rank)], 1)
