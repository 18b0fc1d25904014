"""Child processes that never outlive the launcher: each leads a group, and is stopped with all of it."""

from __future__ import annotations

import atexit
import os
import signal
import socket
import subprocess
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devstack.errors import LauncherError
from devstack.signals import stop_signals_deferred

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

GRACE_S = 4.0
"""How long a process group may take to end by itself before it is killed."""
_POLL_S = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class Child:
    """A running process, the leader of its own group, and the file its output goes to."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def alive(self) -> bool:
        """Whether the process itself still runs."""
        return self.process.poll() is None

    def log_tail(self, lines: int = 25) -> list[str]:
        """Return the last lines of its output."""
        return self.log.read_text(errors="replace").splitlines()[-lines:]

    def check(self) -> None:
        """Raise `LauncherError` with its last words if it has ended."""
        if not self.alive():
            message = f"{self.name} ended unexpectedly with status {self.process.returncode}; its last lines:"
            raise LauncherError(message, self.log_tail())

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Wait until `ready()`; raise `LauncherError` if the process ends before that or needs longer."""
        deadline = time.monotonic() + seconds
        while not ready():
            self.check()
            if time.monotonic() > deadline:
                raise LauncherError(
                    f"{self.name} was not ready after {seconds:.0f} s; its last lines:", self.log_tail()
                )
            time.sleep(_POLL_S)

    def stop(self) -> None:
        """End the process and its whole group: SIGTERM, and SIGKILL to what is left after the grace time."""
        with stop_signals_deferred():
            group = self.process.pid
            _signal_group(group, signal.SIGTERM)
            deadline = time.monotonic() + GRACE_S
            while self.alive() or _group_exists(group):
                if time.monotonic() > deadline:
                    _signal_group(group, signal.SIGKILL)
                    break
                time.sleep(_POLL_S)
            self.process.wait()
            _running.discard(self)


_running: set[Child] = set()


@atexit.register
def _stop_what_still_runs() -> None:
    # `running` stops its child in every case but one: a signal between two bytecodes of a `with` statement.
    for child in tuple(_running):
        child.stop()


@contextmanager
def running(
    name: str, command: Sequence[str | Path], *, env: Mapping[str, str], cwd: Path, log: Path
) -> Iterator[Child]:
    """Run a command for as long as the body runs, in its own session, with exactly this environment."""
    child: Child | None = None
    try:
        with stop_signals_deferred(), log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - the commands are ours, none of them through a shell
                command, env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip
            child = Child(name, process, log)
            _running.add(child)
        yield child
    finally:
        if child is not None:
            child.stop()


def run_to_end(name: str, command: Sequence[str | Path], *, env: Mapping[str, str], cwd: Path, log: Path) -> None:
    """Run a command to its end; raise `LauncherError` with the end of its output if it fails."""
    with running(name, command, env=env, cwd=cwd, log=log) as child:
        status = child.process.wait()
        if status != 0:
            raise LauncherError(f"{name} failed with status {status}; the end of its output:", child.log_tail(40))


def free_port() -> int:
    """Return a loopback port that nobody listens on. If it is taken before it is used, that shows at once."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _signal_group(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _group_exists(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False  # macOS refuses when only processes that have ended and were not yet waited for are left
    return True
