"""The functions' processes on the local AWS: their list, their memory, and a way to kill one."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from devstack.stack import LocalStack

_CLIENT = "-m awslambdaric"
_NAME = re.compile(r" AWS_LAMBDA_FUNCTION_NAME=(\S+)")


@dataclass(frozen=True, slots=True)
class Worker:
    """One environment of a function. Its memory is what it has now, in MB."""

    pid: int
    function: str
    memory_mb: float


def workers(stack: LocalStack) -> list[Worker]:
    """Return the processes of this stack's functions."""
    listed = subprocess.run(
        ["ps", "axeww", "-o", "pid=,ppid=,rss=,command="],  # noqa: S607 - POSIX has no fixed place for it
        capture_output=True, text=True, check=True, errors="replace",
    )  # fmt: skip
    return read_processes(listed.stdout.splitlines(), parent=stack.aws.process.process.pid)


def read_processes(lines: Iterable[str], *, parent: int) -> list[Worker]:
    """Read what `ps` says of the children of a local AWS; with a command, it shows its environment."""
    found = []
    for line in lines:
        fields = line.split(None, 3)
        name = _NAME.search(line)
        if len(fields) == 4 and int(fields[1]) == parent and _CLIENT in fields[3] and name:
            found.append(Worker(int(fields[0]), name[1], int(fields[2]) / 1024))
    return sorted(found, key=lambda worker: worker.pid)


def kill(worker: Worker) -> bool:
    """Kill an environment, as AWS may at any moment; whatever it was doing is cut short."""
    with suppress(ProcessLookupError):
        os.kill(worker.pid, signal.SIGKILL)
        return True
    return False
