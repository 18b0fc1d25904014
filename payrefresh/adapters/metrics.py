"""The metrics of a stack in CloudWatch: the functions' own, and those of AWS's services.

``SEARCH`` and metric math are not used: the local AWS has neither.
"""

from __future__ import annotations

import math
import time
from collections import defaultdict
from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING, Any

from payment_refresh.adapters.aws import client
from payrefresh.errors import NoAnswer
from payrefresh.ports import Point

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from payrefresh.ports import Series

OWN = (("service", "payment-refresh"),)
"""The dimension that all metrics of the functions have, as Powertools sets it."""

QUERIES = 500
"""``GetMetricData`` takes at most 500 metrics."""

MOST_POINTS = 1500
"""Points of a series at most, so that an answer stays small."""

DAY = 86_400
KEPT = ((60, 15 * DAY), (300, 63 * DAY), (3600, 455 * DAY))
"""For how long CloudWatch keeps points of each period; both in seconds."""


@dataclass(frozen=True, slots=True)
class CloudWatchMetrics:
    """Implements the `Metrics` port.

    Attributes
    ----------
    namespace
        The stack's own namespace.
    """

    namespace: str

    def read(
        self, series: Iterable[Series], since: float, until: float, *, period: int | None = None
    ) -> Mapping[Series, Sequence[Point]]:
        period = period or period_of(since, until, time.time())
        begin = int(since // period) * period
        found: dict[Series, list[Point]] = {each: [] for each in series}
        for some in batched(found, QUERIES, strict=False):
            ids = {f"m{number}": each for number, each in enumerate(some)}
            queries = [self._query(name, each, period) for name, each in ids.items()]
            for name, points in _get(queries, begin, math.ceil(until)).items():
                found[ids[name]] = sorted(points)
        return found

    def values_of(self, name: str, dimension: str) -> Sequence[str]:
        pages = (
            client("cloudwatch")
            .get_paginator("list_metrics")
            .paginate(Namespace=self.namespace, MetricName=name, Dimensions=[{"Name": dimension}])
        )
        return sorted(
            {
                each["Value"]
                for page in pages
                for metric in page["Metrics"]
                for each in metric["Dimensions"]
                if each["Name"] == dimension
            }
        )

    def _query(self, name: str, series: Series, period: int) -> dict[str, Any]:
        dimensions = series.dimensions if series.namespace else (*OWN, *series.dimensions)
        metric = {
            "Namespace": series.namespace or self.namespace,
            "MetricName": series.name,
            "Dimensions": [{"Name": each, "Value": value} for each, value in dimensions],
        }
        return {"Id": name, "MetricStat": {"Metric": metric, "Period": period, "Stat": series.statistic}}


def period_of(since: float, until: float, now: float) -> int:
    """The finest period, in seconds, that CloudWatch still keeps since then and that makes few enough points."""
    kept = [period for period, age in KEPT if now - since < age] or [KEPT[-1][0]]
    return next((period for period in kept if (until - since) / period <= MOST_POINTS), DAY)


def _get(queries: list[dict[str, Any]], begin: int, end: int) -> Mapping[str, list[Point]]:
    points: dict[str, list[Point]] = defaultdict(list)
    pages = (
        client("cloudwatch")
        .get_paginator("get_metric_data")
        .paginate(MetricDataQueries=queries, StartTime=begin, EndTime=end)
    )
    for page in pages:
        for result in page["MetricDataResults"]:
            if result["StatusCode"] not in ("Complete", "PartialData"):
                raise NoAnswer(f"CloudWatch did not answer for a metric ({result['StatusCode']}): try again")
            times = (int(each.timestamp()) for each in result["Timestamps"])
            points[result["Id"]] += map(Point, times, result["Values"])
    return points
