"""A person at a terminal: reads what a command prints, and types."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

PATIENCE_S = 240.0
"""For the build and the deployment, on a machine with more to do."""


@dataclass
class Typist:
    """Talks to a process whose terminal this is.

    Attributes
    ----------
    seen
        All that stood on the terminal.
    """

    process: subprocess.Popen[bytes]
    terminal: int
    seen: str = ""
    _read_to: int = field(default=0, init=False)

    def expect(self, pattern: str, within: float = PATIENCE_S) -> str:
        """Read on until this stands there; returns what was read until then."""
        deadline = time.monotonic() + within
        while True:
            found = re.compile(pattern).search(self.seen, self._read_to)
            if found:
                read = self.seen[self._read_to : found.end()]
                self._read_to = found.end()
                return read
            assert self._read(deadline - time.monotonic()), f"{pattern!r} never came:\n{self.seen}"

    def type(self, text: str) -> None:
        """Type a line."""
        os.write(self.terminal, f"{text}\n".encode())

    def converse(self, answers: Mapping[str, str], until: str) -> None:
        """Answer each question whenever it comes, until this stands there."""
        patterns = [until, *answers]
        while (found := self.expect("|".join(f"(?:{pattern})" for pattern in patterns))) and not re.search(
            until, found
        ):
            self.type(next(answer for question, answer in answers.items() if re.search(question, found)))

    def end(self) -> int:
        """Read to the end; returns the exit status."""
        deadline = time.monotonic() + PATIENCE_S
        while self._read(deadline - time.monotonic()):
            pass
        return self.process.wait(10)

    def kill(self) -> None:
        """End it as a power cut does."""
        self.process.kill()
        self.end()

    def _read(self, within: float) -> bool:
        """Read some more; False at the end, or where nothing came."""
        if within <= 0 or not select.select([self.terminal], [], [], within)[0]:
            return False
        try:
            part = os.read(self.terminal, 65536)
        except OSError:  # on Linux, the end of a terminal is an error
            return False
        self.seen += part.decode(errors="replace").replace("\r\n", "\n")
        return bool(part)


@contextmanager
def at_terminal(command: Sequence[str], *, env: Mapping[str, str], cwd: Path) -> Iterator[Typist]:
    """Run a module of ours with a terminal for as long as the body runs."""
    terminal, theirs = pty.openpty()
    process = subprocess.Popen(  # noqa: S603 - our own code
        [sys.executable, *command], env=env, cwd=cwd, stdin=theirs, stdout=theirs, stderr=theirs,
        start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    typist = Typist(process, terminal)
    try:
        yield typist
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(10)
        with suppress(OSError):
            os.close(terminal)
