"""A clock that moves only when a test moves it."""

from __future__ import annotations

from dataclasses import dataclass

START = 1_767_225_600
"""2026-01-01T00:00:00Z."""


@dataclass(slots=True)
class FakeClock:
    """Implements the `Clock` port.

    Attributes
    ----------
    step
        Seconds by which it goes on with every reading.
    """

    now: float = START
    step: float = 0.0

    def __call__(self) -> float:
        """Epoch seconds UTC."""
        now = self.now
        self.now += self.step
        return now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds
