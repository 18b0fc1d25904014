"""A whole run of `python -m devstack local`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from devstack.local_command import run_local
from devstack.options import LocalOptions
from devstack.progress import Progress
from tests.alarms.local_run import RIGHTLY, rang_in
from tests.end_to_end.local_metrics import sums_in_cloudwatch, sums_in_logs
from tests.operating.report_truth import alter_one_amount, differences

if TYPE_CHECKING:
    from pathlib import Path

    from devstack.stack import LocalStack

MANY = (
    "paid",
    "never_paid",
    "closed_tab",
    "stuck_before_paid",
    "double_charge",
    "cancelled_late_money",
    "placing_authorized",
    "authorized_less",
    "deleted_payment",
    "refresh_refused",
    "draft_with_money",
    "captured_at_once",
)
"""Kinds that end in every way; `make run` plays all of them."""

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
    "local_aws_too_late",
    "secrets_found",
    "detection_delay_s",
    "wall_s",
    "discovered",
    "announced",
    "unplaced",
    "found_late_by_refresh",
    "loss_order_events",
    "kinds",
    "wrongly_announced",
    "needs_a_person",
    "reported",
}


def test_a_run_ends_as_the_gateway_decided(tmp_path: Path) -> None:
    report_file = tmp_path / "report.json"

    options = LocalOptions(orders=2 * len(MANY), each=2, kinds=MANY, seed=11, loss=0.5, report=report_file)
    rang: set[str] = set()
    logged: dict[str, float] = {}
    put: dict[str, float] = {}
    untrue: list[str] = []
    untrue_once_altered: list[str] = []

    def look_at(stack: LocalStack) -> None:
        rang.update(rang_in(stack))
        logged.update(sums_in_logs(stack))
        put.update(sums_in_cloudwatch(stack))
        untrue.extend(differences(stack))
        alter_one_amount(stack)
        untrue_once_altered.extend(differences(stack))

    status = run_local(options, Progress(), after_run=look_at)

    report = json.loads(report_file.read_text())
    assert report["failures"] == []
    assert status == 0
    assert report.keys() >= KEYS
    assert (report["orders"], report["lost"], report["mismatched"], report["watching"]) == (2 * len(MANY), 0, 0, 0)
    assert report["wrongly_announced"] == 0
    assert report["kinds"].keys() == set(MANY)
    assert all(kind["orders"] >= 2 for kind in report["kinds"].values())
    assert report["settled_by_refresh"] > 0
    assert report["discovered"] > 0
    assert report["announced"]["PaymentSettled"] > 0
    assert report["announced"]["OrderAuthorizedNotPlaced"] >= report["unplaced"] > 0
    assert report["announced"]["PaymentStillPending"] == report["dead_lettered"]
    assert report["sent_again"] == 0
    assert rang - RIGHTLY.keys() == set()
    assert put == logged
    assert all(logged.values())
    assert "UrgentOutcomesAlarm" in rang  # so that the model sees the run's metrics
    assert untrue == []
    assert [line for line in untrue_once_altered if line.startswith("found_by_refresh:")] != []
