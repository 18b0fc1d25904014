"""A run of `python -m devstack local` that only observes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from devstack.local_command import run_local
from devstack.options import LocalOptions
from devstack.progress import Progress
from tests.operating.report_truth import differences

if TYPE_CHECKING:
    from pathlib import Path


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
