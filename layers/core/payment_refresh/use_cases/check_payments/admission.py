"""Admission: what each message of a batch makes of its row, where it may act on it."""

from __future__ import annotations

from copy import replace
from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.domain import leases, rounds, transitions
from payment_refresh.domain.admission import Dropped, dropped
from payment_refresh.domain.moment import Moment
from payment_refresh.domain.outcome_events import awaits_placement
from payment_refresh.domain.vocabulary import FoundBy, Status
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
        is_manual = request.claim is None
        if is_manual and watch is not None and watch.is_unknown_end:
            raise UnreadableRow(
                f"{watch.key} ended as {watch.status!r:.100}, which a later version wrote: deploy that, and move"
                " this message back from the dead-letter queue then"
            )
        now = int(self.clock())
        why = dropped(request, watch, now)
        if why is not None:
            return self._drop(request, why)
        if request.claim is not None:
            return watch
        row = self._begun(request, watch, Moment(now=now, policy=self.policy))
        try:
            if row.is_done:
                return self.table.write(row)
            return self.table.write(leases.claim(row, self.new_token(), int(self.clock()) + self.lease))
        except Conflict:
            # Whoever wrote first checks it, or knows of it: an order event, the sweep, or the same message twice.
            return self._drop(request, Dropped.TAKEN_BY_ANOTHER)

    def _begun(self, request: Request, watch: Watch | None, at: Moment) -> Watch:
        """The row that a message without a token makes of the one that is there."""
        if watch is None:
            found_by = FoundBy.REDRIVE if request.letter_round else FoundBy.MANUAL
            round_ = (request.letter_round or 0) + 1
            started = rounds.start_round(request.key, None, at, found_by=found_by, round_=round_)
            return replace(started, asked_manually=True)
        if request.acknowledge is not None:
            _refuse_unrelayed(watch)
            return transitions.acknowledge(watch, request.acknowledge, at)
        if request.letter_round is not None:
            _refuse_unrelayed(watch)
            return _next_round(watch, FoundBy.REDRIVE, at)
        if watch.is_open:
            return replace(watch, asked_manually=True)
        if awaits_placement(watch):
            return replace(watch, status=Status.WATCHING, due_at=at.now, ended_at=None, expires_at=None)
        return _next_round(watch, FoundBy.MANUAL, at)

    def _drop(self, request: Request, why: Dropped) -> Watch | None:
        self.log.info("message_dropped", extra={"payment": str(request.key), "why": why.value})
        return None


def _next_round(watch: Watch, found_by: FoundBy, at: Moment) -> Watch:
    """Start the next round of an ended watch, which a person has asked for."""
    return replace(rounds.start_next_round(watch, None, at, due_at=at.now, found_by=found_by), asked_manually=True)


def _refuse_unrelayed(watch: Watch) -> None:
    """Let a message wait whose row still has something in its outbox.

    What comes next would replace that. If the message were dropped, the dead letter might be lost, also where the
    outbox has one: it may just have been sent, and be this one.
    """
    if watch.relayable:
        raise SendFailed(
            f"the outbox of {watch.key} still has {sorted(watch.relayable)}; this message waits until that is sent"
        )
