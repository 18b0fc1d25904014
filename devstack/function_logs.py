"""Reads the functions' logs and picks the lines that report an error of a function."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from typing import Any

    from mypy_boto3_logs import CloudWatchLogsClient

_FAILED_CALL = "commerce_layer_did_not_answer"
# OrderEvents waits for a second, twice, as Commerce Layer waits for it; a busy machine may take longer than that.
_TOO_LATE = re.compile(r"\border_event_failed\b.*\b(Read|Connect)TimeoutError\b")
_PAGE = 10_000
_SEVERE = {"ERROR", "CRITICAL", "FATAL"}
_EVERYWHERE = {
    "level", "message", "location", "timestamp", "service", "cold_start", "function_name", "function_memory_size",
    "function_arn", "function_request_id", "xray_trace_id",
}  # fmt: skip
_SAID_BY_THE_TRACEBACK = {"exception_name", "stack_trace"}
_CAUSES = ("reason", "code", "status", "error", "detail", "errorType", "errorMessage")
_UNSTRUCTURED = re.compile(
    r"^(Traceback \(most recent call last\)|\[(ERROR|CRITICAL|FATAL)\])|\bRuntime\.[A-Z]\w+"
)
# What ends a function's environment is not in the function's own log here, only in the local AWS's.
_ENDED_FROM_OUTSIDE = re.compile(
    r"Lambda \S+: (Task timed out|Runtime exited)|provided-runtime execution error for \S+"
)


def read_log(logs: CloudWatchLogsClient, group: str) -> list[str]:
    """Return all lines of a log group, oldest first."""
    lines: list[str] = []
    since = 0
    while True:
        # The local AWS has no next page: a full page is read again from its last millisecond on.
        page = logs.filter_log_events(logGroupName=group, startTime=since, limit=_PAGE)["events"]
        if len(page) < _PAGE:
            return lines + [event["message"] for event in page]
        since = page[-1]["timestamp"]
        lines += [event["message"] for event in page if event["timestamp"] < since]


def invocations(lines: Iterable[str]) -> int:
    """Return how many invocations a function's log shows, whoever made them."""
    return sum(line.startswith("START RequestId: ") for line in lines)


def function_errors(lines: Iterable[str]) -> list[str]:
    """Return the lines of a function's log that report an error, one for each error."""
    return [line for line in lines if _reports_error(line)]


def without_calls_about(lines: Iterable[str], payments: Collection[str]) -> list[str]:
    """Leave out the failed calls about some payments, given by their keys, from condensed lines: bound to fail."""
    named = {f"payment={key}" for key in payments}
    return [line for line in lines if _FAILED_CALL not in line or named.isdisjoint(line.split())]


def came_too_late(line: str) -> bool:
    """Whether a condensed line says that an order event was not taken since the local AWS answered too late.

    Its sender has sent it again, as it does where AWS is slow: that is no error of a function.
    """
    return _TOO_LATE.search(line) is not None


def environment_errors(local_aws_log: Iterable[str]) -> list[str]:
    """Return the lines of the local AWS's own log on functions that timed out, died or did not start."""
    return [line for line in local_aws_log if _ENDED_FROM_OUTSIDE.search(line)]


def metric_sum(lines: Iterable[str], name: str) -> float:
    """Return the sum of a metric over a function's log: metrics are log lines in the embedded metric format."""
    total = 0.0
    for line in lines:
        entry = _entry(line)
        if entry is not None and "_aws" in entry and name in entry:
            values = entry[name]
            total += sum(values) if isinstance(values, list) else values
    return total


def condensed(line: str) -> str:
    """Return a log line without what all lines of its function have; of a traceback, only what was raised."""
    entry = _entry(line)
    if entry is None or "message" not in entry:
        return line
    entry = {**entry, "exception": _raised(entry)} if "exception" in entry else entry
    more = [f"{name}={value}" for name, value in entry.items() if name not in _EVERYWHERE | _SAID_BY_THE_TRACEBACK]
    return " ".join([entry.get("level", ""), str(entry["message"]), *more])


def warnings_of(lines: Iterable[str]) -> list[tuple[str, int]]:
    """Return what a function's log warns of, most frequent first, each with how often it does."""
    entries = (_entry(line) for line in lines)
    counted = Counter(_kind(entry) for entry in entries if entry and entry.get("level") in _SEVERE | {"WARNING"})
    return counted.most_common()


def _kind(entry: Mapping[str, Any]) -> str:
    """Return what lines about different payments, or at different times, have in common."""
    causes = [str(entry[name]) for name in _CAUSES if name in entry]
    return " ".join([entry["level"], str(entry.get("message", "")), *causes, _raised(entry)]).rstrip()


def _raised(entry: Mapping[str, Any]) -> str:
    """Return the last line of a traceback, which says what was raised."""
    return "".join(str(entry.get("exception", "")).splitlines()[-1:])


def _reports_error(line: str) -> bool:
    entry = _entry(line)
    if entry is None:
        return _UNSTRUCTURED.search(line) is not None
    return entry.get("level") in _SEVERE or "errorType" in entry


def _entry(line: str) -> Mapping[str, Any] | None:
    try:
        entry = json.loads(line)
    except json.JSONDecodeError:
        return None
    return entry if isinstance(entry, dict) else None
