"""Child processes: what they started ends with them, failures show their last words, signals leave nothing."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from devstack import processes as processes_module
from devstack.errors import Interrupted, LauncherError
from devstack.processes import run_to_end, running
from devstack.signals import stop_signals_deferred, stop_signals_raise
from tests.integration.devstack.process_table import descendants, still_running, wait_until

if TYPE_CHECKING:
    from pathlib import Path

ENVIRONMENT = {"PATH": os.defpath}
FAMILY = ["/bin/sh", "-c", "sleep 300 & sleep 300 & wait"]
STUBBORN = [
    sys.executable, "-c",
    "import signal as s, time; s.signal(s.SIGTERM, s.SIG_IGN); print('deaf', flush=True); time.sleep(300)",
]  # fmt: skip


def _sleepers(pid: int) -> int:
    """How many descendants sleep; one that was started just now may be its parent's copy still."""
    return sum(entry.command.startswith("sleep") for entry in descendants(pid))


def test_a_child_is_stopped_with_all_it_started(tmp_path: Path) -> None:
    with running("The family", FAMILY, env=ENVIRONMENT, cwd=tmp_path, log=tmp_path / "log") as child:
        wait_until(lambda: _sleepers(child.process.pid) == 2, "both grandchildren")
        family = [entry for entry in descendants(os.getpid()) if entry.group == child.process.pid]

    assert still_running(family) == []


def test_a_child_that_will_not_end_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes_module, "GRACE_S", 0.2)

    with running("The deaf one", STUBBORN, env=ENVIRONMENT, cwd=tmp_path, log=tmp_path / "log") as child:
        wait_until(lambda: child.log.read_text() == "deaf\n", "the child's word")

    assert child.process.returncode == -signal.SIGKILL


def test_a_child_that_ends_by_itself_says_why(tmp_path: Path) -> None:
    command = ["/bin/sh", "-c", "echo what happened; exit 3"]
    with (
        running("The server", command, env=ENVIRONMENT, cwd=tmp_path, log=tmp_path / "log") as child,
        pytest.raises(LauncherError, match="The server ended unexpectedly with status 3") as failure,
    ):
        child.wait_until(lambda: False, seconds=60)

    assert failure.value.details == ("what happened",)


def test_a_child_that_is_never_ready_is_a_failure_too(tmp_path: Path) -> None:
    with (
        running("The server", FAMILY, env=ENVIRONMENT, cwd=tmp_path, log=tmp_path / "log") as child,
        pytest.raises(LauncherError, match="was not ready after 0 s"),
    ):
        child.wait_until(lambda: False, seconds=0.1)


def test_a_failed_command_shows_the_end_of_its_output(tmp_path: Path) -> None:
    command = ["/bin/sh", "-c", "for i in $(seq 100); do echo line $i; done; exit 1"]

    with pytest.raises(LauncherError, match="The build failed with status 1") as failure:
        run_to_end("The build", command, env=ENVIRONMENT, cwd=tmp_path, log=tmp_path / "log")

    assert failure.value.details[-1] == "line 100"
    assert len(failure.value.details) == 40


def test_a_child_gets_exactly_the_environment_it_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")

    run_to_end("env", ["/usr/bin/env"], env={"ONLY": "this"}, cwd=tmp_path, log=tmp_path / "log")

    assert "AWS_PROFILE" not in (tmp_path / "log").read_text()
    assert "ONLY=this" in (tmp_path / "log").read_text()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_signal_stops_the_children_on_its_way_out(tmp_path: Path, number: signal.Signals) -> None:
    children = []

    def interrupted_while_it_runs() -> None:
        family = running("The family", FAMILY, env=ENVIRONMENT, cwd=tmp_path, log=tmp_path / "log")
        with stop_signals_raise(), family as child:
            children.append(child)
            signal.raise_signal(number)

    with pytest.raises(Interrupted) as interrupted:
        interrupted_while_it_runs()

    assert interrupted.value.number == number
    assert not children[0].alive()


def test_a_second_signal_does_not_cut_the_clean_up_short() -> None:
    cleaned_up = []

    def interrupted_twice() -> None:
        with stop_signals_raise():
            try:
                signal.raise_signal(signal.SIGINT)
            finally:
                signal.raise_signal(signal.SIGINT)
                cleaned_up.append(True)

    with pytest.raises(Interrupted):
        interrupted_twice()

    assert cleaned_up == [True]


def test_a_deferred_signal_comes_when_the_body_is_done() -> None:
    done = []

    def interrupted_in_between() -> None:
        with stop_signals_raise(), stop_signals_deferred():
            signal.raise_signal(signal.SIGTERM)
            done.append(True)

    with pytest.raises(Interrupted):
        interrupted_in_between()

    assert done == [True]


def test_handlers_are_put_back() -> None:
    before = signal.getsignal(signal.SIGINT)

    with stop_signals_raise(), stop_signals_deferred():
        assert signal.getsignal(signal.SIGINT) is not before

    assert signal.getsignal(signal.SIGINT) is before
