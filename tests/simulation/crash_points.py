"""Short plays in which nothing fails but one call of one function, and all goes on."""

from __future__ import annotations

import math
import random
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from payment_refresh.domain.policy import Policy
from payment_refresh.domain.window import Window
from tests.simulation.case import Case, Gateway
from tests.simulation.deployment import Setting
from tests.simulation.habits import Habits
from tests.simulation.schedule import Mails
from tests.simulation.stage import Circumstances, Stage, fork, set_up
from tests.simulation.weather import HOUR, MINUTE, Weather
from tests.support.clock import START

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from tests.simulation.environment import Environment
    from tests.simulation.kernel import Kernel, Script
    from tests.simulation.weather import Strike

POLICY = Policy(
    give_up=2 * HOUR,
    give_up_grace=HOUR,
    cap_idle=HOUR,
    growth_idle=8.0,
    growth_busy=8.0,
    cart_ages=(45 * MINUTE, 3 * HOUR),
    cancelled_ages=(HOUR, 2 * HOUR),
    replaced_ages=(5 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR),
)
"""Short rounds of few checks."""

SETTING = Setting(policy=POLICY, window=Window(after=30 * MINUTE, placed=6 * HOUR, carts=6 * HOUR))

SHORTEST = replace(
    POLICY,
    give_up=HOUR,
    missing_after=20 * MINUTE,
    cart_ages=(45 * MINUTE, 75 * MINUTE),
    cancelled_ages=(30 * MINUTE, HOUR),
    replaced_ages=(5 * MINUTE, 30 * MINUTE, HOUR),
)
"""Rounds of even fewer checks, since every call in them is struck."""
MOST_DAYS = 5


@dataclass(frozen=True, slots=True)
class Play:
    """A course of events, and how it must end.

    Attributes
    ----------
    acts
        What shoppers, merchants, gateways and a person do.
    ends
        The status of each row at the end, by its id.
    announced
        What was sent at the end, and in which round.
    perhaps_announced
        What may have been sent besides, where a strike changed who was first.
    is_bounded
        Whether a strike leads to one more refresh at most.
    """

    acts: Callable[[Stage, Case], Script]
    ends: dict[str, str]
    announced: frozenset[str] = frozenset()
    perhaps_announced: frozenset[str] = frozenset()
    is_bounded: bool = True
    habits: Habits = field(default_factory=Habits)
    mails: Mails = field(default_factory=lambda: Mails(late=0.0, twice=0.0, bare=0.0))
    replays: float = 0.0
    discovers_every: float = math.inf


@dataclass(slots=True, kw_only=True)
class OneStrike(Weather):
    """Fair weather but for one strike, at one call of one function.

    Attributes
    ----------
    function, at, is_after, strike
        The function; the number of the call; whether after its effect; what happens to it.
    calls
        The function's calls so far.
    """

    function: str
    at: int = -1
    is_after: bool = False
    strike: Strike | None = None
    calls: list[str] = field(default_factory=list)

    def before(self, _part: str, op: str, environment: Environment) -> Strike | None:
        """Count a call, and strike it."""
        if not environment.name.startswith(self.function):
            return None
        self.calls.append(op)
        return None if self.is_after else self._now()

    def after(self, _part: str, _op: str, environment: Environment) -> Strike | None:
        """Strike the call that took effect."""
        mine = environment.name.startswith(self.function)
        return self._now() if mine and self.is_after else None

    def _now(self) -> Strike | None:
        return self.strike if len(self.calls) - 1 == self.at else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Result of a play.

    Attributes
    ----------
    calls
        Of the function that was to be struck.
    refreshes
        How many refreshes were sent.
    sendings
        How often each letter and event was taken.
    """

    broken: str
    calls: list[str]
    ends: dict[str, str]
    refreshes: int
    sendings: Counter[str]


def perform(
    play: Play, function: str, at: int = -1, *, after: bool = False, strike: Strike | None = None
) -> Outcome:
    """Perform a play, with one call of a function struck."""
    made: list[OneStrike] = []

    def weather(kernel: Kernel, dice: Random) -> Weather:
        made.append(OneStrike(kernel=kernel, dice=dice, function=function, at=at, is_after=after, strike=strike))
        return made[0]

    dice = random.Random(1)  # noqa: S311  not for secrets
    circumstances = Circumstances(
        setting=replace(SETTING, policy=SHORTEST),
        habits=play.habits,
        mails=play.mails,
        replays=play.replays,
        quiet_after=0.5,
        discovers_every=play.discovers_every,
    )
    stage = set_up(dice, circumstances, weather)
    case = Case(
        number="00000",
        shop=stage.shop,
        dice=fork(dice),
        gateway=Gateway(lost=1.0, late=0.0),
        policy=SHORTEST,
    )
    stage.kernel.play(play.acts(stage, case), START + 1)
    stage.play(MOST_DAYS)
    rules = stage.rules
    return Outcome(
        broken="\n".join([*(each.rule for each in rules.violations), stage.story]) if rules.violations else "",
        calls=made[0].calls,
        ends={key.id: row.status.value for key, row in rules.table.rows.items()},
        refreshes=sum(len(refreshes) for refreshes in stage.shop.refreshes.values()),
        sendings=Counter(
            f"{what} {round_}" for (_, round_, what), times in rules.sendings.items() for _ in range(times)
        ),
    )
