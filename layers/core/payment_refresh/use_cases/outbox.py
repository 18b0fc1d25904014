"""Use case, last part: send what watches owe, letters and events, then write that it was sent."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.domain import transitions
from payment_refresh.domain.messages import write_letter
from payment_refresh.domain.outcome_events import write_events
from payment_refresh.domain.watch import DEAD_LETTER, RowConflict
from payment_refresh.errors import Conflict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payment_refresh.domain.modes import Modes
    from payment_refresh.domain.payment import PaymentKey
    from payment_refresh.domain.watch import Watch
    from payment_refresh.ports import DeadLetterQueue, EventBus, Log, StateTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """Sends the dead letters and outcome events that are owed.

    What is owed was written first, and stays on the row until it is cleared here. If an invocation dies in
    between, the watch falls due again, and what it owes goes out once more, under the same id.

    Attributes
    ----------
    modes
        What the deployment may do and where, which letters and events bear.
    """

    table: StateTable
    letters: DeadLetterQueue
    events: EventBus
    modes: Modes
    log: Log

    def relay(self, watches: Sequence[Watch]) -> int:
        """Send what these watches owe; returns how many letters and events could not be sent.

        Raises
        ------
        StateUnavailable
            The table did not take what was sent; it will be sent again.
        """
        unrelayed = [watch for watch in watches if watch.outbox]
        taken = self._send(unrelayed)
        for watch in unrelayed:
            self._clear(watch, frozenset(taken[watch.key]))
        return sum(len(watch.outbox - taken[watch.key]) for watch in unrelayed)

    def relay_claimed(self, watches: Sequence[Watch], until: int) -> int:
        """Send what claimed watches owe that came back; returns and raises as `relay`.

        A message may come twice at the same time, so each watch is taken first: one copy wins. Until ``until``
        nobody else takes it.
        """
        takings = (self._take(watch, until) for watch in watches if watch.outbox)
        return self.relay([taken for taken in takings if taken is not None])

    def _take(self, watch: Watch, until: int) -> Watch | None:
        try:
            return self.table.write(transitions.take_outbox(watch, until))
        except Conflict:
            self.log.info("outbox_already_taken", extra={"payment": str(watch.key)})
            return None

    def _send(self, unrelayed: Sequence[Watch]) -> dict[PaymentKey, set[str]]:
        taken: dict[PaymentKey, set[str]] = defaultdict(set)
        letters = [watch for watch in unrelayed if DEAD_LETTER in watch.outbox]
        if letters:
            answers = self.letters.send([write_letter(watch, self.modes) for watch in letters])
            for watch, was_taken in zip(letters, answers, strict=True):
                taken[watch.key] |= {DEAD_LETTER} if was_taken else set()
        events = [(watch.key, event) for watch in unrelayed for event in write_events(watch, self.modes)]
        if events:
            answers = self.events.send([event for _, event in events])
            for (key, event), was_taken in zip(events, answers, strict=True):
                taken[key] |= {event.kind} if was_taken else set()
        return taken

    def _clear(self, watch: Watch, taken: frozenset[str]) -> None:
        left = sorted(watch.outbox - taken)
        if left:
            extra = {"payment": str(watch.key), "round": watch.round, "outbox": left}
            self.log.warning("outbox_not_relayed", extra=extra)
        current: Watch | None = watch
        while current is not None and current.round == watch.round and current.outbox & taken:
            try:
                self.table.write(transitions.clear_outbox(current, taken))
            except RowConflict as conflict:
                # An order event was written meanwhile; where it overruled the end, nothing of it is owed any more.
                current = conflict.current
            else:
                return
