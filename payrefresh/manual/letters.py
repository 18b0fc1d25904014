"""Dead letters as a person reads them: what the queue holds, and which payment each is about."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from payment_refresh.domain.payment import PaymentKey

HELD_FOR = 300
"""Seconds for which a letter that was received is invisible to others; it comes back by itself after that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message of the dead-letter queue that was received.

    Attributes
    ----------
    receipt
        What deletes or releases it.
    sent_at
        Epoch seconds UTC.
    """

    id: str
    receipt: str
    body: str
    sent_at: int

    @property
    def facts(self) -> Mapping[str, Any]:
        """What it says, where it is a JSON object."""
        try:
            read = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return read if isinstance(read, dict) else {}


class Letters(Protocol):
    """The dead-letter queue; each method raises where it does not answer."""

    def receive(self) -> Sequence[Letter]:
        """Receive some letters, which are held for `HELD_FOR` seconds; none where no more are visible."""
        ...

    def delete(self, letters: Sequence[Letter]) -> Sequence[Letter]:
        """Delete letters; returns those that were not."""
        ...

    def release(self, letters: Sequence[Letter]) -> Sequence[Letter]:
        """Make letters visible to everybody again; returns those that were not."""
        ...

    def in_flight(self) -> int:
        """About how many letters somebody holds, ours among them."""
        ...


class StuckRows(Protocol):
    """The index of watches that are stuck."""

    def stuck(self, now: int) -> Sequence[PaymentKey]:
        """The keys of watches that are dead-lettered or reported, the longest stuck first."""
        ...


def receive_all(letters: Letters, so_far: Callable[[int], None] = lambda _: None) -> list[Letter]:
    """Receive the whole queue; whoever calls this deletes or releases each.

    It ends early where the first letters come back, because there are more than can be held at a time.
    """
    held: dict[str, Letter] = {}
    while batch := letters.receive():
        is_new = any(letter.id not in held for letter in batch)
        held |= {letter.id: letter for letter in batch}
        so_far(len(held))
        if not is_new:
            break
    return list(held.values())
