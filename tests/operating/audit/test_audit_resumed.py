"""An audit that is stopped, by whatever it is: it says how to go on, and ends as one that was not stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from payrefresh.adapters.audit_orders import CommerceLayerOrders
from payrefresh.errors import INTERRUPTED
from tests.operating.audit.shop import set_environment
from tests.operating.audit_truth import differences

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.operating.audit.shop import Auditor, Shop

type AuditOf = Callable[[Shop], Auditor]

PAGES = 7
"""Calls of a whole audit of the played shop."""

OF_THE_MOMENT = ("as_of", "changed_since", "stuck_before")


def lasting(document: dict[str, Any]) -> dict[str, Any]:
    """What does not depend on when an audit began."""
    kept = {name: value for name, value in document.items() if name not in OF_THE_MOMENT}
    findings = [{**each, "age_days": None} for each in document["findings"]]
    return kept | {"findings": findings}


@pytest.fixture
def stops_after(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Let somebody press Ctrl-C in each run once so many calls have been made."""
    real = CommerceLayerOrders.page

    def stop(calls: int) -> None:
        def page(orders: CommerceLayerOrders, *arguments: Any) -> Any:
            if orders.calls == calls:
                raise KeyboardInterrupt
            return real(orders, *arguments)

        monkeypatch.setattr(CommerceLayerOrders, "page", page)

    return stop


def test_audit_stopped_after_each_of_its_pages_ends_with_the_same_result(
    played: Shop, audit_of: AuditOf, stops_after: Callable[[int], None]
) -> None:
    audit = audit_of(played)
    whole = audit("--json").json
    stops_after(1)

    stopped = [audit("--json") for _ in range(PAGES - 1)]
    ended = audit("--json")

    how = f"{audit.state.name} keeps what was read: the same command goes on from there"
    assert whole["calls"] == PAGES
    for ran in stopped:
        assert (ran.status, ran.out) == (INTERRUPTED, "")
        assert ran.err.splitlines()[-1] == f"payrefresh: stopped; {how}"
    assert ended.err.startswith("payrefresh: going on with the audit of ")
    assert (ended.status, ended.err.count("\n")) == (1, 1)
    assert lasting(ended.json) == lasting(whole)
    assert differences(ended.json, played.ledger()) == []
    assert not audit.state.exists(), "it is of no use any more"


def test_audit_stopped_before_the_first_page_leaves_no_state_behind(
    played: Shop, audit_of: AuditOf, stops_after: Callable[[int], None]
) -> None:
    audit = audit_of(played)
    stops_after(0)

    ran = audit()

    assert (ran.status, ran.err.count("\n")) == (INTERRUPTED, 1)
    assert not audit.state.exists()


def test_audit_that_is_not_answered_any_more_says_why_and_how_to_go_on(
    played: Shop, audit_of: AuditOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    audit = audit_of(played)
    monkeypatch.setattr("payrefresh.audit.run.PAUSES", (0.0,))
    real = CommerceLayerOrders.page

    def page(orders: CommerceLayerOrders, *arguments: Any) -> Any:
        if orders.calls == 2:
            played.faults({"route": "GET /api/orders", "status": 500})
        return real(orders, *arguments)

    with monkeypatch.context() as breaking:
        breaking.setattr(CommerceLayerOrders, "page", page)
        failed = audit()
    played.faults()
    resumed = audit("--json")

    assert (failed.status, failed.out) == (2, "")
    assert failed.err == (
        f"payrefresh: GET /api/orders answered 500; {audit.state.name} keeps what was read: the same command goes "
        "on from there\n"
    )
    assert differences(resumed.json, played.ledger()) == []


def test_state_of_an_audit_with_other_options_is_not_gone_on_with(
    played: Shop, audit_of: AuditOf, stops_after: Callable[[int], None]
) -> None:
    audit = audit_of(played)
    stops_after(2)
    audit()

    other = audit.command("audit", "--since", "30d", "--min-age", "0")

    assert (other.status, other.err.count("\n")) == (2, 1)
    assert "--since 90d --min-age 0" in other.err
    assert "--restart" in other.err
    assert audit.state.exists()
    stops_after(99)
    assert audit.command("audit", "--since", "30d", "--min-age", "0", "--restart").status == 1


@pytest.mark.parametrize("text", ["", "[]", '{"version": 99}', '{"version": 1, "findings": [{}]}'])
def test_file_that_is_no_state_is_not_gone_on_with(text: str, played: Shop, audit_of: AuditOf) -> None:
    audit = audit_of(played)
    audit.state.write_text(text)

    ran = audit()

    assert (ran.status, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert audit.state.name in ran.err
    assert audit.state.read_text() == text


@pytest.mark.parametrize("name", [".", "nowhere/state.json"], ids=["a folder", "in no folder"])
def test_file_that_cannot_be_used_is_one_line_that_names_another(
    name: str, played: Shop, audit_of: AuditOf
) -> None:
    ran = audit_of(played)("--state", name)

    assert (ran.status, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert "name another file with --state" in ran.err


HEARS_CTRL_C = """
import signal, sys
from payrefresh.cli import main
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.exit(main(sys.argv[1:]))
"""
"""A shell lets what it starts in the background ignore Ctrl-C, and so all that these tests start there."""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=lambda number: number.name)
def test_process_that_is_signalled_leaves_a_state_to_go_on_from(
    number: signal.Signals, played: Shop, audit_of: AuditOf, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    audit = audit_of(played)
    set_environment(monkeypatch, played.sandbox, played.sandbox.config.client)
    command = [sys.executable, "-c", HEARS_CTRL_C, "audit", "--since", "90d", "--min-age", "0", "--share", "0.05"]
    folders = os.pathsep.join(folder for folder in sys.path if folder)
    with subprocess.Popen(  # noqa: S603 - our own code
        command, cwd=tmp_path, env=os.environ | {"PYTHONPATH": folders}, stderr=subprocess.PIPE, text=True
    ) as process:
        deadline = time.monotonic() + 30
        while not audit.state.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(number)
        _, err = process.communicate(timeout=30)

    document = json.loads(audit.state.read_text())
    assert (document["position"], document["after"]) != (0, None)
    if number is signal.SIGINT:
        assert process.returncode == INTERRUPTED
        assert "the same command goes on from there" in err
        assert "Traceback" not in err
    assert differences(audit("--json").json, played.ledger()) == []
