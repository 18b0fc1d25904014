"""Circuit breakers in memory, by the same rules as the real ones: failures in a row open, one probe closes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from payment_refresh.errors import CircuitOpen, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from payment_refresh.ports import Clock

FAILURES, RECOVERY = 3, 30


@dataclass(slots=True, kw_only=True)
class FakeCircuits:
    """Implements the `Circuits` port in memory.

    Attributes
    ----------
    opened_at
        When each open circuit opened, or was last probed in vain.
    on_half_open
        Called with the name of an open circuit that lets a call through.
    """

    clock: Clock
    opened_at: dict[str, float] = field(default_factory=dict)
    on_half_open: Callable[[str], object] = lambda _name: None
    _failures: dict[str, int] = field(default_factory=dict)

    def call[T](self, name: str, work: Callable[[], T]) -> T:
        """Do some work, unless the circuit is open and its next probe not due."""
        opened_at = self.opened_at.get(name)
        if opened_at is not None and self.clock() < opened_at + RECOVERY:
            raise CircuitOpen(f"the circuit of {name} is open")
        if opened_at is not None:
            self.on_half_open(name)
        try:
            result = work()
        except Unavailable:
            self._failures[name] = self._failures.get(name, 0) + 1
            if opened_at is not None or self._failures[name] >= FAILURES:
                self.opened_at[name] = self.clock()
            raise
        self._failures[name] = 0
        self.opened_at.pop(name, None)
        return result

    def is_open(self, name: str) -> bool:
        """Say whether it is open."""
        return name in self.opened_at
