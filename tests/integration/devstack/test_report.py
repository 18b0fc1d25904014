"""The report: its keys, when it passes, and what it says when it does not."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from devstack.figures import Delay, Figures
from devstack.report import Report
from devstack.truth import KindCount, Verdict

if TYPE_CHECKING:
    from pathlib import Path

GOOD = Report(
    orders=3,
    figures=Figures(
        watched=3, settled_by_webhook=1, settled_by_refresh=1, dead_lettered=1, discovered=2, unplaced=1
    ),
    verdict=Verdict((), (), kinds={"paid": KindCount(orders=3)}),
    calls={"patch_calls": 4, "list_calls": 5, "rate_limited": 0, "retrieve_calls": 9},
    announced={"PaymentSettled": 2, "PaymentStillPending": 1},
    sent_again=1,
    found_late=1,
    function_errors=(),
    too_late=1,
    secrets_found=(),
    called=1,
    detection_delay=Delay(1.0, 2.0, 3.0),
    scheduled_tick_seen=True,
    mode="refresh",
    seed=7,
    loss=0.5,
    loss_order_events=0.25,
    gateway_webhooks_off_after_s=20.0,
    wall_s=12.34,
)


def test_the_keys_that_others_rely_on_are_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "new" / "report.json"

    GOOD.write(path)

    expected: dict[str, Any] = {
        "orders": 3, "settled_by_webhook": 1, "settled_by_refresh": 1, "closed": 0, "abandoned": 0,
        "dead_lettered": 1, "reported": 0, "missing": 0, "watching": 0, "lost": 0, "mismatched": 0,
        "patch_calls": 4,
        "list_calls": 5, "rate_limited": 0, "function_errors": 0, "secrets_found": 0,
        "local_aws_too_late": 1,
        "detection_delay_s": {"p50": 1.0, "p90": 2.0, "max": 3.0}, "wall_s": 12.3, "discovered": 2, "unplaced": 1,
        "announced": {"PaymentSettled": 2, "PaymentStillPending": 1}, "sent_again": 1, "found_late_by_refresh": 1,
        "loss_order_events": 0.25, "gateway_webhooks_off_after_s": 20.0,
        "wrongly_announced": 0, "needs_a_person": 1,
        "kinds": {"paid": {"orders": 3, "ended_wrong": 0, "announced_wrong": 0}}, "only_on_purpose": False,
    }  # fmt: skip
    assert expected.items() <= json.loads(path.read_text()).items()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"verdict": Verdict(("order 1 is lost",), ())}, "order 1 is lost"),
        ({"verdict": Verdict((), ("order 1 is wrong",))}, "order 1 is wrong"),
        ({"verdict": Verdict((), (), wrongly_announced=("order 1 told lies",))}, "order 1 told lies"),
        ({"only_on_purpose": True}, "nobody was to be called, but 1 events did it, and 1 dead letters"),
        ({"figures": Figures(watching=2)}, "2 payments are still watched"),
        ({"figures": Figures(dead_lettered=1, unrelayed=1)}, "1 payments are still watched or owe"),
        ({"too_late": 7}, "7 times the local AWS was too late for an order event"),
        ({"function_errors": ("boom",)}, "the functions logged 1 errors, first: boom"),
        (
            {"secrets_found": ("secret in the log of Refresh: client secret",)},
            "secret in the log of Refresh",
        ),
        ({"unfinished": ("time was up",)}, "time was up"),
        ({"scheduled_tick_seen": False}, "the schedule never started the sweep"),
        ({"mode": "observe"}, "4 PATCH calls were made, but observing may make none"),
    ],
)
def test_each_thing_that_is_wrong_fails_the_run_and_is_said(wrong: dict[str, Any], said: str) -> None:
    report = replace(GOOD, **wrong)

    assert not report.passed()
    assert said in report.failures()[0]
    assert report.as_json()["passed"] is False


def test_a_good_run_passes() -> None:
    assert GOOD.passed()
    observed = replace(GOOD, mode="observe", calls={"patch_calls": 0, "list_calls": 1, "rate_limited": 0})
    assert observed.passed()
    assert replace(GOOD, only_on_purpose=True, called=0, figures=Figures(closed=3)).passed()


def test_the_closing_table_shows_the_figures() -> None:
    console = Console(file=io.StringIO(), width=120)

    console.print(replace(GOOD, detection_delay=Delay(None, None, None)).table())

    assert isinstance(console.file, io.StringIO)
    shown = console.file.getvalue()
    assert "settled, moved by a refresh" in shown
    assert "-, -, -" in shown
    cells = {label.strip(): value.strip() for _, label, value, _ in _rows(shown)}
    assert cells["of these, found by discover alone"] == "2"
    assert cells["settled on an order that nobody placed"] == "1"
    assert cells["outcome events announced"] == "3"
    assert cells["found late by a refresh"] == "1"
    assert cells["of these, calling a person"] == "1"
    assert (cells["kinds of stories played"], cells["announced wrongly"]) == ("1", "0")


def _rows(shown: str) -> list[list[str]]:
    return [line.split("│") for line in shown.splitlines() if line.count("│") == 3]
