"""One run from one seed: its actors, its failures, and its result."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from payment_refresh.domain.discovery import Window
from payment_refresh.domain.modes import RunMode
from payment_refresh.domain.policy import Policy
from tests.simulation.deployment import Setting
from tests.simulation.schedule import Mails
from tests.simulation.shop import Habits
from tests.simulation.stage import Circumstances, Stage, fork, set_up
from tests.simulation.stories import STORIES, Case, Gateway
from tests.simulation.trace import age
from tests.simulation.weather import DAY, HOUR, MINUTE, Weather
from tests.support.clock import START

if TYPE_CHECKING:
    from random import Random

    from tests.golden.tape import Tape
    from tests.simulation.kernel import Kernel
    from tests.simulation.probes import Probe
    from tests.simulation.rules import Violation

LEAST_DAYS = 20
LEAST_BUSY_DAYS = 6
BURSTS = 12
SPELLS_A_DAY = 1.0
"""At most; each seed has its share of them."""

ROUNDS = 2
SLACK_DAYS = 40
"""After the last mishap, so many rounds of a payment and this many days suffice for all to come to rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Result of a run.

    Attributes
    ----------
    digest
        Of everything that happened.
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
    """

    seed: int
    payments: int
    digest: str
    days: float
    violations: list[Violation]
    story: str
    statuses: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    probes: Counter[Probe] = field(default_factory=Counter)

    def __str__(self) -> str:
        """Explain to a person which rules were broken, and how it came to the first."""
        rules = [f"  {each.rule} ({each.about}, {each.who}, {age(each.at).strip()})" for each in self.violations]
        return "\n".join([f"seed {self.seed}, {self.payments} payments:", *rules, self.story])


def simulate(seed: int, payments: int, *, stops: bool = False, tape: Tape | None = None) -> Result:
    """Run one seed, to its end or to the first rule that is broken; a tape records what passes the ports."""
    dice = random.Random(seed)  # noqa: S311  not for secrets
    policy = _policy(dice)
    rounds = policy.give_up / DAY
    busy = max(LEAST_BUSY_DAYS, LEAST_DAYS - 1 - rounds)
    troubled = busy + rounds + 1

    def weather(kernel: Kernel, own: Random) -> Weather:
        made = Weather(kernel=kernel, dice=own, roughness=own.choice((0.2, 1.0, 1.0, 4.0)))
        made.forecast(troubled, int(troubled * SPELLS_A_DAY * own.random()))
        return made

    stage = set_up(dice, _circumstances(dice, policy, troubled), weather, stops=stops, tape=tape)
    _people(stage, dice, payments, busy)
    stage.play(troubled + ROUNDS * rounds + SLACK_DAYS)
    return Result(
        seed=seed,
        payments=payments,
        digest=stage.trace.digest(),
        days=(stage.kernel.now - START) / DAY,
        violations=stage.rules.violations,
        story=stage.story,
        statuses=stage.ends,
        counts=stage.deployment.counts,
        probes=stage.rules.probes.counts,
    )


def _policy(dice: Random) -> Policy:
    """Rules under which a payment is checked a few dozen times, not hundreds."""
    return Policy(
        give_up=dice.choice((3, 6, 10, 20)) * DAY,
        growth_idle=dice.choice((0.4, 0.7, 1.0)),
        cap_idle=dice.choice((8, 16, 24)) * HOUR,
    )


def _circumstances(dice: Random, policy: Policy, troubled: float) -> Circumstances:
    return Circumstances(
        setting=Setting(
            policy=policy,
            window=Window(after=30 * MINUTE, placed=policy.give_up, carts=dice.choice((None, 48 * HOUR))),
            run_mode=RunMode.OBSERVE if dice.random() < 0.05 else RunMode.REFRESH,
            act_after=START + dice.choice((0, 0, 0, 2)) * DAY,
        ),
        habits=_habits(dice),
        mails=Mails(lost=dice.choice((0.0, 0.1, 0.3, 1.0))),
        replays=dice.choice((0.0, 0.3, 0.7)),
        quiet_after=troubled,
        # Where they come less often than deployed, more falls due at once.
        sweeps_every=dice.choice((1, 10, 30, 60)) * MINUTE,
        discovers_every=dice.choice((15, 60)) * MINUTE,
        sources_listed=dice.random() < 0.8,
    )


def _habits(dice: Random) -> Habits:
    def perhaps(share: float) -> bool:
        return dice.random() < share

    return Habits(
        forces=perhaps(0.5),
        captures=perhaps(0.5),
        touches=perhaps(0.3),
        declines=perhaps(0.3),
        repeats=perhaps(0.5),
        shows_order=perhaps(0.8),
        shows_source=perhaps(0.8),
    )


def _people(stage: Stage, dice: Random, payments: int, days: float) -> None:
    """Plan all stories, most of them in bursts, and what a person asks by hand."""
    schedule, policy = stage.schedule, stage.deployment.setting.policy
    gateway = Gateway(lost=dice.choice((0.05, 0.3, 0.3, 1.0)), late=0.15)
    stories, weights = list(STORIES), list(STORIES.values())
    bursts = [dice.uniform(0, days * DAY) for _ in range(BURSTS)]
    names = []
    for number in range(payments):
        story = dice.choices(stories, weights)[0]
        case = Case(
            number=f"{number:05}", shop=stage.shop, dice=fork(dice), gateway=gateway, patience=policy.give_up
        )
        at = (
            dice.choice(bursts) + dice.expovariate(1 / HOUR) if dice.random() < 0.7 else days * DAY * dice.random()
        )
        if dice.random() < 0.1:
            schedule.silent.add(case.order_id)
        stage.kernel.play(story(case), START + min(at, days * DAY))
        names.append(case.key())
    for _ in range(payments // 20):
        at = START + dice.uniform(0, days * DAY + policy.give_up)
        stage.kernel.at(at, lambda: schedule.ask(names))
