"""One bash that runs the commands of the pages one after the other, as a person at a terminal would."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LONGEST_S = 300.0
"""Seconds after which a command is given up."""


class ShellEnded(Exception):
    """The shell is gone, or was ended as a command took too long: no other command can be run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a command left."""

    status: int
    out: tuple[str, ...]
    err: tuple[str, ...]


@dataclass(slots=True)
class Shell:
    """A running bash; variables and the folder stay from one command to the next."""

    _bash: subprocess.Popen[str]
    _folder: Path
    _status: int = field(default=0, init=False)

    def run(self, command: str, longest_s: float = LONGEST_S) -> Ran:
        """Run a command to its end.

        Raises
        ------
        ShellEnded
            It took too long, or has ended the shell.
        """
        script, out, err = (self._folder / name for name in ("command", "out", "err"))
        # `$?` of the command before it is there, as it is at a terminal.
        script.write_text(f"(exit {self._status})\n{command}\n")
        assert self._bash.stdin is not None
        assert self._bash.stdout is not None
        too_long = threading.Timer(longest_s, self.stop)
        too_long.start()
        try:
            self._bash.stdin.write(f". '{script}' </dev/null >'{out}' 2>'{err}'; echo $?\n")
            self._bash.stdin.flush()
            answer = self._bash.stdout.readline()
        except BrokenPipeError:
            answer = ""
        finally:
            too_long.cancel()
        if not answer:
            shown = (out.read_text() + err.read_text())[-2000:] if out.exists() else ""
            raise ShellEnded(f"the shell ended, or was ended after {longest_s:.0f} s; it had printed:\n{shown}")
        self._status = int(answer)
        return Ran(status=self._status, out=_lines(out), err=_lines(err))

    def stop(self) -> None:
        """End it with all that it has started."""
        if self._bash.poll() is None:
            os.killpg(self._bash.pid, signal.SIGKILL)
        self._bash.wait()


@contextmanager
def bash(environment: Mapping[str, str], folder: Path) -> Iterator[Shell]:
    """Run a bash with exactly this environment, in a folder, for as long as the body runs."""
    with tempfile.TemporaryDirectory(prefix="console-") as temp:
        process = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],  # noqa: S607 - where it is depends on the system
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(environment), cwd=folder,
            start_new_session=True,
        )  # fmt: skip
        shell = Shell(process, Path(temp))
        try:
            yield shell
        finally:
            shell.stop()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with suppress(BrokenPipeError):  # a command that came too late is still in its buffer
                        pipe.close()


def _lines(file: Path) -> tuple[str, ...]:
    return tuple(line.rstrip() for line in file.read_text(errors="replace").splitlines())
