"""Breakages of a healthy shop, and what `payrefresh doctor` found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.operating.command import Command, Ran
    from tests.operating.healthy import Shop

type Act = Callable[[Shop], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakage:
    """One thing that can break.

    Attributes
    ----------
    red
        The check that turns red.
    says
        What it has to say.
    remedy
        What stands in its remedy, or in one of its commands.
    unasked
        Checks that cannot be asked meanwhile.
    """

    name: str
    break_it: Act
    mend_it: Act
    red: str
    says: str
    remedy: str
    unasked: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Examined:
    """What the command found: exit status, findings by their checks' names, and what it says of its failures."""

    status: int
    err: str
    findings: dict[str, Any]

    def named(self, state: str) -> set[str]:
        return {name for name, finding in self.findings.items() if finding["state"] == state}


def examined(command: Command) -> Examined:
    ran = command("doctor", "--json")
    return Examined(ran.status, failures(ran), {finding["name"]: finding for finding in ran.json["checks"]})


def failures(ran: Ran) -> str:
    """What stands on standard error but for the progress, of which a slow machine sees some."""
    return "".join(line for line in ran.err.splitlines(keepends=True) if not line.startswith("examining"))
