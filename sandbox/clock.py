"""The organization's clock: real time, set back for events that are to lie in the past."""

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
        """Date whatever the block does so many seconds back."""
        self._ago = seconds
        try:
            yield
        finally:
            self._ago = 0.0
