"""The crowd of a run: cases of all kinds, single or in groups, most of them in bursts, and what a person asks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.simulation.case import Case, Gateway
from tests.simulation.stage import fork
from tests.simulation.weather import DAY, HOUR
from tests.support.clock import START

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from payment_refresh.domain.payment import PaymentKey
    from tests.simulation.kinds.kind import Kind
    from tests.simulation.stage import Stage

BURSTS = 10
BURSTS_IN_STILLNESS = 2

SILENT = 0.1
"""Share of the orders of which no event ever comes, whatever their kind."""

ASKED = 20
"""Of so many payments, a person asks for one."""


def fill(
    stage: Stage,
    dice: Random,
    kinds: Sequence[Kind],
    payments: int,
    days: float,
    stillness: tuple[float, float],
) -> None:
    """Plan so many cases, on so many days, and what a person asks by hand."""
    bursts = [START + dice.uniform(0, days * DAY) for _ in range(BURSTS)]
    begins, ends = stillness
    bursts += [dice.uniform(begins, ends - 2 * HOUR) for _ in range(BURSTS_IN_STILLNESS)]
    gateway = Gateway(lost=dice.choice((0.05, 0.3, 0.3, 1.0)), late=0.15)
    crowd = _Crowd(stage=stage, dice=dice, gateway=gateway, bursts=bursts, until=START + days * DAY)
    weights = [kind.weight for kind in kinds]
    while len(crowd.names) < payments:
        (kind,) = dice.choices(kinds, weights)
        crowd.plan(kind, min(dice.randint(*kind.group), payments - len(crowd.names)))
    patience = stage.deployment.setting.policy.give_up
    for _ in range(payments // ASKED):
        at = dice.uniform(START, crowd.until + patience)
        stage.kernel.at(at, lambda: stage.schedule.ask(crowd.names))


@dataclass(slots=True, kw_only=True)
class _Crowd:
    """Plans the cases of a run.

    Attributes
    ----------
    bursts
        When most of them come.
    until
        When no new ones come any more.
    names
        The first payment of each case.
    """

    stage: Stage
    dice: Random
    gateway: Gateway
    bursts: Sequence[float]
    until: float
    names: list[PaymentKey] = field(default_factory=list)
    _groups: int = 0

    def plan(self, kind: Kind, size: int) -> None:
        """Plan one case, or a group of them, to all of which the same thing happens at one moment."""
        self._groups += 1
        policy, began = self.stage.deployment.setting.policy, self._some_time()
        moment = began + self.dice.uniform(*kind.within) * policy.give_up
        is_group = kind.group[1] > 1
        for _ in range(size):
            case = Case(
                number=f"{len(self.names):05}",
                shop=self.stage.shop,
                dice=fork(self.dice),
                gateway=self.gateway,
                policy=policy,
                kind=kind.name,
                account=f"{kind.name}-{self._groups}" if is_group else "main",
                moment=moment,
                silent=self.stage.schedule.silent,
                truth=kind.truth,
            )
            if self.dice.random() < SILENT:
                self.stage.schedule.silent.add(case.order_id)
            at = began + self.dice.random() * (moment - began) if is_group else self._some_time()
            self.stage.kernel.play(kind.script(case), min(at, self.until))
            self.stage.rules.cases[case.number] = case
            self.names.append(case.key())

    def _some_time(self) -> float:
        if self.dice.random() < 0.7:
            return self.dice.choice(self.bursts) + self.dice.expovariate(1 / HOUR)
        return START + (self.until - START) * self.dice.random()
