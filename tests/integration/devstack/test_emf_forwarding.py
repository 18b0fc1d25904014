"""The forwarding of metrics: what could not be put is put the next time, and nothing twice."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ConnectionClosedError

from devstack.emf_forwarding import MOST_VALUES, EmfForwarding

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

LINE = (
    '{{"_aws": {{"Timestamp": 1000, "CloudWatchMetrics": [{{"Namespace": "N", "Dimensions": [["d"]],'
    ' "Metrics": [{{"Name": "M"}}]}}]}}, "d": "{dimension}", "M": {value}}}'
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
        for datum in asked["MetricData"]:
            assert len(datum["Values"]) <= MOST_VALUES
            for value, count in zip(datum["Values"], datum["Counts"], strict=True):
                self.taken += [value] * count
        self.took.set()


def line(value: float, dimension: str = "x") -> str:
    return LINE.format(value=value, dimension=dimension)


def follow(logs: FakeLogs, cloudwatch: FakeCloudWatch) -> EmfForwarding:
    return EmfForwarding(cast("CloudWatchLogsClient", logs), cloudwatch, lambda: ["group"])


def test_metrics_that_could_not_be_put_are_put_the_next_time_and_none_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("devstack.emf_forwarding.MOST_DATA", 10)
    logs = FakeLogs([line(number, dimension=f"d{number}") for number in range(20)])
    cloudwatch = FakeCloudWatch(calls_until_down=1)
    forwarding = follow(logs, cloudwatch)

    with pytest.raises(ConnectionClosedError):
        forwarding.flush()
    cloudwatch.calls_until_down = 1000

    assert forwarding.flush() == 10
    assert cloudwatch.taken == list(range(20))
    logs.lines.append(line(-1))
    assert forwarding.flush() == 1
    assert forwarding.flush() == 0


def test_numbers_of_a_minute_are_put_together_and_each_counts() -> None:
    cloudwatch = FakeCloudWatch()

    follow(FakeLogs([line(5), line(7), line(5)]), cloudwatch).flush()

    assert sorted(cloudwatch.taken) == [5, 5, 7]
    assert cloudwatch.calls_until_down == 999


def test_metrics_of_more_lines_than_a_page_or_a_call_takes_are_all_put(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devstack.emf_forwarding._PAGE", 70)
    cloudwatch = FakeCloudWatch()

    follow(FakeLogs([line(number) for number in range(400)]), cloudwatch).flush()

    assert cloudwatch.taken == list(range(400))


def test_the_thread_goes_on_after_a_failure_and_ends_with_the_body(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devstack.emf_forwarding.EVERY_S", 0.01)
    cloudwatch = FakeCloudWatch(calls_until_down=0)

    with follow(FakeLogs([line(5)]), cloudwatch).running():
        assert cloudwatch.refused.wait(timeout=10)
        cloudwatch.calls_until_down = 1000
        assert cloudwatch.took.wait(timeout=10)

    assert cloudwatch.taken == [5]
