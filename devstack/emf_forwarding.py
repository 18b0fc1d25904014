"""Metrics of the functions on the local AWS: log lines in the embedded metric format (EMF), put to its CloudWatch.

AWS makes metrics of such lines by itself; the local AWS only keeps the lines.
"""

from __future__ import annotations

import json
import threading
from collections import Counter, defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import batched
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from mypy_boto3_logs import CloudWatchLogsClient

    from devstack.clients import Clients

EVERY_S = 5.0
"""Seconds between two readings of the logs."""

OVERLAP_MS = 10_000
"""How far each reading goes back behind the newest line of the last one: lines need not come in their order."""

MOST_DATA = 500
"""Metrics in one call, and at most the hundred of one more line besides: ``PutMetricData`` takes a thousand."""

MOST_VALUES = 150
"""Values of a metric in one call, as ``PutMetricData`` takes them."""

MINUTE = 60
"""Seconds that CloudWatch tells apart; so the numbers of a minute are put together, which spares the local AWS."""

LOG_GROUPS = "/aws/lambda/"
"""What the names of functions' log groups begin with."""

_PAGE = 10_000


class Metric(NamedTuple):
    """A metric within one minute, which begins ``at`` (epoch seconds UTC); its dimensions are names and values."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    unit: str
    at: int


type Sums = dict[Metric, Counter[float]]
"""How often each value of a metric was emitted."""


class _Line(NamedTuple):
    """A line of a log group; ``at`` in epoch milliseconds. An invocation has a stream of its own."""

    at: int
    stream: str
    message: str


@dataclass(slots=True)
class EmfForwarding:
    """Follows log groups, and puts the metrics of each line in the embedded metric format once.

    Attributes
    ----------
    cloudwatch
        A client of CloudWatch.
    groups
        Gives the names of the log groups; one that does not exist yet has no lines.
    """

    logs: CloudWatchLogsClient
    cloudwatch: Any
    groups: Callable[[], Iterable[str]]
    _seen: dict[str, dict[_Line, int]] = field(default_factory=dict, init=False)
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock, init=False)

    def flush(self) -> int:
        """Put the metrics of all lines that are there now; returns the number of lines.

        Raises
        ------
        botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError
            The local AWS did not answer, or refused: the next call puts what this one did not.
        """
        with self._one_at_a_time:
            return sum(self._flush(group) for group in self.groups())

    @contextmanager
    def running(self) -> Iterator[None]:
        """Flush every few seconds, in a thread, for as long as the body runs."""
        stopped = threading.Event()
        thread = threading.Thread(target=self._follow, args=(stopped,), name="metrics", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stopped.set()
            thread.join()

    def _follow(self, stopped: threading.Event) -> None:
        while not stopped.wait(EVERY_S):
            try:
                self.flush()
            except (ClientError, BotoCoreError):
                # The local AWS is restarted, or ends: the next time, the same lines are read again. Where it stays
                # so, whoever needs the metrics calls `flush`, which raises.
                continue

    def _flush(self, group: str) -> int:
        seen = self._seen.setdefault(group, {})
        newest = max(seen.values(), default=0)
        new = [line for line in self._lines(group, max(0, newest - OVERLAP_MS)) if line not in seen]
        waiting: list[_Line] = []
        sums: Sums = {}
        for line in new:
            waiting.append(line)
            for metric, values in metrics_of(line.message):
                sums.setdefault(metric, Counter()).update(values)
            if len(sums) >= MOST_DATA or line is new[-1]:
                self._put(sums)
                seen |= {each: each.at for each in waiting}
                waiting, sums = [], {}
        kept_from = max(seen.values(), default=0) - OVERLAP_MS
        self._seen[group] = {line: at for line, at in seen.items() if at >= kept_from}
        return len(new)

    def _put(self, sums: Sums) -> None:
        by_namespace: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for metric, counts in sums.items():
            for some in batched(counts.items(), MOST_VALUES, strict=False):
                by_namespace[metric.namespace].append(_datum(metric, dict(some)))
        for namespace, data in by_namespace.items():
            self.cloudwatch.put_metric_data(Namespace=namespace, MetricData=data)

    def _lines(self, group: str, since: int) -> list[_Line]:
        """The lines that may be metrics, from a time on (epoch milliseconds)."""
        found: dict[_Line, None] = {}
        while True:
            try:
                page = self.logs.filter_log_events(
                    logGroupName=group, startTime=since, limit=_PAGE, filterPattern='"CloudWatchMetrics"'
                )["events"]
            except self.logs.exceptions.ResourceNotFoundException:
                return []
            found |= {_Line(event["timestamp"], event["logStreamName"], event["message"]): None for event in page}
            # The local AWS has no next page: a full one is read again from its last millisecond on.
            if len(page) < _PAGE or page[-1]["timestamp"] == since:
                return list(found)
            since = page[-1]["timestamp"]


def forwarding(clients: Clients, functions: Iterable[str]) -> EmfForwarding:
    """Follow the logs of these functions, given by their names."""
    groups = [f"{LOG_GROUPS}{name}" for name in functions]
    return EmfForwarding(clients.logs, clients.cloudwatch, lambda: groups)


def forwarding_of_all(clients: Clients) -> EmfForwarding:
    """Follow the logs of all functions, whoever deploys them."""

    def groups() -> Iterable[str]:
        listed = clients.logs.describe_log_groups(logGroupNamePrefix=LOG_GROUPS)["logGroups"]
        return [group["logGroupName"] for group in listed]

    return EmfForwarding(clients.logs, clients.cloudwatch, groups)


def metrics_of(line: str) -> list[tuple[Metric, list[float]]]:
    """Read the metrics of a log line, each with its values; none of any other line.

    A line has one set of dimensions or several; each metric is one of each set, as on AWS.
    """
    try:
        document = json.loads(line)
    except json.JSONDecodeError:
        return []
    header = document.get("_aws") if isinstance(document, dict) else None
    if header is None:
        return []
    at = header["Timestamp"] // 1000 // MINUTE * MINUTE
    return [
        (
            Metric(
                namespace=directive["Namespace"],
                name=metric["Name"],
                dimensions=tuple((name, document[name]) for name in dimensions),
                unit=metric.get("Unit", "None"),
                at=at,
            ),
            value if isinstance(value, list) else [value],
        )
        for directive in header["CloudWatchMetrics"]
        for dimensions in directive["Dimensions"]
        for metric in directive["Metrics"]
        if (value := document.get(metric["Name"])) is not None
    ]


def _datum(metric: Metric, counts: Mapping[float, int]) -> dict[str, Any]:
    return {
        "MetricName": metric.name,
        "Dimensions": [{"Name": name, "Value": value} for name, value in metric.dimensions],
        "Timestamp": metric.at,
        "Unit": metric.unit,
        "Values": list(counts),
        "Counts": list(counts.values()),
    }
