"""When a batch had better stop asking Commerce Layer, and what a watch gets that is put back for it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from payment_refresh.errors import (
    CommerceLayerError,
    CredentialsRefused,
    NoBudget,
    NoToken,
    RateLimited,
    Unavailable,
)
from payment_refresh.use_cases.api_failures import report_failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from payment_refresh.domain.attribution import SentRefresh
    from payment_refresh.ports import Log

FAILURES_IN_A_ROW = 3
"""After so many calls without an answer, the rest of a batch is put back without asking."""


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """A watch that got no answer.

    Attributes
    ----------
    reason
        What went wrong; None where there was only no time or budget left to ask.
    patched
        When a refresh was sent whose answer never came.
    """

    reason: str | None
    sent_refresh: SentRefresh | None = None


@dataclass(slots=True, kw_only=True)
class BatchBreaker:
    """Stops one batch's calls where the next would fare no better; only the handler's thread changes it.

    Attributes
    ----------
    has_time
        Tells whether there is time for one more call.
    counts
        Calls made and troubles met, by metric name.
    """

    has_time: Callable[[], bool]
    log: Log
    counts: Counter[str] = field(default_factory=Counter)
    stopped: NoAnswer | None = None
    _in_a_row: int = 0

    def may_call(self) -> bool:
        """Tell whether to ask on."""
        if self.stopped is None and not self.has_time():
            self.stopped = NoAnswer(None)
        return self.stopped is None

    def answered(self) -> None:
        """Note that a call was answered."""
        self._in_a_row = 0

    def met(self, error: CommerceLayerError) -> NoAnswer:
        """Count what went wrong, stop where it is hopeless, and say what the watch gets."""
        last_error = self.note(error)
        self._in_a_row = self._in_a_row + 1 if isinstance(error, Unavailable) else 0
        hopeless = isinstance(error, RateLimited | CredentialsRefused | NoToken | NoBudget)
        if hopeless or self._in_a_row >= FAILURES_IN_A_ROW:
            self.stopped = last_error
        return last_error

    def stop(self, error: CommerceLayerError) -> None:
        """Count what went wrong, and stop."""
        self.stopped = self.note(error)

    def note(self, error: CommerceLayerError) -> NoAnswer:
        """Count and log what went wrong; want of budget is none of it."""
        if isinstance(error, NoBudget):
            self.counts["NoBudget"] += 1
            return NoAnswer(None)
        report_failure(error, self.counts, self.log)
        return NoAnswer(error.reason)
