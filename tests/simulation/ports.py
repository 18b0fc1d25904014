"""The fakes as an execution environment reaches them: each call takes time and may fail; the rules watch."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.domain.payment import PaymentKey
from payment_refresh.domain.vocabulary import OutboxItem
from payment_refresh.errors import Conflict, SendFailed, StateUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from random import Random

    from payment_refresh.adapters.dynamodb.rate_item import Recorded
    from payment_refresh.domain.cursor import Cursor, Pass
    from payment_refresh.domain.outcome_events import OutcomeEvent
    from payment_refresh.domain.stuck import SummaryEvent
    from payment_refresh.domain.vocabulary import DueClass
    from payment_refresh.domain.watch import Due, Watch
    from payment_refresh.rate_limit.gcra import Booking, RateState
    from tests.simulation.environment import Environment
    from tests.simulation.mailbox import Mailbox
    from tests.support.cursor import FakeCursorTable
    from tests.support.event_bus import FakeEventBus
    from tests.support.indexed_table import IndexedStateTable
    from tests.support.rate_limiter import FakeRateItem


def throttled(operation: str) -> StateUnavailable:
    """Make the error of a table that does not answer."""
    return StateUnavailable(f"{operation} on the state table failed: ThrottlingException")


@dataclass(frozen=True, slots=True)
class Table:
    """Implements the `StateTable` port over the fake, with delays and failures."""

    environment: Environment
    table: IndexedStateTable

    def read(self, key: PaymentKey) -> Watch | None:
        with self.environment.calling("table", "table.read", throttled("GetItem"), key.id):
            return self.table.read(key)

    def read_many(self, keys: Iterable[PaymentKey]) -> Mapping[PaymentKey, Watch]:
        wanted = sorted(keys)
        about = [key.id for key in wanted]
        with self.environment.calling("table", "table.read_many", throttled("BatchGetItem"), *about):
            rows = self.table.read_many(wanted)
            self.environment.doings.seen |= rows
            return rows

    def write(self, watch: Watch) -> Watch:
        with self.environment.calling("table", "table.write", throttled("PutItem"), watch.key.id):
            before = self.table.rows.get(watch.key)
            try:
                written = self.table.write(watch)
            except Conflict:
                self.environment.doings.lost.add(watch.key)
                raise
            self.environment.rules.wrote(self.environment, before, written)
            self.environment.doings.wrote(written)
            return written

    def due(self, due_class: DueClass, now: int, limit: int, *, newest_first: bool = False) -> Sequence[Due]:
        with self.environment.calling("table", "table.due", throttled("Query")):
            found = self.table.due(due_class, now, limit, newest_first=newest_first)
            self.environment.rules.probes.listed(self.environment, found)
            return found

    def claim(self, due: Due, token: str, until: int) -> Watch | None:
        with self.environment.calling("table", "table.claim", throttled("UpdateItem"), due.key.id):
            before = self.table.rows.get(due.key)
            claimed = self.table.claim(due, token, until)
            if claimed is None:
                self.environment.rules.probes.lost_claim(self.environment, before)
            else:
                self.environment.rules.claimed(self.environment, before, claimed)
            return claimed

    def first_seen(self, now: int) -> int:
        with self.environment.calling("table", "table.first_seen", throttled("UpdateItem")):
            return self.table.first_seen(now)


@dataclass(frozen=True, slots=True)
class CursorItems:
    """Implements the `CursorTable` port, likewise."""

    environment: Environment
    table: FakeCursorTable

    def read(self, of: Pass) -> Cursor:
        with self.environment.calling("table", "progress.read", throttled("GetItem")):
            return self.table.read(of)

    def write(self, cursor: Cursor) -> Cursor:
        with self.environment.calling("table", "progress.write", throttled("PutItem")):
            return self.table.write(cursor)


@dataclass(frozen=True, slots=True)
class RateItem:
    """Implements the `RateItem` protocol of the DynamoDB adapter, likewise."""

    environment: Environment
    item: FakeRateItem

    def read(self) -> RateState | None:
        with self.environment.calling("rate", "rate.read", throttled("GetItem")):
            return self.item.read()

    def add(self, booking: Booking, *, now: int, epoch: int, latest: int) -> Recorded:
        with self.environment.calling("rate", "rate.add", throttled("UpdateItem")):
            written = self.item.add(booking, now=now, epoch=epoch, latest=latest)
            self.environment.rules.probes.booked(self.environment, booking, now, written)
            return written

    def swap(self, old: RateState | None, new: RateState) -> Recorded:
        with self.environment.calling("rate", "rate.swap", throttled("UpdateItem")):
            written = self.item.swap(old, new)
            self.environment.rules.probes.swapped(self.environment, old, new, written)
            return written


@dataclass(frozen=True, slots=True)
class Queue:
    """Implements the `PendingQueue` port; like SQS, it raises nothing where it refuses an entry."""

    environment: Environment
    mailbox: Mailbox

    def backlog(self) -> int:
        with self.environment.calling("queue", "queue.backlog", SendFailed("the queue did not tell its length")):
            return self.mailbox.pending.backlog()

    def send(self, watches: Sequence[Watch]) -> Sequence[Watch]:
        pending, weather = self.mailbox.pending, self.environment.weather
        try:
            with self.environment.calling(
                "queue", "queue.send", SendFailed("no answer came"), *(each.key.id for each in watches)
            ):
                pending.refused = {each.key.id for each in watches if weather.refuses("queue")}
                before = set(pending.waiting)
                refused = pending.send(watches)
                self.mailbox.sent(before)
                return refused
        except SendFailed:
            return watches


@dataclass(frozen=True, slots=True)
class Letters:
    """Implements the `DeadLetterQueue` port, likewise."""

    environment: Environment
    mailbox: Mailbox

    def send(self, letters: Sequence[str]) -> Sequence[bool]:
        queue, weather, rules = self.mailbox.letters, self.environment.weather, self.environment.rules
        facts = [json.loads(letter) for letter in letters]
        about = [fact["id"] for fact in facts]
        try:
            with self.environment.calling("letters", "letters.send", SendFailed("no answer came"), *about):
                self.environment.doings.tried |= {PaymentKey(fact["type"], fact["id"]) for fact in facts}
                queue.refused = {id_ for id_ in about if weather.refuses("letters")}
                before = len(queue.letters)
                taken = queue.send(letters)
                for letter, fact, was_taken in zip(letters, facts, taken, strict=True):
                    rules.no_secret(self.environment, letter)
                    if was_taken:
                        key = PaymentKey(fact["type"], fact["id"])
                        rules.sent(self.environment, key, fact["round"], OutboxItem.DEAD_LETTER)
                self.mailbox.lie(before)
                return taken
        except SendFailed:
            return [False] * len(letters)


@dataclass(frozen=True, slots=True)
class Bus:
    """Implements the `EventBus` port, likewise."""

    environment: Environment
    bus: FakeEventBus

    def send(self, events: Sequence[OutcomeEvent | SummaryEvent]) -> Sequence[bool]:
        weather, rules = self.environment.weather, self.environment.rules
        details = [json.loads(event.detail) for event in events]
        ids = [detail["id"].split("#") for detail in details]
        try:
            with self.environment.calling(
                "bus", "bus.send", SendFailed("no answer came"), *(id_ for _, id_, _, _ in ids)
            ):
                self.environment.doings.tried |= {PaymentKey(type_, id_) for type_, id_, _, _ in ids}
                self.bus.refused = {event.kind for event in events if weather.refuses("bus")}
                taken = self.bus.send(events)
                for event, detail, was_taken in zip(events, details, taken, strict=True):
                    rules.no_secret(self.environment, event.detail)
                    if was_taken:
                        rules.announced(self.environment, detail)
                return taken
        except SendFailed:
            return [False] * len(events)


@dataclass(frozen=True, slots=True)
class AnyOrder:
    """Implements the `TaskPool` port: one task after the other, as each is asked for, in any order."""

    dice: Random

    def run[T](self, tasks: Sequence[Callable[[], T]]) -> Iterator[T]:
        """Run the tasks in an order that the dice decide now."""
        shuffled = list(tasks)
        self.dice.shuffle(shuffled)
        return (task() for task in shuffled)
