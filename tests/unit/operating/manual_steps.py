"""A person's messages to a deployment in memory: its table and queues, and its functions, which work meanwhile."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from payment_refresh.domain.payment import PaymentKey
from payment_refresh.domain.vocabulary import DueClass
from payrefresh.manual.letters import HELD_FOR, Letter
from payrefresh.manual.waiting import Waiting
from tests.support import samples

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from payment_refresh.domain.order import Order
    from payment_refresh.domain.watch import Watch
    from tests.support.world import World


class Killed(BaseException):
    """The process is gone."""


@dataclass(slots=True)
class Steps:
    """Counts the calls of a run, and kills it at one of them.

    Attributes
    ----------
    dies_after
        The number of calls that come to pass.
    """

    dies_after: int | None = None
    made: int = 0
    is_dead: bool = False

    def passed(self) -> None:
        """A call came to pass."""
        self.made += 1
        if self.dies_after is not None and self.made > self.dies_after:
            self.is_dead = True
        if self.is_dead:
            raise Killed


@dataclass(slots=True)
class FakeLetters:
    """Implements the `Letters` port over a world's dead letters.

    Attributes
    ----------
    held
        Until when a letter is invisible, by its id.
    undeletable
        Ids of letters that cannot be deleted.
    """

    world: World
    steps: Steps = field(default_factory=Steps)
    held: dict[str, float] = field(default_factory=dict)
    undeletable: set[str] = field(default_factory=set)
    names: list[str] = field(default_factory=list)
    at_once: int = 10

    def receive(self) -> Sequence[Letter]:
        self.steps.passed()
        now = self.world.clock.now
        batch: list[Letter] = []
        for name, body in self._all():
            if self.held.get(name, 0) <= now and len(batch) < self.at_once:
                self.held[name] = now + HELD_FOR
                batch.append(Letter(id=name, receipt=f"r-{name}", body=body, sent_at=int(now)))
        return batch

    def delete(self, letters: Sequence[Letter]) -> Sequence[Letter]:
        self.steps.passed()
        for letter in letters:
            if letter.id in self.undeletable:
                continue
            index = self.names.index(letter.id)
            del self.names[index], self.world.letters.letters[index]
        return [letter for letter in letters if letter.id in self.undeletable]

    def release(self, letters: Sequence[Letter]) -> Sequence[Letter]:
        self.steps.passed()
        for letter in letters:
            self.held.pop(letter.id, None)
        return []

    def in_flight(self) -> int:
        self.steps.passed()
        return sum(self.held.get(name, 0) > self.world.clock.now for name, _ in self._all())

    def _all(self) -> Iterator[tuple[str, str]]:
        bodies = self.world.letters.letters
        while len(self.names) < len(bodies):
            self.names.append(f"letter-{len(self.held)}-{len(self.names)}")
        return iter(list(zip(self.names, bodies, strict=True)))


@dataclass(slots=True)
class FakeRequests:
    """Implements the `Requests` port over a world's pending queue.

    Attributes
    ----------
    refused
        Ids of payments whose messages it does not take.
    """

    world: World
    steps: Steps = field(default_factory=Steps)
    refused: set[str] = field(default_factory=set)
    bodies: list[str] = field(default_factory=list)

    def send(self, bodies: Sequence[str]) -> Sequence[bool]:
        taken = []
        for body in bodies:
            taken.append(json.loads(body).get("id") not in self.refused)
            if taken[-1]:
                self.bodies.append(body)
                self.world.queue.put(body)
        self.steps.passed()
        return taken


@dataclass(slots=True)
class FakeRows:
    """Implements the `Rows` and `StuckRows` ports over a world's table."""

    world: World

    def find(self, name: str, *, before_scan: Callable[[], None] = lambda: None) -> Sequence[Watch]:
        rows = self.world.table.rows.values()
        direct = [row for row in rows if name == str(row.key) or (name == row.key.id and not row.key.is_order)]
        if direct or "#" in name:
            return direct
        before_scan()
        return [row for row in rows if name in (row.key.id, row.order_id, row.order_number)]

    def read_many(self, keys: Iterable[PaymentKey]) -> Mapping[PaymentKey, Watch]:
        wanted = list(keys)
        assert len(wanted) == len(set(wanted)), "DynamoDB refuses to read a row twice in one call"
        return self.world.table.read_many(wanted)

    def size(self) -> tuple[int, int]:
        return len(self.world.table.rows), 1000 * len(self.world.table.rows)

    def scan(self, so_far: Callable[[int], None]) -> Iterator[Watch]:
        so_far(len(self.world.table.rows))
        return iter(self.world.table.rows.values())

    def stuck(self, now: int) -> Sequence[PaymentKey]:
        return [due.key for due in self.world.table.due(DueClass.STUCK, now, 1000)]


def waiting(world: World, longest: float = 120) -> Waiting:
    """A wait during which the functions do their work: each message is handled, and what is due is swept."""

    def sleep(seconds: float) -> None:
        world.clock.advance(seconds)
        world.sweep()
        while world.queue.waiting:
            world.take_batch()

    return Waiting(rows=FakeRows(world), clock=world.clock, sleep=sleep, longest=longest)


def idle(world: World, longest: float = 120) -> Waiting:
    """A wait during which nothing is done."""
    return Waiting(rows=FakeRows(world), clock=world.clock, sleep=world.clock.advance, longest=longest)


def dead_letters(world: World, *orders: Order) -> list[PaymentKey]:
    """Let payments stay pending to the end, each with its dead letter."""
    world.commerce_layer.put(*orders)
    for order in orders:
        world.event(order)
    for seconds in (
        world.policy.give_up,
        2 * world.policy.first,
        2 * world.policy.first,
    ):  # a refresh, then a look
        world.clock.advance(seconds)
        world.sweep()
        while world.queue.waiting:
            world.take_batch()
    assert len(world.letters.letters) == len(orders)
    return [order.payment or samples.order_key(order.id.removeprefix("order-")) for order in orders]


def forget_letters(world: World, *keys: PaymentKey) -> None:
    """Let the letters of payments expire."""
    world.letters.letters = [
        body
        for body, letter in zip(world.letters.letters, world.letters.contents, strict=True)
        if PaymentKey(letter["type"], letter["id"]) not in keys
    ]
