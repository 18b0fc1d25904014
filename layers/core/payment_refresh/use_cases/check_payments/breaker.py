"""Batch-level breaker: when to stop calling the API in this invocation, and what the remaining watches get."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.domain.check_results import Failed, Snoozed
from payment_refresh.errors import (
    CircuitOpen,
    CommerceLayerError,
    CredentialsRefused,
    NoBudget,
    NoToken,
    RateLimited,
)
from payment_refresh.use_cases.api_failures import report_failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from payment_refresh.metrics import Counts
    from payment_refresh.ports import Log

HOPELESS = (RateLimited, CredentialsRefused, NoToken, NoBudget, CircuitOpen)
"""Failures that every next call would meet as well; any other is the trouble of what was asked about."""


@dataclass(slots=True, kw_only=True)
class BatchBreaker:
    """Stops one batch's calls when the next one would fail as well; only the handler's thread changes it.

    What was not asked about is snoozed: it did not fail.

    Attributes
    ----------
    has_time
        Whether there is time for one more call.
    counts
        Calls made and failures met, by metric.
    is_open
        Whether no more calls may be made.
    """

    has_time: Callable[[], bool]
    log: Log
    counts: Counts
    is_open: bool = False

    def allows(self) -> bool:
        """Whether a call may be made."""
        return not self.is_open and self.has_time()

    def record_failure(self, error: CommerceLayerError) -> Failed | Snoozed:
        """Count and log a failure, open where the next call would fail as well, and give what the watch gets."""
        self.is_open = self.is_open or isinstance(error, HOPELESS)
        return self.log_failure(error)

    def open(self, error: CommerceLayerError) -> Failed | Snoozed:
        """Count and log a failure, make no more calls, and give what those get that were asked about."""
        self.is_open = True
        return self.log_failure(error)

    def log_failure(self, error: CommerceLayerError) -> Failed | Snoozed:
        """Count and log a failure. ``NoBudget`` is none, since nothing was sent: the watch is snoozed."""
        report_failure(error, self.counts, self.log)
        return Snoozed() if isinstance(error, NoBudget) else Failed(reason=error.reason)
