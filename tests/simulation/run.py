"""One run from one seed: its actors, its failures, and its result."""

from __future__ import annotations

import gc
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.simulation import circumstances
from tests.simulation.crowd import fill
from tests.simulation.kinds.registry import KINDS, ON_PURPOSE
from tests.simulation.stage import set_up
from tests.simulation.trace import age
from tests.simulation.weather import DAY, Weather
from tests.support.clock import START

if TYPE_CHECKING:
    from random import Random

    from tests.golden.tape import Tape
    from tests.simulation.kernel import Kernel
    from tests.simulation.probe import Probe
    from tests.simulation.rules import Violation
    from tests.simulation.stage import Stage

LEAST_DAYS = 20
LEAST_BUSY_DAYS = 6
SPELLS_A_DAY = 1.0
"""At most; each seed has its share of them."""

ON_PURPOSE_EVERY = 8
"""In every so manieth seed there is only what shoppers and merchants do on purpose."""

ROUNDS = 2
SLACK_DAYS = 40
"""After the last mishap, so many rounds of a payment and this many days suffice for all to come to rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Result of a run.

    Attributes
    ----------
    days
        Virtual days it took.
    story
        What happened to the payment that the first violation concerns.
    statuses
        How many payments ended how; a payment that no event announced may never have been watched.
    counts
        Invocations and their ends.
    probes
        How often each rare situation was reached.
    kinds
        How many cases there were of each kind, and how many of them broke a rule of the truth.
    """

    seed: int
    payments: int
    days: float
    violations: list[Violation]
    story: str
    statuses: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    probes: Counter[Probe] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        """Explain to a person which rules were broken, and how it came to the first."""
        rules = [f"  {each.rule} ({each.about}, {each.who}, {age(each.at).strip()})" for each in self.violations]
        return "\n".join([f"seed {self.seed}, {self.payments} payments:", *rules, self.story])


def play(seed: int, payments: int, *, stops: bool = False, tape: Tape | None = None) -> Stage:
    """Play one seed, to its end or to the first rule that is broken; a tape records what passes the ports."""
    dice = random.Random(seed)  # noqa: S311  not for secrets
    policy = circumstances.policy(dice)
    rounds = policy.give_up / DAY
    busy = max(LEAST_BUSY_DAYS, LEAST_DAYS - 1 - rounds)
    troubled = busy + rounds + 1

    def weather(kernel: Kernel, own: Random) -> Weather:
        made = Weather(kernel=kernel, dice=own, roughness=own.choice((0.2, 1.0, 1.0, 4.0)))
        made.forecast(troubled, int(troubled * SPELLS_A_DAY * own.random()))
        return made

    stage = set_up(dice, circumstances.drawn(dice, policy, troubled), weather, stops=stops, tape=tape)
    stillness = circumstances.stillness(dice, busy)
    stage.be_still(*stillness)
    fill(stage, dice, ON_PURPOSE if seed % ON_PURPOSE_EVERY == 0 else KINDS, payments, busy, stillness)
    stage.play(troubled + ROUNDS * rounds + SLACK_DAYS)
    return stage


def simulate(seed: int, payments: int, *, stops: bool = False, tape: Tape | None = None) -> Result:
    """Play one seed as `play` does, and give its result."""
    stage = play(seed, payments, stops=stops, tape=tape)
    return Result(
        seed=seed,
        payments=payments,
        days=(stage.kernel.now - START) / DAY,
        violations=stage.rules.violations,
        story=stage.story,
        statuses=stage.ends,
        counts=stage.deployment.counts,
        probes=stage.rules.probes.counts,
        kinds=stage.kinds,
    )


def simulate_uncollected(seed: int, payments: int) -> Result:
    """Run one seed without the garbage collector, which would search all that a run keeps again and again."""
    gc.disable()
    try:
        return simulate(seed, payments)
    finally:
        gc.enable()
        gc.collect()
