"""Admission: which message of a batch may act on which row, and why the others are dropped."""

from __future__ import annotations

from copy import replace
from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.domain import leases, rounds, transitions
from payment_refresh.domain.moment import Moment
from payment_refresh.domain.outcome_events import awaits_placement
from payment_refresh.domain.vocabulary import STUCK, FoundBy, Status
from payment_refresh.errors import Conflict, SendFailed, UnreadableRow

if TYPE_CHECKING:
    from collections.abc import Callable

    from payment_refresh.domain.messages import Request
    from payment_refresh.domain.policy import Policy
    from payment_refresh.domain.watch import Watch
    from payment_refresh.ports import Clock, Log, StateTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Decides for each message whether it may act, and on which row.

    A message with a claim token may act on the row that has the token. One without was sent by hand, or is a
    redriven dead letter; it makes or claims the row first.

    Attributes
    ----------
    lease
        Seconds that a claim made here holds.
    """

    table: StateTable
    policy: Policy
    clock: Clock
    new_token: Callable[[], str]
    lease: int
    log: Log

    def admit(self, request: Request, watch: Watch | None) -> Watch | None:
        """Return the claimed watch (which may have ended, with an outbox), or None where the message is dropped.

        Parameters
        ----------
        request
            The message.
        watch
            Its row, as just read.

        Raises
        ------
        StateUnavailable
            The table did not answer.
        SendFailed
            A dead letter came back before the outbox of its round was relayed; it must be delivered again.
        UnreadableRow
            The watch ended in a way that only a later version knows; the message is kept for that one.
        """
        if request.claim is not None:
            if watch is None or watch.claim != request.claim:
                return self._drop(request, "stale_duplicate")
            return watch
        if watch is not None and watch.is_unknown_end:
            raise UnreadableRow(
                f"{watch.key} ended as {watch.status!r:.100}, which a later version wrote: deploy that, and move"
                " this message back from the dead-letter queue then"
            )
        at = Moment(now=int(self.clock()), policy=self.policy)
        if request.acknowledge is not None:
            row = self._acknowledged(request, request.acknowledge, watch, at)
        else:
            row = self._redriven(request, watch, at) if request.letter_round else self._manual(request, watch, at)
        if row is None:
            return None
        try:
            if row.is_done:
                return self.table.write(row)
            return self.table.write(leases.claim(row, self.new_token(), int(self.clock()) + self.lease))
        except Conflict:
            # Whoever wrote first checks it, or knows of it: an order event, the sweep, or the same message twice.
            return self._drop(request, "taken_by_another")

    def _redriven(self, request: Request, watch: Watch | None, at: Moment) -> Watch | None:
        """Start the next round for a dead letter that was redriven, once."""
        round_ = request.letter_round or 0
        if watch is None:
            started = rounds.start_round(request.key, None, at, found_by=FoundBy.REDRIVE, round_=round_ + 1)
            return replace(started, asked_manually=True)
        if watch.status is not Status.DEAD_LETTERED or watch.round != round_:
            return self._drop(request, "letter_of_another_round")
        _refuse_unrelayed(watch)
        started = rounds.start_next_round(watch, None, at, due_at=at.now, found_by=FoundBy.REDRIVE)
        return replace(started, asked_manually=True)

    def _manual(self, request: Request, watch: Watch | None, at: Moment) -> Watch | None:
        """Take or start a round for a message that a person sent."""
        if watch is None:
            return replace(rounds.start_round(request.key, None, at, found_by=FoundBy.MANUAL), asked_manually=True)
        is_leased = watch.claim is not None and watch.due_at is not None and watch.due_at > at.now
        if is_leased or (watch.relayable and not watch.is_open):
            return self._drop(request, "under_way")
        if watch.is_open:
            return replace(watch, asked_manually=True)
        if awaits_placement(watch):
            return replace(watch, status=Status.WATCHING, due_at=at.now, ended_at=None, expires_at=None)
        if watch.status is Status.SETTLED:
            return self._drop(request, "already_settled")
        started = rounds.start_next_round(watch, None, at, due_at=at.now, found_by=FoundBy.MANUAL)
        return replace(started, asked_manually=True)

    def _acknowledged(self, request: Request, note: str, watch: Watch | None, at: Moment) -> Watch | None:
        """Close a watch that a person has dealt with."""
        if watch is None or watch.status not in STUCK:
            return self._drop(request, "nothing_to_acknowledge")
        _refuse_unrelayed(watch)
        return transitions.acknowledge(watch, note, at)

    def _drop(self, request: Request, why: str) -> Watch | None:
        self.log.info("message_dropped", extra={"payment": str(request.key), "why": why})
        return None


def _refuse_unrelayed(watch: Watch) -> None:
    """Let a message wait whose row still has something in its outbox.

    What comes next would replace that. If the message were dropped, the dead letter might be lost, also where the
    outbox has one: it may just have been sent, and be this one.
    """
    if watch.relayable:
        raise SendFailed(
            f"the outbox of {watch.key} still has {sorted(watch.relayable)}; this message waits until that is sent"
        )
