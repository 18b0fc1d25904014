"""Small worlds of their own for rare situations: each is made to reach some of the probes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.simulation.crash_points import SETTING
from tests.simulation.messy_worlds import MESSY, left_out_twice
from tests.simulation.probe import Probe
from tests.simulation.shop import SHOPPER
from tests.simulation.weather import MINUTE
from tests.simulation.world import World

if TYPE_CHECKING:
    from tests.simulation.kernel import Script
    from tests.simulation.world import Scene


def called_missing_and_changed(scene: Scene) -> Script:
    """Lists leave a payment out for more than an hour; as a single call is to confirm that, its order changes."""
    yield from left_out_twice(scene)
    scene.weather.happening |= {"types", "polls"}
    yield from scene.comes("claims")
    scene.changes()
    yield MINUTE
    scene.weather.happening.remove("polls")
    yield from scene.comes("retrieve")
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


def redriven_too_early(scene: Scene) -> Script:
    """A dead letter is moved back while the bus still refuses the event of its round."""
    mailbox = scene.stage.deployment.mailbox
    scene.weather.refusing.add("bus")
    yield from scene.places()
    yield SETTING.policy.give_up
    yield from scene.comes("letters.send")
    yield MINUTE
    mailbox.put(mailbox.letters.letters.pop())
    yield 5 * MINUTE
    scene.weather.refusing.clear()


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


WORLDS = {
    "called missing, and changed meanwhile": World(
        acts=called_missing_and_changed,
        reaches=frozenset({Probe.ABSENCE_REFUTED, Probe.EVENT_WHILE_CLAIMED}),
    ),
    "paid with what was left": World(acts=paid_with_what_was_left, reaches=frozenset({Probe.FORCED_SOURCE})),
    "sent twice at once": World(
        acts=sent_twice_at_once, reaches=frozenset({Probe.OUTBOX_TAKEN, Probe.OUTBOX_RELAYED})
    ),
    "refused by the queue, and changed meanwhile": World(
        acts=refused_and_changed, reaches=frozenset({Probe.RELEASE_LOST, Probe.EVENT_WHILE_CLAIMED})
    ),
    "redriven before its event was sent": World(
        acts=redriven_too_early, reaches=frozenset({Probe.OUTBOX_RELAYED})
    ),
    "limited while it lists": World(
        acts=limited_while_listing,
        reaches=frozenset({Probe.SLOT_VOIDED}),
        discovers_every=15 * MINUTE,
        setting=replace(SETTING, at_a_time=3),
    ),
    "answered slowly": World(acts=slow_answers, reaches=frozenset({Probe.SNOOZED_FOR_TIME}), payments=5),
    **MESSY,
}
"""Those beside the seeds; their probes count as the seeds' do."""
