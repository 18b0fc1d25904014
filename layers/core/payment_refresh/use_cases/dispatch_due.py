"""Use case: claim due watches and enqueue them, placed orders first, as far as the budget allows."""

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
"""How many carts beyond those that can be served are counted, which bounds the cost of a sweep."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchReport:
    """Result of one sweep.

    Attributes
    ----------
    claimed, refused
        Watches claimed, and those of them that the queue rejected, which are due again.
    backlog
        Messages already in the queue.
    oldest_overdue
        Seconds by which the longest-waiting placed order was overdue when the sweep began.
    carts_unserved
        Due carts that must wait, counted up to `CARTS_COUNTED`.
    """

    claimed: int
    refused: int
    backlog: int
    oldest_overdue: int
    carts_unserved: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchDue:
    """The dispatcher: claims due watches and sends them to the queue.

    Attributes
    ----------
    capacity
        Returns how many messages may wait in the queue after a sweep.
    pool
        Runs tasks concurrently.
    lease
        Duration of a claim in seconds; must exceed the time a message may wait in the queue and be processed.
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
            The backlog could not be read; nothing was claimed.
        StateUnavailable
            The table failed midway; watches claimed before that were sent.
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
        """Claim and send a batch, unless the table has failed; returns the numbers claimed and rejected."""
        if failures:
            return 0, 0, None
        watches, failure = self._claim(batch, now)
        return len(watches), self._send(watches, now), failure

    def _claim(self, batch: Sequence[Due], now: int) -> tuple[list[Watch], StateUnavailable | None]:
        """Claim those still due; if the table fails, return the watches claimed so far, so that they are sent."""
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
        if refused:  # rare, so the import is kept out of cold starts
            from payment_refresh.domain import leases
        for watch in refused:
            self.log.warning("queue_refused_message", extra={"payment": str(watch.key)})
            try:
                self.table.write(leases.release(watch, now))
            except Conflict:
                # An order event was written in between. The watch falls due again when its lease expires.
                self.log.info("release_lost", extra={"payment": str(watch.key)})
        return len(refused)
