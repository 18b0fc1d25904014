"""Worlds of what messy shops bring about: absences that prove nothing, and first checks behind a backlog."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.simulation.crash_points import POLICY, SETTING
from tests.simulation.gateway import Failing
from tests.simulation.probe import Probe
from tests.simulation.prompt import SETTLES
from tests.simulation.shop import SHOPPER
from tests.simulation.weather import HOUR, MINUTE
from tests.simulation.world import World
from tests.support.clock import START

if TYPE_CHECKING:
    from tests.simulation.kernel import Script
    from tests.simulation.world import Scene

ANSWERED = 0.05
"""Seconds after which a list that was asked for is past all that may go wrong with it, and no next call sent."""

BACKLOG, LATER = 120, 12
LEAST_CALLS = 10
BROKEN = 60


def left_out_twice(scene: Scene) -> Script:
    """No list shows a payment or its order, until single reads are to confirm that it is gone."""
    yield from scene.places()
    scene.weather.happening.add("lists")
    while scene.row is None or not scene.row.absent_twice:
        yield 1


def answered_by_the_edge(scene: Scene) -> Script:
    """Then single reads are answered by a page of the edge's."""
    yield from left_out_twice(scene)
    yield from scene.comes("find_orders")
    yield ANSWERED
    scene.weather.happening.add("edge")
    yield MINUTE
    scene.weather.happening.clear()


def found_by_its_order_alone(scene: Scene) -> Script:
    """Then the payment is not found either, as under another version of the API; but its order names it."""
    yield from left_out_twice(scene)
    scene.weather.happening.add("types")
    yield from scene.comes("retrieve")
    yield MINUTE
    scene.weather.happening.clear()


def behind_a_backlog(scene: Scene) -> Script:
    """No sweep comes for an hour; then old orders are due by the dozen, and one new order comes a minute."""
    number = int(scene.case.number)
    if number < BACKLOG:
        yield from scene.places()
        return
    firsts = scene.stage.rules.firsts
    if number == BACKLOG:
        yield 20 * MINUTE
        scene.weather.happening.add("sweeps")
        yield 65 * MINUTE
        scene.weather.happening.clear()
        firsts.still_since = scene.stage.kernel.now - SETTLES - 2 * firsts.sweeps_every
    else:
        yield (85 + number - BACKLOG) * MINUTE
    yield from scene.places()


def charged_twice(scene: Scene) -> Script:
    """An order is paid by the payment that the shopper chose last; then the other one succeeds, too."""
    yield from scene.places()
    scene.case.chooses("b")
    for letter in "ba":
        yield from scene.case.confirms(letter, lost=False)


def placed_after_all(scene: Scene) -> Script:
    """A cart is paid, and its shopper places the order long after that was announced."""
    yield from scene.case.opens()
    yield from scene.case.confirms(lost=False)
    yield 2 * HOUR
    scene.case.places()


def placed_late(scene: Scene) -> Script:
    """A voucher is paid long after its cart last changed, and its payment method places the order."""
    yield from scene.case.opens(auto_place=True)
    scene.case.change(SHOPPER)
    yield 1.5 * HOUR
    yield from scene.case.confirms()


def kept_after_the_cancellation(scene: Scene) -> Script:
    """No event comes of an order that was paid and cancelled, and whose money nobody gives back."""
    scene.stage.schedule.silent.add(scene.case.order_id)
    yield from scene.places()
    yield from scene.case.confirms(lost=False)
    scene.case.cancels()


def behind_a_broken_gateway(scene: Scene) -> Script:
    """All that were placed at the same time are behind a gateway that breaks; each is tried all the same."""
    scene.stage.rules.firsts.still_since = START - 2 * SETTLES
    scene.case.shop.failing[scene.case.key()] = Failing.ERROR
    yield from scene.places()


def asked_for_by_its_order(scene: Scene) -> Script:
    """A person asks for an order that was paid, of which no event said so; its payment is watched already."""
    yield from scene.case.opens(auto_place=True)
    scene.case.change(SHOPPER)
    yield MINUTE
    scene.stage.schedule.silent.add(scene.case.order_id)
    yield from scene.case.confirms(lost=False)
    scene.stage.deployment.mailbox.put(json.dumps({"order_id": scene.case.order_id}))


VOUCHERS = replace(POLICY, cart_ages=(10 * MINUTE, HOUR, 3 * HOUR))

MESSY = {
    "charged twice": World(acts=charged_twice, reaches=frozenset({Probe.SUPERSEDED})),
    "placed after all": World(acts=placed_after_all, reaches=frozenset({Probe.PLACED_AFTER_ALL})),
    "placed late": World(
        acts=placed_late, reaches=frozenset({Probe.PLACED_LATE}), setting=replace(SETTING, policy=VOUCHERS)
    ),
    "kept after the cancellation": World(
        acts=kept_after_the_cancellation, reaches=frozenset({Probe.KEPT}), discovers_every=15 * MINUTE
    ),
    "left out of lists, and answered by the edge": World(acts=answered_by_the_edge, reaches=frozenset()),
    "left out of lists, and found by its order alone": World(
        acts=found_by_its_order_alone, reaches=frozenset({Probe.ABSENCE_CONTRADICTED})
    ),
    "asked for by its order": World(acts=asked_for_by_its_order, reaches=frozenset()),
    "behind a broken gateway": World(
        acts=behind_a_broken_gateway, reaches=frozenset({Probe.REFRESH_FAILING}), payments=BROKEN
    ),
    "behind a backlog": World(
        acts=behind_a_backlog,
        reaches=frozenset(),
        payments=BACKLOG + LATER,
        setting=replace(SETTING, calls_per_minute=LEAST_CALLS),
    ),
}
