"""The numbers of metrics within a time: sums, the newest, and how often a period breached a limit. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from payment_refresh.metrics import Metric
    from payrefresh.ports import Point

MINUTE, HOUR, DAY = 60, 3600, 86_400


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers of the functions' metrics.

    Attributes
    ----------
    now
        Up to when they were read (epoch seconds UTC).
    of
        The points of each metric, oldest first.
    """

    now: float
    of: Mapping[Metric, Sequence[Point]] = field(default_factory=dict)

    def points(self, metric: Metric, within: float) -> list[Point]:
        """The points of a metric that began within so many seconds."""
        return [point for point in self.of.get(metric, ()) if point.at >= self.now - within]

    def total(self, metric: Metric, within: float) -> float:
        """Their sum."""
        return sum(point.value for point in self.points(metric, within))

    def newest(self, metric: Metric, within: float) -> Point | None:
        """The newest of them; None where there is none."""
        return max(self.points(metric, within), default=None)

    def newest_above(self, metric: Metric, least: float, within: float) -> Point | None:
        """The newest of them that is above a limit."""
        return max((point for point in self.points(metric, within) if point.value > least), default=None)

    def breaches(self, metric: Metric, statistic: str, period: int, periods: int, threshold: float) -> int:
        """In how many of the last periods, the last of which ends now, the statistic was above a limit."""
        values: dict[int, list[float]] = defaultdict(list)
        for point in self.points(metric, period * periods):
            values[int((self.now - point.at) // period)].append(point.value)
        combine = sum if statistic == "Sum" else max
        return sum(combine(each) > threshold for each in values.values())
