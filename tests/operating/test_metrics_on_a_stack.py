"""The metrics that commands read: what the functions log, put to the local CloudWatch, and read from there."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from devstack.emf_forwarding import EmfForwarding, forwarding, metrics_of
from payrefresh.adapters.aws import connect
from payrefresh.adapters.metrics import CloudWatchMetrics, period_of
from payrefresh.ports import Series

if TYPE_CHECKING:
    from tests.operating.command import Command
    from tests.operating.hollow import HollowStack

NAMESPACE = "PaymentRefresh/some-stack"
STREAM = "2026/01/31/[$LATEST]1"


def emf(at: float, metrics: dict[str, float | list[float]], **dimensions: str) -> str:
    """A log line as Powertools writes it."""
    every = {"service": "payment-refresh"} | dimensions
    return json.dumps(
        {
            "_aws": {
                "Timestamp": int(at * 1000),
                "CloudWatchMetrics": [
                    {
                        "Namespace": NAMESPACE,
                        "Dimensions": [list(every)],
                        "Metrics": [{"Name": name, "Unit": "Count"} for name in metrics],
                    }
                ],
            },
            **every,
            **metrics,
        }
    )


def log(stack: HollowStack, function: str, *lines: str, at: float) -> None:
    """Write lines into the log of a function."""
    logs, group = stack.aws.clients.logs, f"/aws/lambda/{stack.resources[function]}"
    streams = logs.describe_log_streams(logGroupName=group)["logStreams"]
    if STREAM not in {each["logStreamName"] for each in streams}:
        logs.create_log_stream(logGroupName=group, logStreamName=STREAM)
    events = [{"timestamp": int(at * 1000), "message": line} for line in lines]
    logs.put_log_events(logGroupName=group, logStreamName=STREAM, logEvents=events)  # type: ignore[arg-type]  # a list of dicts is one of events


@pytest.fixture(scope="module")
def follower(stack: HollowStack) -> EmfForwarding:
    """What forwards the metrics of two functions."""
    return forwarding(stack.aws.clients, [stack.resources["Sweep"], stack.resources["Refresh"]])


@pytest.fixture
def metrics(command: Command) -> CloudWatchMetrics:
    """The metrics of the stack, read as a command does."""
    assert command
    connect(profile=None, region=None)
    return CloudWatchMetrics(NAMESPACE)


def test_each_metric_of_a_log_line_is_put_once_however_often_the_logs_are_read(
    stack: HollowStack, follower: EmfForwarding, metrics: CloudWatchMetrics
) -> None:
    now = time.time()
    log(stack, "Sweep", emf(now, {"Claimed": 3}), '{"level": "INFO"}', "START RequestId: x", at=now)
    log(stack, "Refresh", emf(now - 60, {"Delay": [10, 20, 90]}), at=now)

    follower.flush()
    follower.flush()
    log(stack, "Sweep", emf(now, {"Claimed": 4}), emf(now, {"Claimed": 4}, currency="EUR"), at=now)
    follower.flush()

    claimed, delay = Series("Claimed"), Series("Delay")
    largest, many, half = (Series("Delay", statistic) for statistic in ("Maximum", "SampleCount", "p50"))
    found = metrics.read([claimed, delay, largest, many, half, Series("Nothing")], now - 600, now + 1)
    assert {each: sum(point.value for point in points) for each, points in found.items()} == {
        claimed: 7,
        delay: 120,
        largest: 90,
        many: 3,
        half: 20,
        Series("Nothing"): 0,
    }


def test_a_metric_with_a_dimension_of_its_own_is_read_for_each_value_of_it(
    stack: HollowStack, follower: EmfForwarding, metrics: CloudWatchMetrics
) -> None:
    now = time.time()
    lines = [emf(now, {"Cents": cents}, currency=currency) for cents, currency in ((500, "EUR"), (70, "JPY"))]
    log(stack, "Refresh", *lines, at=now)
    follower.flush()

    assert metrics.values_of("Cents", "currency") == ["EUR", "JPY"]
    series = [Series("Cents", dimensions=(("currency", each),)) for each in ("EUR", "JPY")]
    found = metrics.read(series, now - 600, now + 1)
    assert [[point.value for point in found[each]] for each in series] == [[500], [70]]


def test_points_come_oldest_first_and_stand_for_whole_periods(
    stack: HollowStack, follower: EmfForwarding, metrics: CloudWatchMetrics
) -> None:
    hour = time.time() // 3600 * 3600
    beats = [emf(hour - back, {"Beats": 1}) for back in (60, 3600, 3660, 8000)]
    log(stack, "Sweep", *beats, at=time.time())
    follower.flush()

    found = metrics.read([Series("Beats")], hour - 3700, hour, period=3600)

    assert [(point.at, point.value) for point in found[Series("Beats")]] == [(hour - 7200, 1), (hour - 3600, 2)]


@pytest.mark.parametrize(
    ("age", "period"),
    [(3600, 60), (86_400, 60), (7 * 86_400, 3600), (30 * 86_400, 3600), (90 * 86_400, 86_400)],
)
def test_the_period_is_one_that_is_still_kept_and_makes_few_enough_points(age: int, period: int) -> None:
    assert period_of(0, age, age) == period


def test_a_log_line_with_two_sets_of_dimensions_is_two_metrics() -> None:
    line = json.loads(emf(61.5, {"Claimed": 3}, stage="live"))
    line["_aws"]["CloudWatchMetrics"][0]["Dimensions"].append(["stage"])

    assert [(each.at, len(each.dimensions), values) for each, values in metrics_of(json.dumps(line))] == [
        (60, 2, [3]),
        (60, 1, [3]),
    ]
    assert metrics_of("[1]") == metrics_of("START") == metrics_of('{"_awsome": 1}') == []
