"""Text on the terminal: results on standard output, progress and failures on standard error."""

from __future__ import annotations

import csv
import json
import re
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rich.console import Console

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from rich.console import ConsoleOptions, RenderableType
    from rich.segment import Segment

SHOWN_EVERY = 5.0
"""Seconds between two lines of progress where standard error is no terminal."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_COMMANDS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Characters that a terminal obeys, but for tabs and new lines, and those that turn the direction of writing."""


class Terminal(Console):
    """A console that shows what others wrote, such as an order's number, and obeys nothing in it."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Lay out, with a replacement character for each that a terminal would obey."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=harmless(segment.text))


def harmless(text: str) -> str:
    """Text in which a terminal finds no command."""
    return _COMMANDS.sub("\N{REPLACEMENT CHARACTER}", text)


def console() -> Console:
    """The console for results; as wide as what it shows where standard output is no terminal."""
    out = Terminal(highlight=False, soft_wrap=True, emoji=False)
    return out if out.is_terminal else Terminal(highlight=False, soft_wrap=True, emoji=False, width=200)


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
    """Print a value as JSON on standard output, with an escape for each character that a terminal would obey."""
    written = json.dumps(value, indent=2, ensure_ascii=False, default=str)
    sys.stdout.write(_COMMANDS.sub(lambda found: f"\\u{ord(found[0]):04x}", written) + "\n")


def print_csv(names: Sequence[str], rows: Iterable[Mapping[str, object]]) -> None:
    """Print rows as CSV; no cell begins like a formula, which a spreadsheet would run."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(names)
    for row in rows:
        writer.writerow([csv_cell(row.get(name)) for name in names])


def csv_cell(value: object) -> object:
    """A cell that no spreadsheet takes for a formula: one that begins like it gets an apostrophe before it."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return value
    return f"'{harmless(value)}" if value.startswith(_FORMULA) else harmless(value)


def failed(message: str) -> None:
    """Say on standard error why the command failed: one line."""
    sys.stderr.write(f"payrefresh: {harmless(' '.join(message.split()))}\n")


def note(message: str) -> None:
    """Say on standard error what is no failure: one line."""
    sys.stderr.write(f"payrefresh: {harmless(' '.join(message.split()))}\n")


@dataclass(slots=True)
class Progress:
    """Says on standard error how far long work is: a spinner on a terminal, a line every few seconds elsewhere."""

    clock: Callable[[], float] = time.monotonic
    _console: Console = field(default_factory=lambda: Terminal(stderr=True, highlight=False))
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
