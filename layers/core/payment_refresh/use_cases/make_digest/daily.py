"""Sends the daily digest to the event bus, and mails it where there is something to do."""

from __future__ import annotations

from copy import replace
from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.domain.daily_digest import Findings
from payment_refresh.domain.digest_mail import write_mail
from payment_refresh.errors import Conflict, SendFailed

if TYPE_CHECKING:
    from payment_refresh.digest_ports import Mail, QueueDepth, Tally
    from payment_refresh.domain.daily_digest import DailyDigest
    from payment_refresh.domain.deployment import Deployment
    from payment_refresh.domain.stuck import Stuck
    from payment_refresh.ports import EventBus, Log, MarkTable

RETRIED_FOR = 6 * 60 * 60
"""Seconds for which a run that failed is tried again (the template): a younger digest is the one it made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyReport:
    """Makes the daily digest; what is to be sent is written before it is sent.

    Attributes
    ----------
    letters, failed_runs
        The dead-letter queue, and the queue of failed runs.
    mail
        The topic of the alarms; None where there is none.
    mails_on_quiet_days
        Whether it is mailed also where there is nothing to do.
    """

    marks: MarkTable[DailyDigest]
    tally: Tally
    letters: QueueDepth
    failed_runs: QueueDepth
    events: EventBus
    mail: Mail | None
    mails_on_quiet_days: bool
    deployment: Deployment
    log: Log

    def send(self, stuck: Stuck, last: DailyDigest, now: int) -> bool:
        """Send what is left of the last digest and then, unless that was made just now, a new one.

        Returns whether anything was sent.

        Raises
        ------
        SendFailed
            A queue could not be read, or the bus or the topic did not take it; the next run sends it again.
        StateUnavailable
            The table did not answer.
        """
        try:
            if last.is_unfinished:
                last = self._deliver(last)
                if last.at is not None and now - last.at < RETRIED_FOR:
                    return True
            found = Findings(
                stuck=stuck,
                tally=self.tally.read(),
                dead_letters=self.letters.depth(),
                failed_runs=self.failed_runs.depth(),
            )
            self._deliver(self.marks.write(last.next(found, now, self.deployment)))
        except Conflict:
            self.log.warning("digest_conflict", extra={"detail": "another run makes this digest"})
            return False
        return True

    def _deliver(self, digest: DailyDigest) -> DailyDigest:
        """Send it to the bus, then mail it; each is recorded, so that neither is sent again for the other."""
        if digest.unsent:
            event = digest.event
            (is_taken,) = self.events.send([event])
            if not is_taken:
                raise SendFailed(f"the event bus did not take {event.kind}; it is kept, and the next run sends it")
            digest = self.marks.write(replace(digest, unsent=False))
        if self.mail is not None and (self.mails_on_quiet_days or not digest.content["nothing_to_do"]):
            self.mail.send(*write_mail(digest.content))
        return self.marks.write(replace(digest, unmailed=False))
