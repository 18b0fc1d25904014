"""Batch-level breaker: when to stop calling the API in this invocation, and what the remaining watches get."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.domain.check_results import Failed, Snoozed
from payment_refresh.errors import (
    CommerceLayerError,
    CredentialsRefused,
    NoBudget,
    NoToken,
    RateLimited,
    Unavailable,
)
from payment_refresh.rate_limit.budget import FAILURES_IN_A_ROW
from payment_refresh.use_cases.api_failures import report_failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from payment_refresh.metrics import Counts
    from payment_refresh.ports import Log


@dataclass(slots=True, kw_only=True)
class BatchBreaker:
    """Stops one batch's calls when the next one would fail as well; only the handler's thread changes it.

    Attributes
    ----------
    has_time
        Whether there is time for one more call.
    counts
        Calls made and failures met, by metric.
    opened_by
        What every remaining watch of the batch gets; None while calls may be made.
    """

    has_time: Callable[[], bool]
    log: Log
    counts: Counts
    opened_by: Failed | Snoozed | None = None
    _in_a_row: int = 0

    def check(self) -> Failed | Snoozed | None:
        """Give what a watch gets that cannot be asked about any more; None where a call may be made."""
        if self.opened_by is None and not self.has_time():
            self.opened_by = Snoozed()
        return self.opened_by

    def record_success(self) -> None:
        """Record that a call was answered."""
        self._in_a_row = 0

    def record_failure(self, error: CommerceLayerError) -> Failed | Snoozed:
        """Count and log a failure, open where the next call would fail as well, and give what the watch gets."""
        result = self.log_failure(error)
        self._in_a_row = self._in_a_row + 1 if isinstance(error, Unavailable) else 0
        is_hopeless = isinstance(error, RateLimited | CredentialsRefused | NoToken | NoBudget)
        if is_hopeless or self._in_a_row >= FAILURES_IN_A_ROW:
            self.opened_by = result
        return result

    def open(self, error: CommerceLayerError) -> None:
        """Count and log a failure, and make no more calls."""
        self.opened_by = self.log_failure(error)

    def log_failure(self, error: CommerceLayerError) -> Failed | Snoozed:
        """Count and log a failure. ``NoBudget`` is none, since nothing was sent: the watch is snoozed."""
        report_failure(error, self.counts, self.log)
        return Snoozed() if isinstance(error, NoBudget) else Failed(error.reason)
