"""Measures of watches: how long they have been pending, who settled them, how late, and how much it was. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from payment_refresh.domain.policy import DAY, HOUR
from payment_refresh.domain.vocabulary import OutboxItem, SettledBy, Status
from payment_refresh.metrics import Counts, Metric

if TYPE_CHECKING:
    from payment_refresh.domain.policy import Policy
    from payment_refresh.domain.watch import Watch

BANDS = (
    (HOUR, Metric.PENDING_UNDER_HOUR),
    (DAY, Metric.PENDING_UNDER_DAY),
    (7 * DAY, Metric.PENDING_UNDER_WEEK),
)
"""Ages in seconds below which a pending payment counts in each metric."""

_CURRENCY = re.compile(r"[A-Z]{3}")
"""An ISO 4217 code. Each value of a dimension is a metric of its own, so no other text may become one."""


class Settlement(NamedTuple):
    """A payment that our refresh settled.

    Attributes
    ----------
    delay
        Seconds for which it had been pending, the time included that the shopper took to pay.
    currency
        Of the order; None where it is not known.
    amount_cents
        The order's total, in the smallest unit of the currency; 0 where it is not known.
    """

    delay: int
    currency: str | None
    amount_cents: int


@dataclass(frozen=True, slots=True)
class Measures:
    """What is measured of watches, besides the counting of what became of them.

    Attributes
    ----------
    bands
        Open watches, by how long they have been pending.
    settlements
        What our refreshes settled.
    """

    bands: Counts = field(default_factory=Counts)
    settlements: list[Settlement] = field(default_factory=list)

    def add(self, watch: Watch, now: int) -> None:
        """Measure a watch as it was just written."""
        if watch.is_open:
            age = now - watch.since
            self.bands[next((metric for below, metric in BANDS if age < below), Metric.PENDING_OVER_WEEK)] += 1
        else:
            settlement = _settlement_of(watch, now)
            self.settlements.extend([settlement] if settlement else [])

    def update(self, others: Measures) -> None:
        """Add those of other watches."""
        self.bands.update(others.bands)
        self.settlements.extend(others.settlements)


def settlement_counts(watch: Watch, now: int, policy: Policy) -> list[Metric]:
    """Name the metrics in which a settled watch counts; who moved the order shows a broken gateway webhook."""
    if watch.settled_by is None or _was_counted(watch):
        return []
    if watch.settled_by is SettledBy.WEBHOOK:
        return [Metric.SETTLED_BY_WEBHOOK]
    is_late = now - watch.started_at >= policy.webhook_late_after
    return [Metric.SETTLED_BY_REFRESH, *([Metric.FOUND_LATE_BY_REFRESH] if is_late else [])]


def _settlement_of(watch: Watch, now: int) -> Settlement | None:
    """Measure the settlement of an ended watch; None where it is not our refresh's."""
    if watch.status is not Status.SETTLED or watch.settled_by is not SettledBy.REFRESH or _was_counted(watch):
        return None
    # Money on an order that is not placed was found before the watch ended.
    found_at = now if watch.unplaced_since is None else watch.unplaced_since
    currency = watch.currency if _CURRENCY.fullmatch(watch.currency or "") else None
    return Settlement(max(0, found_at - watch.since), currency, watch.amount_cents or 0)


def _was_counted(watch: Watch) -> bool:
    """Whether it settled before, unplaced, and only its placement is new."""
    return OutboxItem.PLACED_AFTER_ALL in watch.announced
