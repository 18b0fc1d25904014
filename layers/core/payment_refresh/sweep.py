"""Use case: claim what is due and send it to the queue, placed orders first, as much as may be sent."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING

from payment_refresh import lifecycle
from payment_refresh.errors import Conflict, StateUnavailable, UnreadableRow
from payment_refresh.watch import WatchClass

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from payment_refresh.ports import Clock, Due, Log, PendingQueue, StateTable
    from payment_refresh.watch import Watch

SEND_BATCH = 10
"""``SendMessageBatch`` takes at most ten messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepReport:
    """What one sweep did.

    Attributes
    ----------
    claimed, refused
        Watches claimed and sent; and those of them the queue did not take, which are due again.
    backlog
        Messages that waited in the queue already.
    oldest_overdue
        By how many seconds the longest-waiting watch was overdue when the sweep began.
    """

    claimed: int
    refused: int
    backlog: int
    oldest_overdue: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """Claims due watches and sends them to the queue.

    Attributes
    ----------
    size
        How many messages may wait in the queue after a sweep. The pace will decide this (see the design
        notes in ``docs/adr``); until then it is a setting.
    lease
        Seconds a claim holds: longer than a message may wait in the queue and be handled.
    """

    table: StateTable
    queue: PendingQueue
    clock: Clock
    new_token: Callable[[], str]
    size: int
    lease: int
    log: Log

    def __call__(self) -> SweepReport:
        """Run one sweep.

        Raises
        ------
        SendFailed
            The queue did not tell its backlog; nothing was claimed.
        StateUnavailable
            The table failed half-way; what was claimed before was sent.
        """
        now = int(self.clock())
        backlog = self.queue.backlog()
        room = max(0, self.size - backlog)
        placed = self.table.due(WatchClass.PLACED, now, max(1, room))
        half = max(1, room // 2)
        carts = self.table.due(WatchClass.CART, now, half)
        overdue = max((now - due.due_at for due in (*placed[:1], *carts[:1])), default=0)
        chosen = placed[:room]
        chosen = [*chosen, *carts[: min(room - len(chosen), half)]]
        claimed = refused = 0
        for batch in batched(chosen, SEND_BATCH, strict=False):
            watches, failure = self._claim(batch, now)
            claimed += len(watches)
            refused += self._send(watches, now)
            if failure is not None:
                raise failure
        return SweepReport(claimed=claimed, refused=refused, backlog=backlog, oldest_overdue=overdue)

    def _claim(self, batch: Sequence[Due], now: int) -> tuple[list[Watch], StateUnavailable | None]:
        """Claim what still is due; a failure of the table must not keep claimed watches from being sent."""
        watches: list[Watch] = []
        for due in batch:
            try:
                watch = self.table.claim(due, self.new_token(), now + self.lease)
            except UnreadableRow as error:
                self.log.error("row_unreadable", extra={"payment": str(due.key), "detail": str(error)})
                continue
            except StateUnavailable as failure:
                return watches, failure
            if watch is not None:
                watches.append(watch)
        return watches, None

    def _send(self, watches: Sequence[Watch], now: int) -> int:
        refused = self.queue.send(watches) if watches else ()
        for watch in refused:
            self.log.warning("queue_refused_message", extra={"payment": str(watch.key)})
            try:
                self.table.write(lifecycle.released(watch, now))
            except Conflict:
                # An order event came in between. The claim stands, and falls due by its lease.
                self.log.info("release_lost", extra={"payment": str(watch.key)})
        return len(refused)
