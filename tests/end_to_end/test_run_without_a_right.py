"""A run of `python -m devstack local` that must fail."""

from __future__ import annotations

import json
from io import StringIO
from typing import TYPE_CHECKING

from rich.console import Console

from devstack.local_command import run_local
from devstack.options import LocalOptions
from devstack.progress import Progress
from devstack.rights import take_right_away

if TYPE_CHECKING:
    from pathlib import Path

    from devstack.stack import LocalStack


def test_a_run_fails_where_a_role_lacks_a_right(tmp_path: Path) -> None:
    def take_away(stack: LocalStack) -> None:
        # Of both that begin watches: what one of them misses, the other finds.
        for role in ("OrderEventsRole", "DiscoverRole"):
            take_right_away(stack.aws.clients.iam, stack.resources[role], "dynamodb:PutItem")

    report_file = tmp_path / "report.json"
    options = LocalOptions(orders=6, seed=5, deadline_s=20, report=report_file)
    shown = StringIO()

    status = run_local(options, Progress(Console(file=shown)), after_deploy=take_away)

    report = json.loads(report_file.read_text())
    assert status == 1
    assert report["lost"] > 0
    assert "AccessDenied" in shown.getvalue()
