"""The organization's clock: it goes with real time, but for what is told to have happened long ago."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.config import Clock


class PastClock:
    """A clock that can be set back for as long as a block lasts."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ago = 0.0

    def __call__(self) -> float:
        """Give the time as epoch seconds."""
        return self._clock() - self._ago

    @contextmanager
    def ago(self, seconds: float) -> Iterator[None]:
        """Let what the block does happen so many seconds ago."""
        self._ago = seconds
        try:
            yield
        finally:
            self._ago = 0.0
