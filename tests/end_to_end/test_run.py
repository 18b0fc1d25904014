"""Whole runs of `payrefresh local`: one that must pass, one that only observes, and broken ones that must fail."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cli.local_command import run_local
from cli.options import LocalOptions
from cli.progress import Progress
from cli.rights import take_right_away

if TYPE_CHECKING:
    from pathlib import Path

    from cli.stack import LocalStack

KEYS = {
    "orders",
    "settled_by_webhook",
    "settled_by_refresh",
    "closed",
    "abandoned",
    "dead_lettered",
    "missing",
    "watching",
    "lost",
    "mismatched",
    "patch_calls",
    "list_calls",
    "rate_limited",
    "function_errors",
    "detection_delay_s",
    "wall_s",
}


def test_a_run_ends_as_the_gateway_decided(tmp_path: Path) -> None:
    report_file = tmp_path / "report.json"

    status = run_local(LocalOptions(orders=40, seed=11, loss=0.5, report=report_file), Progress())

    report = json.loads(report_file.read_text())
    assert status == 0, report
    assert report.keys() >= KEYS
    assert (report["orders"], report["lost"], report["mismatched"], report["watching"]) == (40, 0, 0, 0)
    assert report["settled_by_refresh"] > 0


def test_observing_sends_no_refresh(tmp_path: Path) -> None:
    report_file = tmp_path / "report.json"

    status = run_local(LocalOptions(orders=12, seed=3, loss=0.5, observe=True, report=report_file), Progress())

    report = json.loads(report_file.read_text())
    assert status == 0, report
    assert report["patch_calls"] == 0


@pytest.mark.parametrize(
    ("role", "action"),
    [
        ("OrderEventsRole", "dynamodb:PutItem"),
        ("SweepRole", "sqs:SendMessage"),
        ("RefreshRole", "secretsmanager:GetSecretValue"),
    ],
)
def test_a_run_fails_where_a_role_lacks_a_right(tmp_path: Path, role: str, action: str) -> None:
    def take_away(stack: LocalStack) -> None:
        take_right_away(stack.aws.clients.iam, stack.resources[role], action)

    options = LocalOptions(orders=6, seed=5, deadline_s=30, report=tmp_path / "report.json")

    assert run_local(options, Progress(), after_deploy=take_away) == 1
