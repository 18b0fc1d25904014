"""Says what the launcher is doing: a spinner on a terminal, plain lines elsewhere, nothing in tests."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Progress:
    """Announces steps and notes, each with the seconds since the start."""

    console: Console = field(default_factory=lambda: Console(quiet=True))
    started: float = field(default_factory=time.monotonic)

    def elapsed(self) -> float:
        """Return the seconds since the start."""
        return time.monotonic() - self.started

    def note(self, text: str) -> None:
        """Print one line with the time."""
        self.say(f"[{self.elapsed():6.1f} s] {text}")

    def say(self, *lines: str) -> None:
        """Print lines as they are."""
        for line in lines:
            self.console.print(line, markup=False, emoji=False, highlight=False, soft_wrap=True)

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Show `text` while the body runs, and afterwards how long it took."""
        if not self.console.is_terminal:
            self.note(f"{text} …")
            yield
            return
        begun = time.monotonic()
        with self.console.status(text):
            yield
        self.note(f"{text} ({time.monotonic() - begun:.1f} s)")
