"""One run from one seed: the world is put together, plays its days, and is checked."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from payment_refresh.listing import Window
from payment_refresh.policy import Policy
from tests.fakes.circuits import FakeCircuits
from tests.fakes.clock import START
from tests.fakes.commerce_layer import FakeCommerceLayer
from tests.fakes.event_bus import FakeEventBus
from tests.fakes.indexed_table import IndexedStateTable
from tests.fakes.pace import FakePaceItem
from tests.fakes.progress import FakeProgressTable
from tests.fakes.queues import FakeDeadLetterQueue, FakePendingQueue
from tests.fakes.tokens import FakeTokens
from tests.simulation.deployment import Deployment, Setting
from tests.simulation.ends import End
from tests.simulation.kernel import Kernel
from tests.simulation.listing import KeptListing
from tests.simulation.mailbox import Mailbox
from tests.simulation.rules import Rules, Violation
from tests.simulation.schedule import Mails, Schedule
from tests.simulation.shop import Habits, Shop
from tests.simulation.stories import STORIES, Case, Gateway
from tests.simulation.trace import Trace, age, number_of
from tests.simulation.weather import DAY, HOUR, MINUTE, Weather

if TYPE_CHECKING:
    from random import Random

SPELLS_A_DAY = 1.0
LEAST_DAYS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of a run.

    Attributes
    ----------
    digest
        Of everything that happened.
    days
        Virtual days it took.
    timeline
        The story of the payment that the first violation concerns.
    """

    seed: int
    payments: int
    digest: str
    days: float
    violations: list[Violation]
    timeline: str
    statuses: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        """Tell a person which rules were broken, and how it came to the first."""
        rules = [f"  {each.rule} ({each.about}, {each.who}, {age(each.at).strip()})" for each in self.violations]
        return "\n".join([f"seed {self.seed}, {self.payments} payments:", *rules, self.timeline])


@dataclass(slots=True)
class Simulation:
    """The world of one seed.

    Attributes
    ----------
    stops
        Whether it ends with the first rule that is broken.
    """

    seed: int
    payments: int
    stops: bool = False
    kernel: Kernel = field(default_factory=lambda: Kernel(START))

    def run(self) -> Result:
        """Play it to its end, and check it."""
        dice = random.Random(self.seed)  # noqa: S311  not for secrets
        policy = self._policy(dice)
        kernel, trace = self.kernel, Trace(self.kernel)
        busy = max(6.0, LEAST_DAYS - 1 - policy.give_up / DAY)
        ends = busy + policy.give_up / DAY + 1
        weather = Weather(kernel=kernel, dice=_fork(dice), roughness=dice.choice((0.2, 1.0, 1.0, 4.0)))
        weather.forecast(ends, int(ends * SPELLS_A_DAY * dice.random()))
        table = self._table(weather, dice)
        habits = _habits(dice)
        api = FakeCommerceLayer(tells_order=habits.tells_order)
        shop = Shop(kernel=kernel, dice=_fork(dice), trace=trace, api=api, habits=habits)
        setting = Setting(
            policy=policy,
            window=Window(after=30 * MINUTE, placed=policy.give_up, carts=dice.choice((None, 48 * HOUR))),
            mode="observe" if dice.random() < 0.05 else "refresh",
            act_after=START + dice.choice((0, 0, 0, 2)) * DAY,
        )
        rules = Rules(
            kernel=kernel,
            shop=shop,
            table=table,
            trace=trace,
            policy=policy,
            stops=self.stops,
            observes=setting.mode == "observe",
            act_after=setting.act_after,
        )
        mailbox = Mailbox(
            kernel=kernel,
            weather=weather,
            trace=trace,
            dice=_fork(dice),
            pending=FakePendingQueue(),
            letters=FakeDeadLetterQueue(),
        )
        deployment = Deployment(
            kernel=kernel,
            dice=_fork(dice),
            weather=weather,
            trace=trace,
            rules=rules,
            setting=setting,
            shop=shop,
            mailbox=mailbox,
            table=table,
            bus=FakeEventBus(),
            listing=KeptListing(commerce_layer=api, shop=shop, tells_source=dice.random() < 0.8),
            progress=FakeProgressTable(),
            item=FakePaceItem(),
            circuits=FakeCircuits(clock=lambda: kernel.now),
            tokens=FakeTokens(),
        )
        schedule = Schedule(
            kernel=kernel,
            dice=_fork(dice),
            weather=weather,
            deployment=deployment,
            mails=Mails(lost=dice.choice((0.0, 0.1, 0.3, 1.0))),
            replays=dice.choice((0.0, 0.3, 0.7)),
            until=START + ends * DAY,
            sweeps_every=dice.choice((1, 10, 30, 60)) * MINUTE,
            discovers_every=dice.choice((15, 60)) * MINUTE,
        )
        shop.tell = schedule.order_changed
        mailbox.on_message, mailbox.on_letter = schedule.message_at, schedule.letter_came
        rules.on_write = schedule.plan_sweep
        self._play(shop, schedule, dice, busy, policy)
        schedule.plan_discover()
        limit = START + (ends + 2 * policy.give_up / DAY + 40) * DAY
        if not kernel.run(limit):
            rules.broken("1: never came to rest", "")
        if not (self.stops and rules.violations):
            End(rules=rules, schedule=schedule).check()
        return self._result(rules, trace, deployment)

    def _play(self, shop: Shop, schedule: Schedule, dice: Random, days: float, policy: Policy) -> None:
        """Plan all stories, in bursts, and what a person asks by hand."""
        gateway = Gateway(lost=dice.choice((0.05, 0.3, 0.3, 1.0)), late=0.15)
        stories, weights = list(STORIES), list(STORIES.values())
        bursts = [dice.uniform(0, days * DAY) for _ in range(12)]
        names = []
        for number in range(self.payments):
            story = dice.choices(stories, weights)[0]
            case = Case(
                number=f"{number:05}", shop=shop, dice=_fork(dice), gateway=gateway, patience=policy.give_up
            )
            spread = dice.expovariate(1 / HOUR) if dice.random() < 0.7 else dice.uniform(0, days * DAY)
            at = START + min(dice.choice(bursts) + spread, days * DAY)
            if dice.random() < 0.1:
                schedule.silent.add(case.order_id)
            shop.kernel.play(story(case), at)
            names.append(case.key())
        for _ in range(self.payments // 20):
            shop.kernel.at(START + dice.uniform(0, days * DAY + policy.give_up), lambda: schedule.ask(names))

    def _table(self, weather: Weather, dice: Random) -> IndexedStateTable:
        own = _fork(dice)
        return IndexedStateTable(
            clock=lambda: self.kernel.now,
            lag=lambda: own.choice((0.05, 0.5, 90.0)) if weather.happens("index") else 0.0,
        )

    def _policy(self, dice: Random) -> Policy:
        """Rules under which a payment is checked a few dozen times, not hundreds."""
        give_up = dice.choice((3, 6, 10, 20)) * DAY
        return Policy(
            give_up=give_up,
            growth_idle=dice.choice((0.4, 0.7, 1.0)),
            cap_idle=dice.choice((8, 16, 24)) * HOUR,
        )

    def _result(self, rules: Rules, trace: Trace, deployment: Deployment) -> Result:
        first = rules.violations[0] if rules.violations else None
        return Result(
            seed=self.seed,
            payments=self.payments,
            digest=trace.digest(),
            days=(self.kernel.now - START) / DAY,
            violations=rules.violations,
            timeline=trace.timeline(number_of(first.about)) if first and first.about else "",
            statuses=Counter(row.status.value for row in rules.table.rows.values()),
            counts=deployment.counts,
        )


def simulate(seed: int, payments: int, *, stops: bool = False) -> Result:
    """Run one seed, to its end or to the first rule that is broken."""
    return Simulation(seed, payments, stops).run()


def _fork(dice: Random) -> Random:
    """Make dice of its own for a part, so that what one part draws changes nothing for the others."""
    return random.Random(dice.getrandbits(64))  # noqa: S311  not for secrets


def _habits(dice: Random) -> Habits:
    def perhaps(share: float) -> bool:
        return dice.random() < share

    return Habits(
        forces=perhaps(0.5),
        captures=perhaps(0.5),
        touches=perhaps(0.3),
        declines=perhaps(0.3),
        repeats=perhaps(0.5),
        tells_order=perhaps(0.8),
        tells_source=perhaps(0.8),
    )
