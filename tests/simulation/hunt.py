"""Looks for a planted bug, seed by seed, until a rule is broken."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.simulation.bugs import BUGS
from tests.simulation.run import simulate

PAYMENTS = 100
"""Of a run that looks for a bug."""


@dataclass(frozen=True, slots=True)
class Catch:
    """Result of the hunt for a planted bug.

    Attributes
    ----------
    seeds
        How many seeds were run.
    rule
        The rule by which it was caught; None where it was not.
    """

    bug: str
    seeds: int
    rule: str | None


def hunt(bug: str, first: int = 1, most: int = 20) -> Catch:
    """Run seeds with a bug until one catches it, or so many were run."""
    for seed in range(first, first + most):
        with pytest.MonkeyPatch.context() as patch:
            BUGS[bug](patch)
            result = simulate(seed, PAYMENTS, stops=True)
        if result.violations:
            return Catch(bug, seed - first + 1, result.violations[0].rule)
    return Catch(bug, most, None)
