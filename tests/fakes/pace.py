"""A pace that never makes anybody wait, and counts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class FakePace:
    """Keeps `payment_refresh.ports.Pace`."""

    taken: int = 0

    def take(self) -> None:
        """Count a slot."""
        self.taken += 1
