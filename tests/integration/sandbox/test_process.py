"""The sandbox as a process of its own, and as a block."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx
import pytest

from sandbox.server import running
from tests.integration.sandbox.driver import wait_until

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("stopping", [signal.SIGTERM, signal.SIGINT])
def test_it_writes_its_port_serves_and_stops(tmp_path: Path, stopping: signal.Signals) -> None:
    port_file, log_file = tmp_path / "port", tmp_path / "log"
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--mode", "test"]
    command += ["--port-file", str(port_file), "--log-file", str(log_file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:  # noqa: S603 - our own program
        try:
            wait_until(port_file.exists)
            url = f"http://127.0.0.1:{int(port_file.read_text())}"
            assert httpx.get(f"{url}/_sandbox/health", trust_env=False).json() == {"status": "ok"}
            assert httpx.get(f"{url}/_sandbox/credentials", trust_env=False).json()["mode"] == "test"
        finally:
            process.send_signal(stopping)
            assert process.wait(20) == 0
    assert log_file.exists()


def test_help() -> None:
    command = [sys.executable, "-m", "sandbox", "--help"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own program
    for option in ("--port", "--port-file", "--log-file", "--mode"):
        assert option in shown.stdout


def test_nothing_is_left_when_the_block_ends() -> None:
    with running() as sandbox:
        address = sandbox.url.removeprefix("http://").split(":")
        assert httpx.get(f"{sandbox.url}/_sandbox/health", trust_env=False).is_success
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((address[0], int(address[1])), timeout=5)


def test_a_port_that_is_taken_is_an_error() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(OSError, match="in use"),
        running(port=taken.getsockname()[1]),
    ):
        pytest.fail("must not start")
