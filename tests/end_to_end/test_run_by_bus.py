"""A run of `python -m devstack local` whose order events come by a bus alone; the stack has no public URL."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from devstack.local_command import run_local
from devstack.options import LocalOptions
from devstack.progress import Progress

if TYPE_CHECKING:
    from pathlib import Path


def test_order_events_by_a_bus_alone_begin_and_end_watches_as_webhooks_do(tmp_path: Path) -> None:
    report_file = tmp_path / "report.json"
    kinds = ("paid", "never_paid", "cart_abandoned", "cancelled_unpaid")
    options = LocalOptions(
        orders=12, seed=5, loss=0.5, loss_order_events=0.0, each=2, kinds=kinds, by_bus=True, report=report_file
    )
    outputs: list[str] = []

    status = run_local(options, Progress(), after_deploy=lambda stack: outputs.extend(stack.outputs))

    report = json.loads(report_file.read_text())
    assert report["failures"] == []
    assert status == 0
    assert "WebhookUrl" not in outputs
    assert report["settled_by_webhook"] > 0  # of which an order event tells
    assert report["dead_lettered"] >= 2
