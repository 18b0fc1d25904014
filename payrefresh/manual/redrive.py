"""Redrives dead letters: each starts its payment's next round, also where the letter itself is gone."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import batched
from typing import TYPE_CHECKING

from payment_refresh.domain.admission import dropped
from payment_refresh.domain.messages import Request, read_message
from payment_refresh.domain.vocabulary import STUCK, Status
from payment_refresh.errors import UnreadableMessage
from payrefresh.manual.asked import was_asked
from payrefresh.manual.dead import Dead, Found
from payrefresh.manual.letters import receive_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from payment_refresh.domain.payment import PaymentKey
    from payment_refresh.domain.watch import Watch
    from payment_refresh.ports import Clock
    from payrefresh.manual.letters import Letter, Letters, StuckRows
    from payrefresh.manual.waiting import Waiting
    from payrefresh.ports import Requests, Rows

SENT_AT_ONCE = 10
"""Letters are deleted after so many were sent: as many are redriven twice, at most, where a run is killed."""


@dataclass(slots=True)
class Redriven:
    """What was sent.

    Attributes
    ----------
    refused
        What the pending queue did not take; their letters stay.
    undeleted
        Letters that were sent and could not be deleted: sent once more, they are dropped.
    """

    sent: list[Dead] = field(default_factory=list)
    refused: list[Dead] = field(default_factory=list)
    undeleted: list[Letter] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Redrive:
    """Sends letters to the pending queue, and deletes each only after that queue has its message.

    Killed at any moment, it loses nothing: a letter is in one of the queues, or its message was handled; and one
    that was sent twice starts one round.
    """

    rows: Rows
    stuck: StuckRows
    letters: Letters
    requests: Requests
    waiting: Waiting
    clock: Clock

    def find(self, so_far: Callable[[int], None] = lambda _: None) -> Found:
        """Receive all letters, and find the dead-lettered payments that have none."""
        held = receive_all(self.letters, so_far)
        try:
            return self._read(held)
        except BaseException:
            self.give_back(held)
            raise

    def _read(self, held: Sequence[Letter]) -> Found:
        unreadable: list[Letter] = []
        copies: dict[Request, list[Letter]] = {}
        for letter in held:
            try:
                copies.setdefault(read_message(letter.body), []).append(letter)
            except UnreadableMessage:
                unreadable.append(letter)
        others = max(0, self.letters.in_flight() - len(held))
        stuck = [] if others else self.stuck.stuck(int(self.clock()))
        rows = self.rows.read_many({*(request.key for request in copies), *stuck})
        for key in stuck:
            row = rows.get(key)
            if row is not None and row.status is Status.DEAD_LETTERED:
                copies.setdefault(Request(key=key, letter_round=row.round), [])
        dead = [self._dead(request, letters, rows) for request, letters in copies.items()]
        return Found(dead=dead, held=held, unreadable=unreadable, held_by_others=others)

    def _dead(self, request: Request, letters: Sequence[Letter], rows: Mapping[PaymentKey, Watch]) -> Dead:
        before = rows.get(request.key)
        named = {"type": request.key.type, "id": request.key.id, "round": request.letter_round}
        return Dead(
            request=request,
            body=letters[0].body if letters else json.dumps(named),
            letters=tuple(letters),
            before=before,
            why_not=dropped(request, before, self.clock()),
        )

    def send(self, found: Found, selected: Iterable[Dead]) -> Redriven:
        """Redrive what was selected, and release all other letters."""
        done, kept = Redriven(), {letter.id: letter for letter in found.held}
        try:
            for chunk in batched(selected, SENT_AT_ONCE, strict=False):
                taken = self.requests.send([dead.body for dead in chunk])
                sent = [dead for dead, was_taken in zip(chunk, taken, strict=True) if was_taken]
                done.sent += sent
                done.refused += [dead for dead in chunk if dead not in sent]
                letters = [letter for dead in sent for letter in dead.letters]
                failed = self.letters.delete(letters)
                done.undeleted += failed
                for letter in letters:
                    if letter not in failed:
                        del kept[letter.id]
        except BaseException:
            self.give_back(list(kept.values()))
            raise
        self.letters.release(list(kept.values()))
        return done

    def give_back(self, letters: Sequence[Letter]) -> None:
        """Release letters after a failure, which is what must be reported: they come back by themselves, too."""
        with suppress(Exception):
            self.letters.release(letters)

    def wait(self, sent: Iterable[Dead], so_far: Callable[[int], None]) -> Mapping[PaymentKey, Watch]:
        """The rows of what was sent, once each was asked; those that were not in time are left out."""
        waited = {dead.key: dead for dead in sent if dead.why_not is None}

        def is_done(row: Watch) -> bool:
            dead = waited[row.key]
            if dead.request.acknowledge is not None:
                return row.status not in STUCK
            return was_asked(dead.before, row)

        return self.waiting.until(waited, is_done, so_far)
