"""The queue's free places, and who gets them: first checks, then other placed orders, then carts."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, islice
from operator import attrgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payment_refresh.domain.watch import Due

SPARED = 10
"""One place in so many is for what has waited longest, whatever its class, so that nothing waits for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What is due, as far as it was read; oldest first where nothing else is said.

    Attributes
    ----------
    newest
        First checks, newest first: so a backlog of them does not delay the one that just fell due.
    elders
        The oldest of each class.
    placed
        Placed orders that were checked before.
    confirm
        Absences to be confirmed by single calls.
    """

    newest: Sequence[Due]
    elders: Sequence[Due]
    placed: Sequence[Due]
    confirm: Sequence[Due] = ()
    carts: Sequence[Due] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Free places.

    Attributes
    ----------
    free
        How many there are.
    placed
        How many of them placed orders may have.
    spared
        How many of these are for what has waited longest.
    confirms
        How many may be for absences to be confirmed.
    """

    free: int
    placed: int
    spared: int
    confirms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Who gets the places, in this order.

    Attributes
    ----------
    is_short
        Whether placed orders were left that there was no place for.
    unserved
        Carts, and absences to be confirmed, that were left.
    """

    watches: Sequence[Due]
    is_short: bool
    unserved: int


def choose(waiting: Waiting, places: Places) -> Chosen:
    """Give the places away.

    Placed orders come first, but for what is spared for the oldest and reserved for confirmations. Where all of
    them have a place, carts get what is left, and half of all at most.
    """
    reserved = min(places.confirms, len(waiting.confirm), places.free // 2)
    most = min(places.placed, places.free - reserved)
    elders = sorted(waiting.elders, key=attrgetter("due_at"))[: min(places.spared, most)]
    line = chain(waiting.newest[: most - len(elders)], elders, waiting.newest, waiting.placed)
    chosen = dict.fromkeys(islice(dict.fromkeys(line), most))
    is_short = any(due not in chosen for due in chain(waiting.newest, waiting.placed))
    carts = [due for due in waiting.carts if due not in chosen]
    half = max(1, places.free // 2) - (len(waiting.carts) - len(carts))
    left = min(places.free - len(chosen), half)
    others = [*waiting.confirm[: min(left, places.confirms)]]
    if not is_short:
        others += carts[: max(0, left - len(others))]
    return Chosen(
        watches=[*chosen, *others],
        is_short=is_short,
        unserved=len(waiting.confirm) + len(carts) - len(others),
    )
