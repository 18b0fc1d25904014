"""Looks for a planted bug, seed by seed, until a rule is broken; for some there is a world of their own."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.simulation.bugs import BUGS
from tests.simulation.run import simulate
from tests.simulation.world import visit
from tests.simulation.worlds import WORLDS

PAYMENTS = 100
"""Of a run that looks for a bug."""

OWN_WORLDS = {
    "believe_a_404_without_its_code": "left out of lists, and answered by the edge",
    "believe_an_absence_without_the_orders_word": "left out of lists, and found by its order alone",
    "lose_letters_that_come_early": "redriven before its event was sent",
    "check_the_backlog_first": "behind a backlog",
    "take_a_look_for_an_event": "asked for by its order",
    "stop_a_whole_payment_type": "behind a broken gateway",
}
"""The worlds in which bugs show that hardly any seed would meet."""


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
    """Run seeds with a bug until one catches it, or so many were run; a world of its own counts as a seed."""
    if bug in OWN_WORLDS:
        with pytest.MonkeyPatch.context() as patch:
            BUGS[bug](patch)
            seen = visit(WORLDS[OWN_WORLDS[bug]])
        return Catch(bug, 1, seen.violations[0] if seen.violations else None)
    for seed in range(first, first + most):
        with pytest.MonkeyPatch.context() as patch:
            BUGS[bug](patch)
            result = simulate(seed, PAYMENTS, stops=True)
        if result.violations:
            return Catch(bug, seed - first + 1, result.violations[0].rule)
    return Catch(bug, most, None)
