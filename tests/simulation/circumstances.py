"""Circumstances of a run, drawn: the policy, the settings, the habits of the shop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payment_refresh.domain.deployment import RunMode
from payment_refresh.domain.policy import Policy, RefreshCancelled
from payment_refresh.domain.window import Window
from tests.simulation.deployment import Setting
from tests.simulation.habits import Habits
from tests.simulation.schedule import Mails
from tests.simulation.stage import Circumstances
from tests.simulation.weather import DAY, HOUR, MINUTE
from tests.support.clock import START

if TYPE_CHECKING:
    from random import Random

LONG = 6 * DAY
"""Seconds from which on a round is long."""

STILL = DAY
"""Seconds in which nothing fails, once in each run."""


def policy(dice: Random) -> Policy:
    """Rules under which a payment is checked a few dozen times, not hundreds."""
    give_up = dice.choice((3, 6, 6, 10, 20)) * DAY
    return Policy(
        # What fails for good is asked every 15 of these: some hundred times in any round.
        first=(2 if give_up < LONG else 5) * MINUTE,
        give_up=give_up,
        growth_idle=dice.choice((1.0, 2.0, 4.0)),
        cap_idle=dice.choice((18, 24, 36)) * HOUR,
        cart_ages=(45 * MINUTE, DAY, min(10 * DAY, give_up * 4 // 5)),
        cancelled_ages=(HOUR, DAY, give_up * 2 // 5, give_up * 3 // 5),
        replaced_ages=(5 * MINUTE, HOUR, DAY, give_up * 2 // 5),
        refresh_cancelled=dice.choice((RefreshCancelled.SAFE, *RefreshCancelled)),
    )


def drawn(dice: Random, rules: Policy, troubled: float) -> Circumstances:
    """Draw all that differs from one world to another."""
    return Circumstances(
        setting=Setting(
            policy=rules,
            window=Window(after=30 * MINUTE, placed=rules.give_up, carts=dice.choice((None, 48 * HOUR))),
            run_mode=RunMode.OBSERVE if dice.random() < 0.05 else RunMode.REFRESH,
            act_after=START + dice.choice((-1, -1, -1, 0, 2)) * DAY,
            calls_per_minute=dice.choice((100, 100, 30)),
        ),
        habits=_habits(dice),
        mails=Mails(lost=dice.choice((0.0, 0.1, 0.3, 1.0))),
        replays=dice.choice((0.0, 0.3, 0.7)),
        acknowledges=dice.choice((0.0, 0.3)),
        quiet_after=troubled,
        # Where they come less often than deployed, more falls due at once.
        sweeps_every=dice.choice((1, *(10, 15, 30, 60, 60, 60) * 2)) * MINUTE,
        discovers_every=dice.choice((15, 60, 60)) * MINUTE,
        sources_listed=dice.random() < 0.8,
    )


def stillness(dice: Random, busy: float) -> tuple[float, float]:
    """Draw when nothing fails for a while, on days on which orders come."""
    begins = START + dice.uniform(0.2, 0.7) * busy * DAY
    return begins, begins + STILL


def _habits(dice: Random) -> Habits:
    def perhaps(share: float) -> bool:
        return dice.random() < share

    return Habits(
        forces=perhaps(0.5),
        forces_placed=perhaps(0.4),
        captures=perhaps(0.5),
        touches=perhaps(0.3),
        declines=perhaps(0.3),
        repeats=perhaps(0.5),
        shows_order=perhaps(0.8),
        shows_source=perhaps(0.8),
        by_bus=perhaps(0.3),
        shows_authorizations=perhaps(0.9),
        shows_reversals=perhaps(0.8),
        shows_account=perhaps(0.8),
    )
