"""The mode that the stack ran in last, and since when it only observes. Pure."""

from __future__ import annotations

from copy import replace
from dataclasses import dataclass

from payment_refresh.domain.deployment import RunMode


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeMark:
    """The mark of the mode.

    Attributes
    ----------
    revision
        Incremented by every write; every write is conditional on it.
    run_mode
        The mode; None before the first sweep.
    fell_back_at
        Since when it only observes after it had acted (epoch seconds UTC); None if it acts, or never has.
    """

    revision: int = 0
    run_mode: RunMode | None = None
    fell_back_at: int | None = None

    def recorded(self, mode: RunMode, now: int) -> ModeMark:
        """Record the mode that it runs in now; the same mark where that is the one it ran in."""
        if mode is self.run_mode:
            return self
        has_acted = self.run_mode is RunMode.REFRESH
        return replace(self, run_mode=mode, fell_back_at=now if has_acted else None)
