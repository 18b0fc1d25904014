"""Results of the rows, as a table and as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Result of a row.

    Attributes
    ----------
    payments
        Those that the row's orders had.
    struck
        How many calls, batch entries or processes the fault met.
    lost, mismatched
        A sentence for each payment that was lost, or that ended otherwise than the gateway decided.
    unfinished
        What was still open when time was up.
    repeated
        Dead letters and outcome events that were sent once more.
    refreshes
        PATCH calls that arrived.
    recovered_s
        Seconds from the fault's end until nothing was open any more.
    figures
        What else was measured.
    """

    fault: str
    meaning: str
    payments: int
    struck: int
    lost: tuple[str, ...] = ()
    mismatched: tuple[str, ...] = ()
    unfinished: tuple[str, ...] = ()
    repeated: int = 0
    refreshes: int = 0
    recovered_s: float | None = None
    wall_s: float = 0.0
    figures: Mapping[str, float] = field(default_factory=dict)

    def failures(self) -> list[str]:
        """Return what is wrong, one sentence each."""
        wrong = [*self.lost, *self.mismatched, *self.unfinished]
        if not self.struck and self.fault != "none":
            wrong.append("the fault never struck, so nothing was shown")
        return [f"{self.fault}: {each}" for each in wrong]

    def as_json(self) -> dict[str, Any]:
        """Return it under the names that others rely on."""
        return {
            "fault": self.fault,
            "meaning": self.meaning,
            "payments": self.payments,
            "struck": self.struck,
            "lost": len(self.lost),
            "mismatched": len(self.mismatched),
            "repeated": self.repeated,
            "refresh_calls": self.refreshes,
            "recovered_s": None if self.recovered_s is None else round(self.recovered_s, 1),
            "wall_s": round(self.wall_s, 1),
            "failures": self.failures(),
            **({"figures": dict(self.figures)} if self.figures else {}),
        }


def write(outcomes: Sequence[Outcome], path: Path, more: Mapping[str, Any]) -> None:
    """Write the JSON; folders are made as needed."""
    document = {"rows": [outcome.as_json() for outcome in outcomes], **more}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2) + "\n")


def table(outcomes: Sequence[Outcome]) -> Table:
    """Return the closing table."""
    made = Table(title="What became of the payments while something failed", title_justify="left")
    made.add_column("fault", no_wrap=True)
    for name in ("payments", "struck", "lost", "mismatched", "repeated", "time to recover"):
        made.add_column(name, justify="right")
    for outcome in outcomes:
        recovered = "never" if outcome.recovered_s is None else f"{outcome.recovered_s:.0f} s"
        counts = (outcome.payments, outcome.struck, len(outcome.lost), len(outcome.mismatched), outcome.repeated)
        made.add_row(outcome.fault, *map(str, counts), recovered)
    return made
