"""The simulated worlds whose behaviour is recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.golden.tape import Tape, difference, load, save
from tests.simulation.run import simulate

if TYPE_CHECKING:
    from collections.abc import Sequence

SEEDS = range(1, 13)
CI_SEEDS = range(1, 4)
"""The seeds that `make test` replays; `make simulate` replays all."""

PAYMENTS = 60


def play(seed: int) -> Sequence[Any]:
    """Play a world and give all that passed through its ports."""
    tape = Tape(clock=lambda: 0.0)
    result = simulate(seed, PAYMENTS, tape=tape)
    ends = sorted((str(status), count) for status, count in result.statuses.items())
    return [*tape.facts, ["end", result.days, ends]]


def record(seed: int) -> int:
    """Record a world; gives the number of facts."""
    facts = play(seed)
    save(_name(seed), facts)
    return len(facts)


def replay(seed: int) -> str | None:
    """Play a world again; says where it parts from what was recorded, None where it does not."""
    return difference(load(_name(seed)), play(seed))


def _name(seed: int) -> str:
    return f"seed-{seed:02}"
