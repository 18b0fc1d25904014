"""The world put together: Commerce Layer, AWS and the deployment between them, on one clock."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from payment_refresh.domain.deployment import RunMode
from payment_refresh.rate_limit.budget import READS
from tests.simulation.commerce import SimulatedCommerceLayer
from tests.simulation.deployment import Deployment
from tests.simulation.ends import End
from tests.simulation.habits import Habits
from tests.simulation.kernel import Kernel
from tests.simulation.listing import KeptListing
from tests.simulation.mailbox import Mailbox
from tests.simulation.prompt import FirstChecks
from tests.simulation.rules import Rules
from tests.simulation.schedule import Mails, Schedule
from tests.simulation.shop import Shop
from tests.simulation.trace import Trace, number_of
from tests.simulation.weather import DAY, HOUR, MINUTE, Chances, Spell, Weather
from tests.support.circuits import FakeCircuits
from tests.support.clock import START
from tests.support.cursor import FakeCursorTable
from tests.support.event_bus import FakeEventBus
from tests.support.indexed_table import IndexedStateTable
from tests.support.queues import FakeDeadLetterQueue, FakePendingQueue
from tests.support.quick_watches import quick_watches
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

MOST_AT_ONCE = 1.5
"""First checks that fall due in a sweep's time, as a share of a minute's calls, and leave some of the budget."""

OUTAGE = 2 * HOUR
"""Seconds of an outage that leaves a backlog."""

LAGS = (0.05, 0.5, 90.0)
"""Seconds by which the due index is behind, where it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """Everything that differs from one world to another.

    Attributes
    ----------
    quiet_after
        Days until a person stops, and some time later discover.
    sources_listed
        Whether discover's lists include the payment sources.
    """

    setting: Setting
    habits: Habits = field(default_factory=Habits)
    mails: Mails = field(default_factory=Mails)
    replays: float = 0.0
    acknowledges: float = 0.0
    quiet_after: float
    sweeps_every: int = MINUTE
    discovers_every: float = 15 * MINUTE
    sources_listed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The parts of a world that plays go on in, and those that record how it went."""

    kernel: Kernel
    trace: Trace
    weather: Weather
    shop: Shop
    rules: Rules
    deployment: Deployment
    schedule: Schedule

    def play(self, days: float) -> None:
        """Play on until all has come to rest, which it must within so many days; then check how it stands."""
        self.schedule.plan_discover()
        with quick_watches():
            rests = self.kernel.run(START + days * DAY)
        if self.rules.stops and self.rules.violations:
            return
        if not rests:
            self.rules.broken("1: never came to rest", "")
        End(rules=self.rules, schedule=self.schedule).check()

    def be_still(self, begins: float, ends: float) -> None:
        """Let nothing fail for a while, right after a spell in which Commerce Layer was down."""
        outage = Spell(part="api", chances=Chances(before=1.0), lasts=(0, 0))
        self.weather.spell(outage, begins - OUTAGE, begins - 1)
        self.kernel.at(begins, self._begin_stillness)
        self.kernel.at(ends, self._end_stillness)

    def _begin_stillness(self) -> None:
        self.weather.calm_down()
        self.rules.firsts.still_since = self.kernel.now

    def _end_stillness(self) -> None:
        self.rules.firsts.ends()
        self.weather.turn()

    @property
    def kinds(self) -> Counter[str]:
        """How many cases there were of each kind."""
        return Counter(case.kind for case in self.rules.cases.values())

    @property
    def ends(self) -> Counter[str]:
        """How many payments ended how: by the payment's own row, else by its order's, if there ever was one."""
        rows: dict[str, list[Watch]] = {}
        for key, row in self.rules.table.rows.items():
            rows.setdefault(number_of(key.id), []).append(row)
        ends: Counter[str] = Counter()
        for order_id in self.shop.history:
            current = self.shop.history[order_id][-1].order.payment
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
        Records what passes the deployment's ports, where one is given.
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
    api = SimulatedCommerceLayer(shows_order=circumstances.habits.shows_order)
    shop = Shop(kernel=kernel, dice=fork(dice), trace=trace, api=api, habits=circumstances.habits)
    rules = Rules(
        kernel=kernel,
        shop=shop,
        table=table,
        trace=trace,
        weather=skies,
        policy=setting.policy,
        firsts=FirstChecks(
            kernel=kernel, sweeps_every=circumstances.sweeps_every, most=MOST_AT_ONCE * setting.calls_per_minute
        ),
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
        listing=KeptListing(commerce_layer=api, shop=shop, shows_source=circumstances.sources_listed),
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
        acknowledges=circumstances.acknowledges,
        until=START + circumstances.quiet_after * DAY,
        sweeps_every=circumstances.sweeps_every,
        discovers_every=circumstances.discovers_every,
    )
    shop.announce = schedule.order_changed
    mailbox.on_message, mailbox.on_letter = schedule.message_at, schedule.letter_came
    rules.on_write = schedule.plan_sweep
    rules.are_reads_stopped = lambda: deployment.circuits.is_open(READS)
    rules.firsts.broken = rules.came_late
    return Stage(
        kernel=kernel, trace=trace, weather=skies, shop=shop, rules=rules, deployment=deployment, schedule=schedule
    )


def fork(dice: Random) -> Random:
    """Make dice of its own for a part, so that what one part draws changes nothing for the others."""
    return random.Random(dice.getrandbits(64))  # noqa: S311  not for secrets
