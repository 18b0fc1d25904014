"""`payrefresh status`, `list` and `show` of an operator who lacks a right: one line names it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.operating.operator import lacking

if TYPE_CHECKING:
    from tests.operating.command import Command
    from tests.operating.hollow import HollowStack

NEEDED = {
    "status": (
        "cloudformation:DescribeStacks",
        "cloudwatch:GetMetricData",
        "cloudwatch:ListMetrics",
        "dynamodb:GetItem",
        "dynamodb:Query",
        "sqs:GetQueueAttributes",
    ),
    "list": ("cloudformation:DescribeStacks", "dynamodb:DescribeTable", "dynamodb:Scan"),
    "show 4711": (
        "cloudformation:DescribeStacks",
        "dynamodb:BatchGetItem",
        "dynamodb:DescribeTable",
        "dynamodb:Scan",
    ),
}
"""With stuck rows, `status` also needs ``dynamodb:BatchGetItem``; `show` ``GetItem`` where a row is found."""


CASES = [(line, action) for line, actions in NEEDED.items() for action in actions]


@pytest.mark.parametrize(("line", "action"), CASES)
def test_a_missing_right_is_named_in_one_line_and_nothing_is_judged(
    command: Command, stack: HollowStack, monkeypatch: pytest.MonkeyPatch, line: str, action: str
) -> None:
    with lacking(stack.aws, monkeypatch, action):
        ran = command(*line.split())

    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(f"payrefresh: not allowed: {action} on ")
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize("line", NEEDED)
def test_an_endpoint_that_nobody_answers_at_is_named_in_one_line(
    command: Command, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")

    ran = command(*line.split())

    assert (ran.status, ran.out) == (2, "")
    assert ran.err.count("\n") == 1
    assert "EndpointConnectionError" in ran.err
