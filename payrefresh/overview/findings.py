"""Findings: what is wrong with a stack or worth knowing of it, in plain words, each with what to do. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """Whether somebody has to do something."""

    WRONG = "wrong"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing found.

    Attributes
    ----------
    name
        The alarm that stands for the same, by its logical id; or a name of its own.
    what, to_do
        Sentences; there may be nothing to do.
    """

    name: str
    what: str
    to_do: str = ""
    level: Level = Level.WRONG


def note(name: str, what: str, to_do: str = "") -> Finding:
    """Something that is worth knowing, and not wrong."""
    return Finding(name=name, what=what, to_do=to_do, level=Level.NOTE)
