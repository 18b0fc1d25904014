"""The heartbeat: what each sweep says of the deployment, its mode and settings that contradict each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.domain.deployment import RunMode
from payment_refresh.errors import Conflict
from payment_refresh.metrics import Counts, Metric

if TYPE_CHECKING:
    from payment_refresh.domain.mode_mark import ModeMark
    from payment_refresh.ports import Clock, Log, MarkTable

FALL_SHOWN = 3600
"""Seconds for which a fall back to observing is shown: an alarm rings then, and gives the all-clear after that."""


def record_mode(table: MarkTable[ModeMark], mode: RunMode, now: int, log: Log) -> int | None:
    """Record the mode that the stack runs in; a fall back to observing is warned of once.

    Returns since when it only observes after it had acted (epoch seconds UTC); None if it acts, or never has.

    Raises
    ------
    StateUnavailable
        The table did not answer.
    """
    mark = table.read()
    recorded = mark.recorded(mode, now)
    if recorded is not mark:
        try:
            table.write(recorded)
        except Conflict:  # another sweep recorded it first
            return table.read().fell_back_at
        if recorded.fell_back_at is not None:
            detail = (
                "this stack has acted and now only observes; if that is not meant, deploy it with Mode=refresh"
            )
            log.warning("fell_back_to_observe", extra={"detail": detail})
    return recorded.fell_back_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """The gauges of the deployment.

    Attributes
    ----------
    fell_back_at
        Since when it only observes, after it had acted (epoch seconds UTC); None if it acts, or never has.
    clamped
        How many settings were taken for larger than they are set.
    """

    run_mode: RunMode
    fell_back_at: int | None
    clamped: int
    clock: Clock

    def gauges(self) -> Counts:
        """Give all of them."""
        has_just_fallen = self.fell_back_at is not None and self.clock() - self.fell_back_at < FALL_SHOWN
        return Counts(
            {
                Metric.OBSERVING: self.run_mode is RunMode.OBSERVE,
                Metric.FELL_BACK_TO_OBSERVE: has_just_fallen,
                Metric.SETTINGS_CLAMPED: self.clamped,
            }
        )
