"""Record of a run, line by line: its digest tells runs apart, its lines are the story of a payment."""

from __future__ import annotations

import hashlib
from dataclasses import MISSING, dataclass, field, fields
from typing import TYPE_CHECKING, Any, NamedTuple

from payment_refresh.domain.watch import Watch
from tests.support.clock import START

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.simulation.kernel import Kernel

ROW_FACTS = (
    "status",
    "round",
    "due_at",
    "claim",
    "claims",
    "isolated_attempts",
    "event_during_lease",
    "consecutive_failures",
    "last_error",
    "refreshes",
    "look_only",
    "settled_by",
    "notice",
    "reason",
    "outbox",
)
"""What of a row a timeline shows, where it changed."""


NOTHING: Mapping[str, object] = {
    each.name: None if each.default is MISSING else each.default
    for each in fields(Watch)
    if each.name in ROW_FACTS
}
"""A new row's facts before it was written: defaults are not shown."""


def number_of(name: str) -> str:
    """Say whose story a name of an order or a payment belongs to (``o00042``, ``p00042b``)."""
    return name[1:6]


def age(at: float) -> str:
    """Write a time as days, hours, minutes and seconds since the run began."""
    seconds = at - START
    days, rest = divmod(seconds, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    return f"{days:2.0f}d {hours:02.0f}:{minutes:02.0f}:{rest:06.3f}"


class Written(NamedTuple):
    """A row before and after a write; few of them are ever shown."""

    old: Watch | None
    new: Watch

    def __str__(self) -> str:
        """Say which facts of the row the write changed."""
        before = NOTHING if self.old is None else {name: getattr(self.old, name) for name in ROW_FACTS}
        after = {name: getattr(self.new, name) for name in ROW_FACTS}
        return " ".join(f"{name}={_shown(name, after[name])}" for name in ROW_FACTS if before[name] != after[name])


type Line = tuple[float, str, str, tuple[str, ...], str | Written]
"""When, who, what, about which orders and payments, and more of it."""


@dataclass(slots=True)
class Trace:
    """Records what happens, at virtual time."""

    kernel: Kernel
    lines: list[Line] = field(default_factory=list)

    def note(self, who: str, what: str, *about: str, detail: str | Written = "") -> None:
        """Record that somebody did something about orders or payments, given by their ids."""
        self.lines.append((self.kernel.now, who, what, about, detail))

    def digest(self) -> str:
        """Sum the whole run up."""
        total = hashlib.sha256()
        for line in self.lines:
            total.update(repr((*line[:-1], str(line[-1]))).encode())
        return total.hexdigest()

    def timeline(self, number: str) -> str:
        """Give the story of one payment."""
        return "\n".join(
            f"{age(at)}  {who:18} {what:22} {' '.join(mine)} {detail}".rstrip()
            for at, who, what, about, detail in self.lines
            if (mine := [name for name in about if number_of(name) == number])
        )


def _shown(name: str, value: Any) -> str:
    if isinstance(value, frozenset):
        return "+".join(sorted(value)) or "nothing"
    return age(value) if name == "due_at" and value is not None else str(value)
