"""Use case, first part: which watches the messages of a batch may act on, and which are dropped and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.domain import leases, rounds
from payment_refresh.domain.watch import FoundBy, Status, Watch
from payment_refresh.errors import Conflict, SendFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from payment_refresh.domain.messages import Request
    from payment_refresh.domain.policy import Policy
    from payment_refresh.ports import Clock, Log, StateTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Decides for each message whether it may act, and on which row.

    A message with a claim token may act on the row that bears the token. One without was sent by hand, or is
    a dead letter that was moved back; it makes or claims the row first.
    """

    table: StateTable
    policy: Policy
    clock: Clock
    new_token: Callable[[], str]
    lease: int
    log: Log

    def admit(self, request: Request, watch: Watch | None) -> Watch | None:
        """Return the claimed watch (which may have ended and owe), or None where the message is dropped.

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
            The letter came before all that the round it ended owed was sent; it must be delivered again.
        """
        if request.claim is not None:
            if watch is None or watch.claim != request.claim:
                return self._drop(request, "stale_duplicate")
            return watch
        step = self._letter(request, watch) if request.letter_round is not None else self._manual(request, watch)
        if step is None:
            return None
        now = int(self.clock())
        try:
            return self.table.write(leases.claim(step, self.new_token(), now + self.lease))
        except Conflict:
            # Whoever wrote first checks it, or heard of it: an order event, the sweep, or the same message twice.
            return self._drop(request, "taken_by_another")

    def _letter(self, request: Request, watch: Watch | None) -> Watch | None:
        """A dead letter moved back starts the next round, once."""
        now = int(self.clock())
        round_ = request.letter_round or 0
        if watch is None:
            return rounds.start_round(
                request.key, None, now, self.policy, found_by=FoundBy.REDRIVE, round_=round_ + 1
            )
        if watch.status is Status.DEAD_LETTERED and watch.round == round_:
            if watch.outbox:
                # The next round would take the place of what this one still owes. Dropped, the letter might be
                # lost, also where the row owes a letter: it may just have been sent, and be this one.
                raise SendFailed(
                    f"{watch.key} still owes {sorted(watch.outbox)}; its letter waits until that is sent"
                )
            return rounds.start_next_round(watch, None, now, due_at=now, found_by=FoundBy.REDRIVE)
        return self._drop(request, "letter_of_another_round")

    def _manual(self, request: Request, watch: Watch | None) -> Watch | None:
        now = int(self.clock())
        if watch is None:
            return rounds.start_round(request.key, None, now, self.policy, found_by=FoundBy.MANUAL)
        held = watch.claim is not None and watch.due_at is not None and watch.due_at > now
        if held or (watch.outbox and not watch.is_open):
            return self._drop(request, "under_way")
        if watch.is_open:
            return watch
        if watch.status is Status.SETTLED:
            return self._drop(request, "already_settled")
        return rounds.start_next_round(watch, None, now, due_at=now, found_by=FoundBy.MANUAL)

    def _drop(self, request: Request, why: str) -> Watch | None:
        self.log.info("message_dropped", extra={"payment": str(request.key), "why": why})
        return None
