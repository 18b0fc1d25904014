"""Runs of `payrefresh local` that only observe, and that must fail."""

from __future__ import annotations

import json
from io import StringIO
from typing import TYPE_CHECKING

from rich.console import Console

from cli.local_command import run_local
from cli.options import LocalOptions
from cli.progress import Progress
from cli.rights import take_right_away

if TYPE_CHECKING:
    from pathlib import Path

    from cli.stack import LocalStack


def test_observing_sends_no_refresh(tmp_path: Path) -> None:
    report_file = tmp_path / "report.json"

    status = run_local(LocalOptions(orders=12, seed=3, loss=0.5, observe=True, report=report_file), Progress())

    report = json.loads(report_file.read_text())
    assert status == 0, report
    assert report["patch_calls"] == 0


def test_a_run_fails_where_a_role_lacks_a_right(tmp_path: Path) -> None:
    def take_away(stack: LocalStack) -> None:
        take_right_away(stack.aws.clients.iam, stack.resources["OrderEventsRole"], "dynamodb:PutItem")

    report_file = tmp_path / "report.json"
    options = LocalOptions(orders=6, seed=5, deadline_s=20, report=report_file)
    shown = StringIO()

    status = run_local(options, Progress(Console(file=shown)), after_deploy=take_away)

    report = json.loads(report_file.read_text())
    assert status == 1
    assert report["lost"] > 0
    assert "AccessDenied" in shown.getvalue()
