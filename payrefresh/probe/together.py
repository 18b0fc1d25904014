"""Search for what an API accepts of several things: all together, or each but not together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from payrefresh.probe.ports import Answer


@dataclass(frozen=True, slots=True)
class Accepted:
    """What was accepted.

    Attributes
    ----------
    refused
        Names that are refused also alone, with the answers.
    most
        How many of the others are accepted together; 0 for all.
    left
        Names that can be asked together.
    """

    left: tuple[str, ...]
    refused: Mapping[str, Answer] = field(default_factory=dict)
    most: int = 0


def accepted(names: Sequence[str], ask: Callable[[Sequence[str]], Answer]) -> Accepted:
    """Ask with all names; where that is refused, with each alone, then with ever more of the good ones."""
    if ask(names).ok:
        return Accepted(tuple(names))
    alone = {name: ask([name]) for name in names}
    refused = {name: answer for name, answer in alone.items() if not answer.ok}
    good = tuple(name for name in names if name not in refused)
    if len(good) < 2 or (refused and ask(good).ok):
        return Accepted(good, refused)
    most = next((n - 1 for n in range(2, len(good) + 1) if not ask(good[:n]).ok), 0)
    return Accepted(good[: most or None], refused, most)


def refused_as(refused: Mapping[str, Answer], documented: str) -> str:
    """The answer that stands for the refusals where it is not the documented one; else nothing."""
    said = [answer.said for answer in refused.values()]
    return said[0] if said and said[0] != documented else ""


def listed(refused: Mapping[str, Answer]) -> str:
    """Name what is refused, with the answers."""
    return ", ".join(f"{name} ({answer.said})" for name, answer in refused.items())


def largest(ask: Callable[[int], bool], highest: int) -> int:
    """Give the largest number that is accepted, from 1 to ``highest``, by halving; 0 for none."""
    low, high = 0, highest
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if ask(middle) else (low, middle - 1)
    return low
