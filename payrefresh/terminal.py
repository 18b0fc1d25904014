"""Text on the terminal: results on standard output, progress and failures on standard error."""

from __future__ import annotations

import csv
import json
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rich.console import Console

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from rich.console import RenderableType

SHOWN_EVERY = 5.0
"""Seconds between two lines of progress where standard error is no terminal."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def console() -> Console:
    """The console for results; as wide as what it shows where standard output is no terminal."""
    out = Console(highlight=False, soft_wrap=True, emoji=False)
    return out if out.is_terminal else Console(highlight=False, soft_wrap=True, emoji=False, width=200)


def print_view(view: RenderableType) -> None:
    """Print what was laid out; no line ends in spaces where standard output is no terminal."""
    out = console()
    if out.is_terminal:
        out.print(view, soft_wrap=False)  # laid out for its width
        return
    with out.capture() as captured:
        out.print(view)
    sys.stdout.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))


def print_json(value: Any) -> None:
    """Print a value as JSON on standard output."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n")


def print_csv(names: Sequence[str], rows: Iterable[Mapping[str, object]]) -> None:
    """Print rows as CSV; no cell begins like a formula, which a spreadsheet would run."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(names)
    for row in rows:
        writer.writerow([csv_cell(row.get(name)) for name in names])


def csv_cell(value: object) -> object:
    """A cell that no spreadsheet takes for a formula: text that begins like one gets an apostrophe before it."""
    if value is None:
        return ""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def failed(message: str) -> None:
    """Say on standard error why the command failed: one line."""
    sys.stderr.write(f"payrefresh: {' '.join(message.split())}\n")


def note(message: str) -> None:
    """Say on standard error what is no failure: one line."""
    sys.stderr.write(f"payrefresh: {' '.join(message.split())}\n")


@dataclass(slots=True)
class Progress:
    """Says on standard error how far long work is: a spinner on a terminal, a line every few seconds elsewhere."""

    clock: Callable[[], float] = time.monotonic
    _console: Console = field(default_factory=lambda: Console(stderr=True, highlight=False))
    _said_at: float = field(default=0.0, init=False)

    @contextmanager
    def during(self, what: str) -> Iterator[Callable[[str], None]]:
        """Show ``what`` while the body runs; the body calls what it gets with how far it is."""
        self._said_at = self.clock()
        if not self._console.is_terminal:
            yield lambda how_far: self._say(f"{what}: {how_far}")
            return
        with self._console.status(what) as status:
            yield lambda how_far: status.update(f"{what}: {how_far}")

    def _say(self, line: str) -> None:
        if self.clock() - self._said_at >= SHOWN_EVERY:
            self._said_at = self.clock()
            self._console.print(line, markup=False, soft_wrap=True)
