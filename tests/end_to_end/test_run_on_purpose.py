"""A run of `python -m devstack local` in which all is done on purpose."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from devstack.local_command import run_local
from devstack.options import LocalOptions
from devstack.progress import Progress
from sandbox.kinds import KINDS

if TYPE_CHECKING:
    from pathlib import Path


def test_what_is_done_on_purpose_calls_nobody(tmp_path: Path) -> None:
    report_file = tmp_path / "report.json"
    options = LocalOptions(orders=24, seed=4, each=1, only_on_purpose=True, report=report_file)

    status = run_local(options, Progress())

    report = json.loads(report_file.read_text())
    assert report["failures"] == []
    assert status == 0
    assert (report["dead_lettered"], report["needs_a_person"]) == (0, 0)
    assert report["kinds"].keys() == {name for name, kind in KINDS.items() if kind.on_purpose}
