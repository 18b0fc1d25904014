"""Use case: claim due watches and enqueue them, first checks first, as far as the budget allows."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from itertools import batched
from typing import TYPE_CHECKING

from payment_refresh.domain.places import SPARED, Places, Waiting, choose
from payment_refresh.domain.vocabulary import DueClass
from payment_refresh.errors import Conflict, StateUnavailable, UnreadableRow
from payment_refresh.rate_limit.budget import HELD_SECONDS, PROBE, QUEUED_MINUTES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from payment_refresh.domain.watch import Due, Watch
    from payment_refresh.ports import Clock, Log, PendingQueue, StateTable, TaskPool

SEND_BATCH = 10
"""``SendMessageBatch`` takes at most ten messages."""

PEEK = 50
"""Entries of each class that are read before anything else: they cost what an empty page does (4 KB)."""

CARTS_COUNTED = 1_000
"""How many carts beyond those that can be served are counted, which bounds the cost of a sweep."""

STAY = 45
"""Seconds within which a sweep tops the queue up; the function's timeout leaves the last top-up another 15."""

PAUSE = 5
"""Seconds from one top-up to the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchReport:
    """Result of one sweep.

    Attributes
    ----------
    claimed, refused
        Watches claimed, and those of them that the queue rejected, which are due again.
    backlog
        Messages that were in the queue already; not asked for, and 0, where nothing was due.
    oldest_overdue
        Seconds by which the longest-waiting placed order was overdue when the sweep began.
    carts_unserved
        Due carts, and absences to be confirmed, that must wait, counted up to `CARTS_COUNTED`.
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
    confirms
        How many absences may be confirmed by single calls until the next sweep.
    """

    table: StateTable
    queue: PendingQueue
    clock: Clock
    new_token: Callable[[], str]
    capacity: Callable[[], int]
    pool: TaskPool
    lease: int
    log: Log
    confirms: int = 1
    sleep: Callable[[float], None] = time.sleep

    def run(self, *, stays: bool = False) -> DispatchReport:
        """Run one sweep.

        Parameters
        ----------
        stays
            Whether to stay and top the queue up while placed orders are due that it had no room for. It may run
            empty long before the next sweep, since a payment that a look settles costs little.

        Raises
        ------
        SendFailed
            The queue's backlog could not be read.
        StateUnavailable
            The table failed midway; watches claimed before that were sent.
        """
        sweep = _Sweep(parts=self, begun=self.clock(), stays=stays)
        sweep.fill()
        while sweep.is_short and self.clock() + PAUSE <= sweep.begun + STAY:
            self.sleep(PAUSE)
            sweep.top_up()
        return DispatchReport(
            claimed=sweep.claimed,
            refused=sweep.refused,
            backlog=sweep.backlog,
            oldest_overdue=sweep.oldest_overdue,
            carts_unserved=min(CARTS_COUNTED, sweep.unserved),
        )


@dataclass(frozen=True, slots=True)
class _Listed:
    """What is due of one class; more of it is read than was at first only where that is needed."""

    table: StateTable
    due_class: DueClass
    now: int
    first: Sequence[Due]

    def oldest(self, most: int) -> Sequence[Due]:
        if len(self.first) < PEEK or most <= PEEK:
            return self.first[:most]
        return self.table.due(self.due_class, self.now, most)

    def newest(self, most: int) -> Sequence[Due]:
        if len(self.first) < PEEK:
            return self.first[::-1][:most]
        return self.table.due(self.due_class, self.now, most, newest_first=True)


@dataclass(slots=True, kw_only=True)
class _Sweep:
    """The work of one sweep: it fills the queue, and may then top it up.

    Attributes
    ----------
    begun
        When it began.
    stays
        Whether it tops the queue up.
    is_short
        Whether it is to: placed orders are due that the queue had no room for, and there will be more.
    unserved
        Carts and absences that were left.
    """

    parts: DispatchDue
    begun: float
    stays: bool
    backlog: int = 0
    oldest_overdue: int = 0
    unserved: int = 0
    claimed: int = 0
    refused: int = 0
    is_short: bool = False
    _is_probing: bool = False
    _spared: int = 0

    def fill(self) -> None:
        """Claim what is due of all classes; where nothing is, ask for nothing else."""
        now = int(self.begun)
        first, placed, confirm, carts = (
            self._list(due_class, now)
            for due_class in (DueClass.FIRST, DueClass.PLACED, DueClass.CONFIRM, DueClass.CART)
        )
        if not any(listed.first for listed in (first, placed, confirm, carts)):
            return
        self.oldest_overdue = max((now - due.due_at for due in (*first.first, *placed.first)), default=0)
        self.backlog = self.parts.queue.backlog()
        places = self._places(self.backlog, now)
        waiting = Waiting(
            newest=first.newest(places.placed + 1),
            elders=[*first.first, *placed.first, *carts.first],
            placed=placed.oldest(places.placed + 1),
            confirm=confirm.oldest(CARTS_COUNTED),
            carts=carts.oldest(max(1, places.free // 2) + CARTS_COUNTED),
        )
        self._claim_and_send(waiting, places, now)

    def top_up(self) -> None:
        """Claim placed orders for which the queue has room by now.

        Those that were checked before must have been due when the sweep began. Else what a batch had no time for,
        and snoozed, would be taken again and again, and looked at each time.
        """
        now = int(self.parts.clock())
        first, placed = self._list(DueClass.FIRST, now), self._list(DueClass.PLACED, int(self.begun))
        places = self._places(self.parts.queue.backlog(), now)
        waiting = Waiting(
            newest=first.newest(places.placed + 1),
            elders=[*first.first, *placed.first],
            placed=placed.oldest(places.placed + 1),
        )
        self._claim_and_send(waiting, places, now)

    def _list(self, due_class: DueClass, now: int) -> _Listed:
        return _Listed(self.parts.table, due_class, now, self.parts.table.due(due_class, now, PEEK))

    def _places(self, backlog: int, now: int) -> Places:
        """Say how many more messages the queue may hold.

        While the sweep stays, its backlog may be counted late, by a minute: so it sends no more than the queue may
        hold, and twice what can have been served since it began.
        """
        capacity = held = self.parts.capacity()
        self._is_probing = capacity <= PROBE
        if self.stays:
            held = max(1, capacity * HELD_SECONDS // (60 * QUEUED_MINUTES))
        served = held * max(0.0, now - self.begun) / HELD_SECONDS
        sent = self.backlog + self.claimed - self.refused
        placed = max(0, min(held - backlog, int(held + 2 * served) - sent))
        spared = max(0, (self.claimed + placed) // SPARED - self._spared)
        self._spared += spared
        return Places(free=max(0, capacity - backlog), placed=placed, spared=spared, confirms=self.parts.confirms)

    def _claim_and_send(self, waiting: Waiting, places: Places, now: int) -> None:
        chosen = choose(waiting, places)
        self.is_short = self.stays and chosen.is_short and not self._is_probing
        self.unserved += chosen.unserved
        failures: list[StateUnavailable] = []
        for claimed, refused, failure in self.parts.pool.run(
            [
                partial(self._claim_and_send_batch, batch, now, failures)
                for batch in batched(chosen.watches, SEND_BATCH, strict=False)
            ]
        ):
            self.claimed, self.refused = self.claimed + claimed, self.refused + refused
            failures += [failure] if failure else []
        if failures:
            raise failures[0]

    def _claim_and_send_batch(
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
                watch = self.parts.table.claim(due, self.parts.new_token(), now + self.parts.lease)
            except UnreadableRow as error:
                extra = {"payment": str(due.key), "detail": str(error)}
                self.parts.log.error("row_unreadable", extra=extra)
                continue
            except StateUnavailable as failure:
                return watches, failure
            if watch is not None:
                watches.append(watch)
        return watches, None

    def _send(self, watches: Sequence[Watch], now: int) -> int:
        refused = self.parts.queue.send(watches) if watches else ()
        if refused:  # rare, so the import is kept out of cold starts
            from payment_refresh.domain import leases
        for watch in refused:
            self.parts.log.warning("queue_refused_message", extra={"payment": str(watch.key)})
            try:
                self.parts.table.write(leases.release(watch, now))
            except Conflict:
                # An order event was written in between. The watch falls due again when its lease expires.
                self.parts.log.info("release_lost", extra={"payment": str(watch.key)})
        return len(refused)
