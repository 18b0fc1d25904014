"""A sweep over a due index that is behind the table."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from payment_refresh.domain import transitions
from payment_refresh.domain.watch import Status
from tests.support import samples
from tests.support.clock import START

if TYPE_CHECKING:
    from collections.abc import Iterable

    from payment_refresh.domain.payment import PaymentKey
    from tests.support.world import World


def due(world: World, names: Iterable[str], *, cart: bool = False, at: int = START) -> list[PaymentKey]:
    """Store watches that are due, the first named longest of all."""
    make = samples.cart if cart else samples.order
    keys = []
    for wait, name in enumerate(reversed(list(names))):
        watch = samples.watch(make(name), world.policy, due_at=at - 1 - wait)
        world.table.put(watch)
        keys.append(watch.key)
    return keys[::-1]


def sent(world: World) -> list[str]:
    return [json.loads(body)["id"] for body in world.queue.waiting.values()]


def test_an_event_that_ends_a_watch_after_the_index_showed_it_due_leaves_nothing_to_claim(world: World) -> None:
    (key,) = due(world, ["a"])
    ended = transitions.apply_event(
        world.row(key), samples.authorized(samples.order(), START), samples.moment(START, world.policy)
    )
    world.table.freeze_index()
    world.table.put(replace(ended, revision=2))

    assert world.sweep().claimed == 0

    assert world.row(key).status is Status.SETTLED
    assert not world.queue.waiting
