"""Makes the digest: counts what is stuck, and, once a day, reports it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.use_cases.make_digest.counting import StuckCount

if TYPE_CHECKING:
    from payment_refresh.domain.stuck import Stuck
    from payment_refresh.ports import Clock, Log, StateTable
    from payment_refresh.use_cases.make_digest.daily import DailyReport
    from payment_refresh.use_cases.make_digest.stuck_report import StuckReport


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestReport:
    """Result of one run.

    Attributes
    ----------
    reported, sent
        Whether ``StuckOrdersReported`` and the daily digest were sent.
    """

    stuck: Stuck
    reported: bool = False
    sent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeDigest:
    """The digest of what only a person moves on."""

    table: StateTable
    changes: StuckReport
    daily: DailyReport
    clock: Clock
    log: Log

    def run(self, *, counts_only: bool = False) -> DigestReport:
        """Count what is stuck, and report it unless it is only to be counted.

        Raises
        ------
        SendFailed
            Something could not be sent; it is kept, and the next run sends it.
        StateUnavailable
            The table did not answer.
        """
        now = int(self.clock())
        last = self.daily.marks.read()
        stuck = StuckCount(table=self.table, log=self.log).make(now, last.at or 0)
        if counts_only:
            return DigestReport(stuck=stuck)
        reported = self.changes.send(stuck, now)
        return DigestReport(stuck=stuck, reported=reported, sent=self.daily.send(stuck, last, now))
