"""Use case: claim what is due and send it to the queue, placed orders first, as much as may be sent."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import batched
from typing import TYPE_CHECKING

from payment_refresh.domain.watch import WatchClass
from payment_refresh.errors import Conflict, StateUnavailable, UnreadableRow

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from payment_refresh.domain.watch import Due, Watch
    from payment_refresh.ports import Clock, Log, PendingQueue, StateTable, TaskPool

SEND_BATCH = 10
"""``SendMessageBatch`` takes at most ten messages."""

CARTS_COUNTED = 1_000
"""How many carts are counted beyond those that can be served: a sweep must not cost what it cannot serve."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchReport:
    """What one sweep did.

    Attributes
    ----------
    claimed, refused
        Watches claimed and sent; and those of them the queue did not take, which are due again.
    backlog
        Messages that waited in the queue already.
    oldest_overdue
        By how many seconds the longest-waiting placed order was overdue when the sweep began.
    carts_unserved
        Carts that were due and had to wait; no more than `CARTS_COUNTED` are counted.
    """

    claimed: int
    refused: int
    backlog: int
    oldest_overdue: int
    carts_unserved: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchDue:
    """Claims due watches and sends them to the queue.

    Attributes
    ----------
    capacity
        Tells how many messages may wait in the queue after a sweep.
    pool
        Runs tasks, some at a time.
    lease
        Seconds a claim holds: longer than a message may wait in the queue and be handled.
    """

    table: StateTable
    queue: PendingQueue
    clock: Clock
    new_token: Callable[[], str]
    capacity: Callable[[], int]
    pool: TaskPool
    lease: int
    log: Log

    def run(self) -> DispatchReport:
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
        room = max(0, self.capacity() - backlog)
        placed = self.table.due(WatchClass.PLACED, now, max(1, room))
        half = max(1, room // 2)
        carts = self.table.due(WatchClass.CART, now, half + CARTS_COUNTED)
        chosen_carts = carts[: min(room - len(placed[:room]), half)]
        claimed = refused = 0
        failures: list[StateUnavailable] = []
        for watches, refusals, failure in self.pool.run(
            [
                partial(self._claim_and_send, batch, now, failures)
                for batch in batched([*placed[:room], *chosen_carts], SEND_BATCH, strict=False)
            ]
        ):
            claimed, refused = claimed + watches, refused + refusals
            failures += [failure] if failure else []
        if failures:
            raise failures[0]
        return DispatchReport(
            claimed=claimed,
            refused=refused,
            backlog=backlog,
            oldest_overdue=now - placed[0].due_at if placed else 0,
            carts_unserved=min(CARTS_COUNTED, len(carts) - len(chosen_carts)),
        )

    def _claim_and_send(
        self, batch: Sequence[Due], now: int, failures: Sequence[StateUnavailable]
    ) -> tuple[int, int, StateUnavailable | None]:
        """Claim a batch and send it, unless the table failed meanwhile; tells what was claimed and not taken."""
        if failures:
            return 0, 0, None
        watches, failure = self._claim(batch, now)
        return len(watches), self._send(watches, now), failure

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
        if refused:  # so rare that a cold start need not pay for it
            from payment_refresh.domain import leases
        for watch in refused:
            self.log.warning("queue_refused_message", extra={"payment": str(watch.key)})
            try:
                self.table.write(leases.release(watch, now))
            except Conflict:
                # An order event came in between. The claim stands, and falls due by its lease.
                self.log.info("release_lost", extra={"payment": str(watch.key)})
        return len(refused)
