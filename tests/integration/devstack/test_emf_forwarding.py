"""The forwarding of metrics: what could not be put is put the next time, and nothing twice."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ConnectionClosedError

from devstack.emf_forwarding import LINES, EmfForwarding

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

LINE = (
    '{{"_aws": {{"Timestamp": 1000, "CloudWatchMetrics": [{{"Namespace": "N", "Dimensions": [["d"]],'
    ' "Metrics": [{{"Name": "M"}}]}}]}}, "d": "x", "M": {value}}}'
)


class NoGroup(Exception):
    """There is no such log group; never raised here."""


@dataclass
class FakeLogs:
    """A log group in memory, with the paging of the local AWS."""

    lines: list[str]
    exceptions: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(ResourceNotFoundException=NoGroup))

    def filter_log_events(self, **asked: Any) -> dict[str, Any]:
        events = [
            {"timestamp": number, "logStreamName": "s", "message": line} for number, line in enumerate(self.lines)
        ]
        return {
            "events": [event for event in events if event["timestamp"] >= asked["startTime"]][: asked["limit"]]
        }


@dataclass
class FakeCloudWatch:
    """Takes metrics, but refuses calls after some until it is up again."""

    taken: list[float] = field(default_factory=list)
    calls_until_down: int = 1000
    refused: threading.Event = field(default_factory=threading.Event)
    took: threading.Event = field(default_factory=threading.Event)

    def put_metric_data(self, **asked: Any) -> None:
        self.calls_until_down -= 1
        if self.calls_until_down < 0:
            self.refused.set()
            raise ConnectionClosedError(endpoint_url="http://127.0.0.1")
        self.taken += [value for datum in asked["MetricData"] for value in datum["Values"]]
        self.took.set()


def test_metrics_that_could_not_be_put_are_put_the_next_time_and_none_twice() -> None:
    logs = FakeLogs([LINE.format(value=number) for number in range(2 * LINES)])
    cloudwatch = FakeCloudWatch(calls_until_down=1)
    forwarding = EmfForwarding(cast("CloudWatchLogsClient", logs), cloudwatch, ["group"])

    with pytest.raises(ConnectionClosedError):
        forwarding.flush()
    cloudwatch.calls_until_down = 1000

    assert forwarding.flush() == LINES
    assert cloudwatch.taken == list(range(2 * LINES))
    logs.lines.append(LINE.format(value=-1))
    assert forwarding.flush() == 1
    assert forwarding.flush() == 0


def test_metrics_of_more_lines_than_a_page_are_all_put(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devstack.emf_forwarding._PAGE", 7)
    logs = FakeLogs([LINE.format(value=number) for number in range(30)])
    cloudwatch = FakeCloudWatch()

    EmfForwarding(cast("CloudWatchLogsClient", logs), cloudwatch, ["group"]).flush()

    assert cloudwatch.taken == list(range(30))


def test_the_thread_goes_on_after_a_failure_and_ends_with_the_body(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devstack.emf_forwarding.EVERY_S", 0.01)
    logs = FakeLogs([LINE.format(value=5)])
    cloudwatch = FakeCloudWatch(calls_until_down=0)
    forwarding = EmfForwarding(cast("CloudWatchLogsClient", logs), cloudwatch, ["group"])

    with forwarding.running():
        assert cloudwatch.refused.wait(timeout=10)
        cloudwatch.calls_until_down = 1000
        assert cloudwatch.took.wait(timeout=10)

    assert cloudwatch.taken == [5]
