"""Reads the functions' logs and tells which lines report an error of a function."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mypy_boto3_logs import CloudWatchLogsClient

_PAGE = 10_000
_SEVERE = {"ERROR", "CRITICAL", "FATAL"}
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


def environment_errors(local_aws_log: Iterable[str]) -> list[str]:
    """Return the lines of the local AWS's own log on functions that timed out, died or did not start."""
    return [line for line in local_aws_log if _ENDED_FROM_OUTSIDE.search(line)]


def _reports_error(line: str) -> bool:
    try:
        entry = json.loads(line)
    except json.JSONDecodeError:
        return _UNSTRUCTURED.search(line) is not None
    return isinstance(entry, dict) and (entry.get("level") in _SEVERE or "errorType" in entry)
