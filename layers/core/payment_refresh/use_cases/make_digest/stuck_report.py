"""Reports the payments that are only reported, whenever their sums have changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.errors import Conflict, SendFailed

if TYPE_CHECKING:
    from payment_refresh.domain.deployment import Deployment
    from payment_refresh.domain.stuck import Digest, Stuck
    from payment_refresh.ports import EventBus, Log, MarkTable


@dataclass(frozen=True, slots=True, kw_only=True)
class StuckReport:
    """Sends ``StuckOrdersReported``; what is to be sent is written before it is sent.

    Attributes
    ----------
    deployment
        Whose event it is.
    """

    digests: MarkTable[Digest]
    events: EventBus
    deployment: Deployment
    log: Log

    def send(self, stuck: Stuck, now: int) -> bool:
        """Report what changed; returns whether anything was sent.

        Raises
        ------
        SendFailed
            The bus did not take the event; the next run sends it again.
        StateUnavailable
            The table did not answer.
        """
        digest = self.digests.read()
        updated = digest.updated(stuck, now, self.deployment)
        try:
            if updated is not digest:
                updated = self.digests.write(updated)
            return self._send(updated)
        except Conflict:
            self.log.warning("digest_conflict", extra={"detail": "another run reports this"})
            return False

    def _send(self, digest: Digest) -> bool:
        event = digest.event
        if event is None:
            return False
        (is_taken,) = self.events.send([event])
        if not is_taken:
            raise SendFailed(f"the event bus did not take {event.kind}; it is kept, and the next run sends it")
        self.digests.write(digest.sent())
        return True
