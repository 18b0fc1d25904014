"""Runs of `python -m devstack local` that only observe, that call nobody, and that must fail."""

from __future__ import annotations

import json
from io import StringIO
from typing import TYPE_CHECKING

from rich.console import Console

from devstack.local_command import run_local
from devstack.options import LocalOptions
from devstack.progress import Progress
from devstack.rights import take_right_away
from sandbox.kinds import KINDS
from tests.operating.report_truth import differences

if TYPE_CHECKING:
    from pathlib import Path

    from devstack.stack import LocalStack


def test_observing_without_any_order_event_finds_all_and_sends_no_refresh(tmp_path: Path) -> None:
    report_file = tmp_path / "report.json"
    kinds = ("paid", "never_paid", "closed_tab", "cart_abandoned", "cancelled_unpaid", "replaced_paid")
    options = LocalOptions(
        orders=12, seed=3, loss=0.5, loss_order_events=1.0, each=2, kinds=kinds, observe=True, report=report_file
    )

    untrue: list[str] = []
    status = run_local(options, Progress(), after_run=lambda stack: untrue.extend(differences(stack)))

    report = json.loads(report_file.read_text())
    assert report["failures"] == []
    assert status == 0
    assert untrue == []
    assert (report["lost"], report["mismatched"], report["wrongly_announced"]) == (0, 0, 0)
    assert (report["patch_calls"], report["dead_lettered"]) == (0, 0)
    assert report["reported"] >= 2
    assert report["discovered"] >= 6
    ends = ("settled_by_webhook", "settled_by_refresh", "closed", "abandoned", "reported", "missing")
    assert report["discovered"] == sum(report[end] for end in ends)


def test_what_is_done_on_purpose_calls_nobody(tmp_path: Path) -> None:
    report_file = tmp_path / "report.json"
    options = LocalOptions(orders=24, seed=4, each=1, only_on_purpose=True, report=report_file)

    status = run_local(options, Progress())

    report = json.loads(report_file.read_text())
    assert report["failures"] == []
    assert status == 0
    assert (report["dead_lettered"], report["needs_a_person"]) == (0, 0)
    assert report["kinds"].keys() == {name for name, kind in KINDS.items() if kind.on_purpose}


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
