"""A small world of its own: the weather, the scene and the deployment of a script."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.simulation.case import Case, Gateway
from tests.simulation.crash_points import MOST_DAYS, SETTING
from tests.simulation.schedule import Mails
from tests.simulation.shop import MERCHANT
from tests.simulation.stage import Circumstances, Stage, fork, set_up
from tests.simulation.weather import HOUR, Weather
from tests.support.clock import START

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Sequence
    from random import Random

    from payment_refresh.domain.watch import Watch
    from tests.simulation.deployment import Setting
    from tests.simulation.kernel import Kernel, Script
    from tests.simulation.probe import Probe

TICK = 0.02
"""Seconds after which a script looks again whether what it waits for has come."""

PATIENCE = 2 * HOUR
"""Seconds after which it goes on without; then the world does not reach what it should, and its test fails."""


@dataclass(slots=True, kw_only=True)
class Scripted(Weather):
    """Weather in which nothing fails but what a script lets fail.

    Attributes
    ----------
    happening, refusing, slow
        The parts of the world in which it happens, that refuse single entries, and that are as slow as can be.
    """

    happening: set[str] = field(default_factory=set)
    refusing: set[str] = field(default_factory=set)
    slow: set[str] = field(default_factory=set)

    def happens(self, part: str) -> bool:
        """Say whether the script lets it happen."""
        return part in self.happening

    def refuses(self, part: str) -> bool:
        """Say whether the script lets entries be refused."""
        return part in self.refusing

    def latency(self, part: str, least: float, _most: float, slow: float) -> float:
        """Say how long one way of a call takes: the least, or the most there is."""
        return slow if part in self.slow else least


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The part of a world that one payment's script plays in."""

    stage: Stage
    weather: Scripted
    case: Case

    @property
    def row(self) -> Watch | None:
        """The first payment's row."""
        return self.stage.deployment.table.rows.get(self.case.key())

    def places(self) -> Script:
        """A shopper places an order."""
        yield from self.case.opens()
        self.case.places()

    def changes(self) -> None:
        """A merchant changes something of the order that means nothing for the payment."""
        self.case.change(MERCHANT)

    def comes(self, what: str) -> Script:
        """Wait until the trace shows this anew: for this payment, or for none."""
        lines, seen = self.stage.trace.lines, len(self.stage.trace.lines)
        until = self.stage.kernel.now + PATIENCE
        while self.stage.kernel.now < until:
            if any(op == what and self._is_mine(about) for _, _, op, about, _ in lines[seen:]):
                return
            seen = len(lines)
            yield TICK

    def _is_mine(self, about: tuple[str, ...]) -> bool:
        return not about or self.case.key().id in about


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A world's script, and the probes that it is made to reach.

    Attributes
    ----------
    acts
        The script that each payment's part follows.
    reaches
        The probes that it must reach.
    payments
        How many payments there are.
    discovers_every
        Seconds from one run of discover to the next.
    setting
        The deployment's settings.
    mails
        How order events come.
    """

    acts: Callable[[Scene], Script]
    reaches: frozenset[Probe]
    payments: int = 1
    discovers_every: float = math.inf
    setting: Setting = SETTING
    mails: Mails = field(default_factory=lambda: Mails(late=0.0, twice=0.0, bare=0.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Result of a world: the rules that were broken, with the story, and the probes that were reached."""

    violations: Sequence[str]
    story: str
    probes: Counter[Probe]

    @property
    def broken(self) -> str:
        """The rules that were broken, and how it came to the first; empty where all held."""
        return "\n".join([*self.violations, self.story]) if self.violations else ""


def visit(world: World) -> Visit:
    """Play a world to its end; the same each time."""
    dice = random.Random(1)  # noqa: S311  not for secrets
    circumstances = Circumstances(
        setting=world.setting,
        mails=world.mails,
        quiet_after=0.5,
        discovers_every=world.discovers_every,
    )
    made: list[Scripted] = []

    def weather(kernel: Kernel, own: Random) -> Weather:
        made.append(Scripted(kernel=kernel, dice=own))
        return made[0]

    stage = set_up(dice, circumstances, weather)
    for number in range(world.payments):
        case = Case(
            number=f"{number:05}",
            shop=stage.shop,
            dice=fork(dice),
            gateway=Gateway(lost=1.0, late=0.0),
            policy=world.setting.policy,
        )
        stage.kernel.play(world.acts(Scene(stage=stage, weather=made[0], case=case)), START + 1)
    stage.play(MOST_DAYS)
    return Visit(
        violations=[each.rule for each in stage.rules.violations],
        story=stage.story,
        probes=stage.rules.probes.counts,
    )
