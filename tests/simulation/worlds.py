"""Small worlds of their own for rare situations: each is made to reach some of the probes."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tests.simulation.crash_points import MOST_DAYS, POLICY, SETTING
from tests.simulation.probes import Probe
from tests.simulation.schedule import Mails
from tests.simulation.shop import MERCHANT, SHOPPER
from tests.simulation.stage import Circumstances, Stage, fork, set_up
from tests.simulation.stories import Case, Gateway
from tests.simulation.weather import HOUR, MINUTE, Weather
from tests.support.clock import START

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable
    from random import Random

    from tests.simulation.kernel import Kernel, Script

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


def called_missing_and_changed(scene: Scene) -> Script:
    """A payment that exists answers 404 for more than an hour; as it does so again, its order changes."""
    yield from scene.places()
    scene.weather.happening.add("records")
    yield from scene.comes("refresh")
    yield POLICY.missing_after
    scene.weather.happening.add("polls")
    yield from scene.comes("claims")
    scene.changes()
    yield MINUTE
    scene.weather.happening.remove("polls")
    yield from scene.comes("refresh")
    yield 1
    scene.weather.happening.clear()


def paid_with_what_was_left(scene: Scene) -> Script:
    """A cart's shopper pays and chooses another payment; it takes our refresh for the money to be known."""
    yield from scene.case.opens()
    scene.case.change(SHOPPER)
    yield MINUTE
    scene.case.chooses("b")
    yield from scene.case.confirms("a")


def sent_twice_at_once(scene: Scene) -> Script:
    """The bus refuses an outcome event; the message by which it is tried again comes twice at once."""
    mailbox = scene.stage.deployment.mailbox
    scene.weather.refusing.add("bus")
    yield from scene.places()
    yield from scene.case.confirms()
    yield from scene.comes("bus.send")
    yield from scene.comes("claims")
    scene.weather.refusing.clear()
    scene.weather.slow.add("table")
    yield from scene.comes("table.read_many")
    for body in list(mailbox.pending.in_flight.values()):
        mailbox.put(body)
    yield MINUTE
    scene.weather.slow.clear()


def refused_and_changed(scene: Scene) -> Script:
    """The queue refuses the message of a claim; while it takes its time to say so, the order changes."""
    yield from scene.places()
    scene.weather.refusing.add("queue")
    scene.weather.slow.add("queue")
    yield from scene.comes("claims")
    scene.changes()
    yield MINUTE
    scene.weather.refusing.clear()
    scene.weather.slow.clear()


def limited_while_listing(scene: Scene) -> Script:
    """Discover has a slot booked ahead when it gets a 429."""
    yield from scene.places()
    yield from scene.comes("rate.add")
    scene.weather.happening.add("limit")
    yield 2
    scene.weather.happening.remove("limit")


def slow_answers(scene: Scene) -> Script:
    """Commerce Layer answers so slowly that a batch cannot be done in time."""
    scene.weather.slow.add("api")
    yield from scene.places()
    yield 15 * MINUTE
    scene.weather.slow.clear()


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
    at_a_time
        Slots of the rate limiter that discover books at a time.
    """

    acts: Callable[[Scene], Script]
    reaches: frozenset[Probe]
    payments: int = 1
    discovers_every: float = math.inf
    at_a_time: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Result of a world: the rules that were broken, with the story, and the probes that were reached."""

    broken: str
    probes: Counter[Probe]


WORLDS = {
    "called missing, and changed meanwhile": World(
        acts=called_missing_and_changed,
        reaches=frozenset({Probe.NOT_FOUND_AFTER_EVENT, Probe.EVENT_WHILE_CLAIMED}),
    ),
    "paid with what was left": World(acts=paid_with_what_was_left, reaches=frozenset({Probe.FORCED_SOURCE})),
    "sent twice at once": World(
        acts=sent_twice_at_once, reaches=frozenset({Probe.OUTBOX_TAKEN, Probe.OUTBOX_RELAYED})
    ),
    "refused by the queue, and changed meanwhile": World(
        acts=refused_and_changed, reaches=frozenset({Probe.RELEASE_LOST, Probe.EVENT_WHILE_CLAIMED})
    ),
    "limited while it lists": World(
        acts=limited_while_listing,
        reaches=frozenset({Probe.SLOT_VOIDED}),
        discovers_every=15 * MINUTE,
        at_a_time=3,
    ),
    "answered slowly": World(acts=slow_answers, reaches=frozenset({Probe.SNOOZED_FOR_TIME}), payments=5),
}
"""Those beside the seeds; their probes count as the seeds' do."""


def visit(world: World) -> Visit:
    """Play a world to its end; the same each time."""
    dice = random.Random(1)  # noqa: S311  not for secrets
    circumstances = Circumstances(
        setting=replace(SETTING, at_a_time=world.at_a_time),
        mails=Mails(late=0.0, twice=0.0, bare=0.0),
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
            patience=POLICY.give_up,
        )
        stage.kernel.play(world.acts(Scene(stage=stage, weather=made[0], case=case)), START + 1)
    stage.play(MOST_DAYS)
    rules = stage.rules
    return Visit(
        broken="\n".join([*(each.rule for each in rules.violations), stage.story]) if rules.violations else "",
        probes=rules.probes.counts,
    )
