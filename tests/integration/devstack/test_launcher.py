"""The launcher as a process of its own: a signal at any time ends it and everything it has started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from devstack.environment import ROOT
from tests.integration.devstack.process_table import accepts_connections, descendants, still_running, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def launcher(temp: Path, *arguments: str, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run `python -m devstack local`; its output goes to `temp/output`, its temporary folder below `temp`."""
    environment = os.environ | {"TMPDIR": str(temp)} | variables
    command = [sys.executable, "-m", "devstack", "local", "--report", str(temp / "report.json"), *arguments]
    with (temp / "output").open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own program
            command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def _ports(temp: Path) -> list[int]:
    """Return the ports of the local AWS and of the sandbox, as far as they have started."""
    local_aws = [int(file.stem.partition("-")[2]) for file in temp.glob("devstack-*/ministack-*.pid")]
    return local_aws + [int(file.read_text()) for file in temp.glob("devstack-*/sandbox.port")]


@pytest.mark.parametrize(
    ("number", "moment", "ports"),
    [
        (signal.SIGINT, "orders ", 2),
        (signal.SIGTERM, "Building and packaging", 2),
        (signal.SIGHUP, "Starting the sandbox", 1),
    ],
)
def test_a_signal_leaves_no_process_no_port_and_no_file(
    tmp_path: Path, number: signal.Signals, moment: str, ports: int
) -> None:
    with launcher(tmp_path, "--orders", "10") as process:
        wait_until(lambda: moment in (tmp_path / "output").read_text(), moment)
        started, used = descendants(process.pid), _ports(tmp_path)
        assert any("ministack" in entry.command for entry in started)
        assert len(used) >= ports
        assert all(map(accepts_connections, used))

        process.send_signal(number)
        status = process.wait()

    output = (tmp_path / "output").read_text()
    assert status == 128 + number, output
    assert f"stopped by {number.name}" in output
    assert still_running(started) == []
    assert not any(map(accepts_connections, used))
    assert list(tmp_path.glob("devstack-*")) == []


def test_missing_credentials_are_said_in_one_line(tmp_path: Path) -> None:
    arguments = ("--commerce-layer-url", "https://acme.commercelayer.io")
    with launcher(tmp_path, *arguments, PAYREFRESH_CLIENT_ID="", PAYREFRESH_CLIENT_SECRET="") as process:
        assert process.wait() == 2

    output = (tmp_path / "output").read_text()
    assert output.startswith("devstack: PAYREFRESH_CLIENT_ID and PAYREFRESH_CLIENT_SECRET not set")
    assert "Traceback" not in output


def test_a_parameter_that_cloudformation_refuses_stops_everything(tmp_path: Path) -> None:
    with launcher(tmp_path, "--parameter", "GiveUpAfter=soon") as process:
        assert process.wait() == 2

    output = (tmp_path / "output").read_text()
    assert "devstack: CloudFormation refused the stack" in output
    assert "GiveUpAfter" in output
    assert list(tmp_path.glob("devstack-*")) == []
