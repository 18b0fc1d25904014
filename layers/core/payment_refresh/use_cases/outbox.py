"""Relays the outboxes of rows: sends dead letters and outcome events, then clears what was sent."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.domain.daily_digest import NOT_SENT, TALLIED
from payment_refresh.domain.leases import release
from payment_refresh.domain.messages import write_letter
from payment_refresh.domain.outcome_events import is_urgent, needs_a_person, write_events
from payment_refresh.domain.transitions import clear_outbox, take_outbox
from payment_refresh.domain.vocabulary import OutboxItem
from payment_refresh.domain.watch import RowConflict
from payment_refresh.errors import Conflict, StateUnavailable
from payment_refresh.metrics import Counts, Metric

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from payment_refresh.digest_ports import Tally
    from payment_refresh.domain.deployment import Deployment
    from payment_refresh.domain.payment import PaymentKey
    from payment_refresh.domain.watch import Watch
    from payment_refresh.ports import DeadLetterQueue, EventBus, Log, StateTable

LEFT_FOR = 3600
"""Seconds after which a row is due again to which only a later version can do something: it may run by then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """Relays dead letters and outcome events.

    They were written with the row, and stay in its outbox until they are cleared here. If an invocation dies in
    between, the watch falls due again, and its outbox is relayed once more, under the same ids.

    Attributes
    ----------
    deployment
        Whose letters and events they are.
    tally
        Counts what a person should see, for the daily digest.
    """

    table: StateTable
    letters: DeadLetterQueue
    events: EventBus
    tally: Tally
    deployment: Deployment
    log: Log

    def relay(self, watches: Sequence[Watch]) -> Counts:
        """Relay the outboxes of these watches; counts what could not be sent, and what is urgent.

        Raises
        ------
        StateUnavailable
            The table did not take what was sent; it will be sent again.
        """
        waiting = [watch for watch in watches if watch.relayable]
        sent = self._send(waiting)
        for watch in waiting:
            self._clear(watch, frozenset(sent[watch.key]))
        counts = Counts()
        for watch in waiting:
            counts[Metric.OUTBOX_PENDING] += len(watch.relayable - sent[watch.key])
            counts[Metric.URGENT_OUTCOMES] += sum(is_urgent(watch, kind) for kind in sent[watch.key])
        self._tally(waiting, sent)
        return +counts

    def relay_claimed(self, watches: Sequence[Watch], until: int) -> Counts:
        """Relay the outboxes of claimed watches that fell due again; returns and raises as `relay`.

        A message may come twice at the same time, so each outbox is taken first: one copy wins. Until ``until``
        (epoch seconds UTC) nobody else takes it. What only a later version can do comes back rarely.
        """
        for watch in watches:
            if watch.is_unknown_end or (watch.outbox and not watch.relayable):
                extra = {"payment": str(watch.key), "status": watch.status, "outbox": sorted(watch.outbox)}
                self.log.warning("left_for_later_version", extra=extra)
                self._write(release(watch, until + LEFT_FOR))
        ours = [watch for watch in watches if watch.relayable and not watch.is_unknown_end]
        takings = [self._write(take_outbox(watch, until)) for watch in ours]
        return self.relay([taken for taken in takings if taken is not None])

    def _write(self, watch: Watch) -> Watch | None:
        try:
            return self.table.write(watch)
        except Conflict:
            self.log.info("outbox_already_taken", extra={"payment": str(watch.key)})
            return None

    def _send(self, watches: Sequence[Watch]) -> dict[PaymentKey, set[OutboxItem]]:
        sent: dict[PaymentKey, set[OutboxItem]] = defaultdict(set)
        letters = [watch for watch in watches if OutboxItem.DEAD_LETTER in watch.outbox]
        if letters:
            answers = self.letters.send([write_letter(watch, self.deployment) for watch in letters])
            for watch, was_taken in zip(letters, answers, strict=True):
                sent[watch.key] |= {OutboxItem.DEAD_LETTER} if was_taken else set()
        events = [(watch.key, event) for watch in watches for event in write_events(watch, self.deployment)]
        if events:
            answers = self.events.send([event for _, event in events])
            for (key, event), was_taken in zip(events, answers, strict=True):
                sent[key] |= {event.kind} if was_taken else set()
        return sent

    def _clear(self, watch: Watch, sent: frozenset[OutboxItem]) -> None:
        left = sorted(watch.relayable - sent)
        if left:
            extra = {"payment": str(watch.key), "round": watch.round, "outbox": left}
            self.log.warning("outbox_not_relayed", extra=extra)
        current: Watch | None = watch
        while current is not None and current.round == watch.round and current.outbox & sent:
            try:
                self.table.write(clear_outbox(current, sent))
            except RowConflict as conflict:
                # An order event was written meanwhile; where it overruled the end, the outbox is another one.
                current = conflict.current
            else:
                return

    def _tally(self, watches: Sequence[Watch], sent: Mapping[PaymentKey, set[OutboxItem]]) -> None:
        """Count what needs a person, and what was not sent; a digest that misses some is no reason to fail."""
        counts = Counter[str](
            kind for watch in watches for kind in sent[watch.key] & TALLIED if needs_a_person(watch, kind)
        )
        counts[NOT_SENT] = sum(len(watch.relayable - sent[watch.key]) for watch in watches)
        try:
            if counts := +counts:
                self.tally.add(counts)
        except StateUnavailable as error:
            self.log.warning("tally_not_written", extra={"counts": dict(counts), "detail": str(error)})
