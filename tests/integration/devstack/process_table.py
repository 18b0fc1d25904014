"""Table of this machine's processes: those that a process has started, and those of them that still run."""

from __future__ import annotations

import socket
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PATIENCE_S = 60.0
"""Seconds until a test stops waiting; far more than anything takes on an idle machine."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One process that has not ended."""

    pid: int
    parent: int
    group: int
    command: str


def processes() -> list[Entry]:
    """Return all processes, but for those that have ended and were not yet waited for."""
    listing = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,ppid=,pgid=,stat=,args="],  # noqa: S607 - where it is depends on the system
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    entries = []
    for line in listing.stdout.splitlines():
        pid, parent, group, state, *command = line.split(maxsplit=4)
        if not state.startswith("Z"):
            entries.append(Entry(int(pid), int(parent), int(group), "".join(command)))
    return entries


def descendants(ancestor: int) -> list[Entry]:
    """Return all that a process has started, directly or not."""
    everything = processes()
    found: list[Entry] = []
    parents = {ancestor}
    while children := [entry for entry in everything if entry.parent in parents]:
        found += children
        parents = {entry.pid for entry in children}
    return found


def still_running(entries: Iterable[Entry]) -> list[Entry]:
    """Return those that still run."""
    now = set(processes())
    return [entry for entry in entries if entry in now]


def accepts_connections(port: int) -> bool:
    """Whether somebody listens on a loopback port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Wait for a condition; fail if it takes unreasonably long."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come"
        time.sleep(0.05)
