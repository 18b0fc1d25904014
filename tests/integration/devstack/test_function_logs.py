"""Log lines that report an error of a function, and those that are everyday."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

import pytest

from devstack.function_logs import (
    came_too_late,
    condensed,
    environment_errors,
    function_errors,
    invocations,
    metric_sum,
    read_log,
    without_calls_about,
)

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient


@pytest.mark.parametrize(
    "line",
    [
        '{"level": "ERROR", "message": "row_unreadable"}',
        '{"level": "CRITICAL", "message": "x"}',
        '{"timestamp": "t", "level": "ERROR", "errorMessage": "boom", "errorType": "RuntimeError"}',
        '{"errorMessage": "no module", "errorType": "Runtime.ImportModuleError"}',
        "Traceback (most recent call last):",
        "[ERROR] KeyError: 'x'",
        "Runtime.MarshalError: Unable to marshal response",
    ],
)
def test_an_error_is_seen(line: str) -> None:
    assert function_errors([line]) == [line]


@pytest.mark.parametrize(
    "line",
    [
        "START RequestId: 1 Version: $LATEST",
        '{"level": "INFO", "message": "no ERROR here"}',
        '{"level": "WARNING", "message": "queue_refused_message"}',
        '{"_aws": {"Timestamp": 1}, "Settled": [1.0]}',
        '  File "app.py", line 1, in handler',
        "[]",
        "",
    ],
)
def test_everyday_lines_are_none(line: str) -> None:
    assert function_errors([line]) == []


def test_invocations_are_counted() -> None:
    log = [
        "START RequestId: 1 Version: $LATEST",
        "hello",
        "END RequestId: 1",
        "START RequestId: 2 Version: $LATEST",
    ]

    assert invocations(log) == 2


def test_a_metric_is_summed_up() -> None:
    log = [
        "START RequestId: 1 Version: $LATEST",
        '{"_aws": {"Timestamp": 1}, "FoundLateByRefresh": [1.0, 2.0], "Settled": [9.0]}',
        '{"_aws": {"Timestamp": 2}, "FoundLateByRefresh": 4.0}',
        '{"level": "INFO", "message": "no metric", "FoundLateByRefresh": 8.0}',
    ]

    assert metric_sum(log, "FoundLateByRefresh") == 7.0
    assert metric_sum(log, "Refreshed") == 0


def test_what_ended_a_function_from_outside_is_seen_in_the_local_awss_log() -> None:
    timed_out = "2026 WARNING [lambda_runtime] Lambda stack-refresh: Task timed out after 90.00 seconds"
    died = "2026 WARNING [lambda_runtime] Lambda stack-refresh: Runtime exited before returning a response"
    stuck = "2026 ERROR [lambda] Warm provided-runtime execution error for stack-sweep: bootstrap did not reach"
    harmless = "2026 WARNING [kms] cryptography package not installed"

    assert environment_errors([timed_out, harmless, died, stuck]) == [timed_out, died, stuck]


class _Logs:
    """A log service that answers full pages, like the local AWS, without a token for the next one."""

    def __init__(self, timestamps: list[int]) -> None:
        self._events = [{"timestamp": time, "message": f"{time}-{index}"} for index, time in enumerate(timestamps)]

    def filter_log_events(
        self,
        *,
        logGroupName: str,  # noqa: N803 - boto3 names it so
        startTime: int,  # noqa: N803 - boto3 names it so
        limit: int,
    ) -> dict[str, object]:
        assert logGroupName == "group"
        return {"events": [event for event in self._events if int(str(event["timestamp"])) >= startTime][:limit]}


def test_a_log_longer_than_a_page_is_read_whole_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devstack.function_logs._PAGE", 4)
    timestamps = [1, 1, 2, 2, 2, 3, 4, 4, 5, 6]

    lines = read_log(cast("CloudWatchLogsClient", _Logs(timestamps)), "group")

    assert lines == [f"{time}-{index}" for index, time in enumerate(timestamps)]


def test_calls_that_are_bound_to_fail_are_left_out_and_nothing_else_about_their_payments() -> None:
    failed = '{"level": "ERROR", "message": "commerce_layer_did_not_answer", "payment": "stripe_payments#p%s"}'
    first, other = (f"Refresh: {condensed(failed % number)}" for number in (1, 12))
    crashed = "Refresh: ERROR payment_failed payment=stripe_payments#p1"

    left = without_calls_about([first, other, crashed], {"stripe_payments#p1"})

    assert left == [other, crashed]
    assert without_calls_about([first], set()) == [first]


def test_condensed_line_has_what_was_raised_in_place_of_the_traceback() -> None:
    line = json.dumps(
        {
            "level": "ERROR", "message": "order_event_failed", "service": "payment-refresh", "cold_start": True,
            "exception_name": "StateUnavailable", "stack_trace": {"type": "StateUnavailable", "frames": []},
            "exception": 'Traceback (most recent call last):\n  File "x"\nerrors.StateUnavailable: GetItem failed',
        }
    )  # fmt: skip

    assert condensed(line) == "ERROR order_event_failed exception=errors.StateUnavailable: GetItem failed"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "OrderEvents: ERROR order_event_failed exception=x.StateUnavailable: GetItem failed: ReadTimeoutError",
            True,
        ),
        (
            "OrderEvents: ERROR order_event_failed exception=y: could not be read: ConnectTimeoutError; it must",
            True,
        ),
        (
            "OrderEvents: ERROR order_event_failed exception=x.StateUnavailable: GetItem failed: AccessDenied",
            False,
        ),
        ("ERROR order_event_failed exception=KeyError: 'id'", False),
        ("ERROR message_failed detail=GetItem on the state table failed: ReadTimeoutError", False),
    ],
)
def test_order_event_came_too_late_only_where_the_local_aws_was_too_slow(line: str, expected: bool) -> None:
    assert came_too_late(line) is expected
