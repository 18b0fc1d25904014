"""The world put together: Commerce Layer, AWS and the deployment between them, on one clock."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from payment_refresh.domain.modes import RunMode
from tests.simulation.deployment import Deployment
from tests.simulation.ends import End
from tests.simulation.kernel import Kernel
from tests.simulation.listing import KeptListing
from tests.simulation.mailbox import Mailbox
from tests.simulation.rules import Rules
from tests.simulation.schedule import Mails, Schedule
from tests.simulation.shop import Habits, Shop
from tests.simulation.trace import Trace, number_of
from tests.simulation.weather import DAY, MINUTE, Weather
from tests.support.circuits import FakeCircuits
from tests.support.clock import START
from tests.support.commerce_layer import FakeCommerceLayer
from tests.support.cursor import FakeCursorTable
from tests.support.event_bus import FakeEventBus
from tests.support.indexed_table import IndexedStateTable
from tests.support.queues import FakeDeadLetterQueue, FakePendingQueue
from tests.support.rate_limiter import FakeRateItem
from tests.support.tokens import FakeTokens

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from payment_refresh.domain.watch import Watch
    from tests.golden.tape import Tape
    from tests.simulation.deployment import Setting

NEVER_WATCHED = "never_watched"
"""A payment of which no event ever came, and which was through before discover had to look for it."""

LAGS = (0.05, 0.5, 90.0)
"""Seconds by which the due index is behind, where it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """All that differs from one world to another.

    Attributes
    ----------
    quiet_after
        Days until a person stops, and some time later discover.
    sources_listed
        Whether discover's lists tell the payment sources.
    """

    setting: Setting
    habits: Habits = field(default_factory=Habits)
    mails: Mails = field(default_factory=Mails)
    replays: float = 0.0
    quiet_after: float
    sweeps_every: int = MINUTE
    discovers_every: float = 15 * MINUTE
    sources_listed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The parts of a world that plays go on in, and those that tell how it went."""

    kernel: Kernel
    trace: Trace
    shop: Shop
    rules: Rules
    deployment: Deployment
    schedule: Schedule

    def play(self, days: float) -> None:
        """Play on until all has come to rest, which it must within so many days; then check how it stands."""
        self.schedule.plan_discover()
        rests = self.kernel.run(START + days * DAY)
        if self.rules.stops and self.rules.violations:
            return
        if not rests:
            self.rules.broken("1: never came to rest", "")
        End(rules=self.rules, schedule=self.schedule).check()

    @property
    def ends(self) -> Counter[str]:
        """How many payments ended how: by the payment's own row, else by its order's, if there ever was one."""
        rows: dict[str, list[Watch]] = {}
        for key, row in self.rules.table.rows.items():
            rows.setdefault(number_of(key.id), []).append(row)
        ends: Counter[str] = Counter()
        for order_id in self.shop.history:
            current = self.shop.api.orders[order_id].payment
            mine = rows.get(number_of(order_id), [])
            last = max(mine, key=lambda row: (not row.key.is_order, row.key == current, row.key), default=None)
            ends[NEVER_WATCHED if last is None else last.status.value] += 1
        return ends

    @property
    def story(self) -> str:
        """What happened to the payment that the first broken rule concerns."""
        first = self.rules.violations[0] if self.rules.violations else None
        return self.trace.timeline(number_of(first.about)) if first and first.about else ""


def set_up(
    dice: Random,
    circumstances: Circumstances,
    weather: Callable[[Kernel, Random], Weather],
    *,
    stops: bool = False,
    tape: Tape | None = None,
) -> Stage:
    """Put a world together.

    Parameters
    ----------
    weather
        Makes what goes wrong, from a clock and dice of its own.
    stops
        Whether all ends with the first rule that is broken.
    tape
        Notes what passes the deployment's ports, where one is given.
    """
    kernel = Kernel(START)
    if tape is not None:
        tape.clock = lambda: kernel.now
    trace, skies = Trace(kernel), weather(kernel, fork(dice))
    setting = circumstances.setting
    lags = fork(dice)
    table = IndexedStateTable(
        clock=lambda: kernel.now, lag=lambda: lags.choice(LAGS) if skies.happens("index") else 0.0
    )
    api = FakeCommerceLayer(tells_order=circumstances.habits.tells_order)
    shop = Shop(kernel=kernel, dice=fork(dice), trace=trace, api=api, habits=circumstances.habits)
    rules = Rules(
        kernel=kernel,
        shop=shop,
        table=table,
        trace=trace,
        policy=setting.policy,
        observes=setting.run_mode is RunMode.OBSERVE,
        act_after=setting.act_after,
        stops=stops,
    )
    mailbox = Mailbox(
        kernel=kernel,
        weather=skies,
        trace=trace,
        dice=fork(dice),
        pending=FakePendingQueue(),
        letters=FakeDeadLetterQueue(),
    )
    deployment = Deployment(
        kernel=kernel,
        dice=fork(dice),
        weather=skies,
        trace=trace,
        rules=rules,
        setting=setting,
        shop=shop,
        mailbox=mailbox,
        table=table,
        bus=FakeEventBus(),
        listing=KeptListing(commerce_layer=api, shop=shop, tells_source=circumstances.sources_listed),
        cursors=FakeCursorTable(),
        item=FakeRateItem(),
        circuits=FakeCircuits(clock=lambda: kernel.now, on_half_open=rules.probes.half_opened),
        tokens=FakeTokens(),
        tape=tape,
    )
    schedule = Schedule(
        kernel=kernel,
        dice=fork(dice),
        weather=skies,
        deployment=deployment,
        mails=circumstances.mails,
        replays=circumstances.replays,
        until=START + circumstances.quiet_after * DAY,
        sweeps_every=circumstances.sweeps_every,
        discovers_every=circumstances.discovers_every,
    )
    shop.tell = schedule.order_changed
    mailbox.on_message, mailbox.on_letter = schedule.message_at, schedule.letter_came
    rules.on_write = schedule.plan_sweep
    return Stage(kernel=kernel, trace=trace, shop=shop, rules=rules, deployment=deployment, schedule=schedule)


def fork(dice: Random) -> Random:
    """Make dice of its own for a part, so that what one part draws changes nothing for the others."""
    return random.Random(dice.getrandbits(64))  # noqa: S311  not for secrets
