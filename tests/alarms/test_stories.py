"""Each alarm rings in its story, no sooner than the failure, and stops once that is over."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain.deployment import RunMode
from tests.alarms.failures import webhooks
from tests.alarms.ground import HOUR, laid
from tests.alarms.shop import Shop, buys
from tests.alarms.stories import FOREVER, STORIES
from tests.alarms.template_alarms import alarms
from tests.docs.markdown import DOCS, table

if TYPE_CHECKING:
    from tests.alarms.stories import Story

ORDINARY = 0.2
"""Share of the gateway's webhooks that are lost in an ordinary shop: so there is something to check."""

BEFORE = 2 * 60
"""Minutes of an ordinary shop before the failure begins."""


def test_every_alarm_has_its_story() -> None:
    assert sorted(story.alarm for story in STORIES) == sorted(alarms())


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.alarm)
def test_alarm_rings_in_its_story_in_time_and_stops_afterwards(story: Story) -> None:
    with laid() as ground:
        shop = Shop(ground=ground, dice=Random(1), lost=ORDINARY)  # noqa: S311  a simulation
        ground.deploy(RunMode.REFRESH)
        webhooks()(shop)
        shop.sell(story.gap, shop.now + FOREVER, lambda: buys(shop))
        ground.run(BEFORE)
        begun = ground.world.now
        story.begins(shop)
        ground.run(story.rings_within)
        until = ground.world.now
        story.ends(shop)
        ground.run(story.stops_within)

        changes = alarms()[story.alarm].changes(ground.numbers, begun - HOUR, ground.world.now)

    rang = [at for at, rings in changes if rings]
    assert rang, "it never rang"
    assert begun <= rang[0] <= until, f"it rang {(rang[0] - begun) // 60} minutes after the failure began"
    assert changes[-1][1] is False, "it rings for ever"


def test_what_operating_promises_is_what_the_stories_hold() -> None:
    promised = {row["failure"]: row for row in table(DOCS / "operations.md", "How soon an alarm rings")}

    assert {name: row["alarm"].strip("`") for name, row in promised.items()} == {
        story.failure: story.alarm for story in STORIES if story.failure
    }
    for story in STORIES:
        if story.failure:
            assert promised[story.failure]["within"] == in_words(story.rings_within), story.alarm


def in_words(minutes: int) -> str:
    """Write minutes as the page does."""
    if minutes % (24 * 60) == 0:
        return f"{minutes // (24 * 60)} days"
    return f"{minutes} minutes" if minutes < 120 else f"{minutes / 60:g} hours"
