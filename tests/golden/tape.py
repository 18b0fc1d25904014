"""A tape: what happened at the ports, fact by fact, in a form that names nothing of the code."""

from __future__ import annotations

import json
import lzma
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.golden.names import translated

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

RECORDED = Path(__file__).parent / "recorded"

CONTEXT = 4
"""Facts shown before the first one that differs."""

LONGEST = 300
"""Characters shown of a fact at most."""


@dataclass(slots=True)
class Tape:
    """Records facts, each with the time at which it happened.

    Attributes
    ----------
    clock
        Gives the time; epoch seconds UTC.
    """

    clock: Callable[[], float]
    facts: list[list[Any]] = field(default_factory=list)

    def note(self, kind: str, *values: object) -> None:
        """Record a fact."""
        self.facts.append([round(self.clock(), 6), kind, *values])


def save(name: str, facts: Sequence[Any]) -> None:
    """Write what a tape holds, one fact a line; the same facts make the same file."""
    lines = "".join(json.dumps(fact, separators=(",", ":")) + "\n" for fact in facts)
    (RECORDED / f"{name}.jsonl.xz").write_bytes(lzma.compress(lines.encode(), preset=9))


def load(name: str) -> list[Any]:
    """Read what was recorded, in today's names."""
    text = lzma.decompress((RECORDED / f"{name}.jsonl.xz").read_bytes()).decode()
    return [_in_todays_names(json.loads(line)) for line in text.splitlines()]


def _in_todays_names(fact: list[Any]) -> list[Any]:
    """Translate a fact but for its time and kind, which are the tape's own."""
    return [*fact[:2], *translated(fact[2:])]


def difference(recorded: Sequence[Any], replayed: Sequence[Any]) -> str | None:
    """Say where two recordings part, with what came before; None where they are the same."""
    plain = json.loads(json.dumps(replayed))
    pairs = zip(recorded, plain, strict=False)
    at = next((number for number, (old, new) in enumerate(pairs) if old != new), min(len(recorded), len(plain)))
    if at == len(recorded) == len(plain):
        return None
    before = [f"  {_shown(fact)}" for fact in recorded[max(0, at - CONTEXT) : at]]
    old, new = (_shown(facts[at]) if at < len(facts) else "(the end)" for facts in (recorded, plain))
    return "\n".join([f"fact {at} of {len(recorded)} differs:", *before, f"- {old}", f"+ {new}"])


def _shown(fact: object) -> str:
    text = json.dumps(fact)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
