"""A sweep over a due index that is behind the table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from payment_refresh.domain import transitions
from payment_refresh.domain.vocabulary import Status
from tests.support import samples
from tests.support.clock import START
from tests.unit.use_cases.steps import due

if TYPE_CHECKING:
    from tests.support.world import World


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
