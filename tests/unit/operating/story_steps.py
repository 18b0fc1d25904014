"""Watches whose stories are told, and what the stories say."""

from __future__ import annotations

from copy import replace
from typing import TYPE_CHECKING, Any

from payment_refresh.domain.policy import Policy
from payment_refresh.domain.vocabulary import (
    CheckSource,
)
from payment_refresh.domain.watch import Check
from payrefresh.overview.settings import Settings
from payrefresh.overview.story import tell
from tests.support.clock import START
from tests.support.samples import order, watch

if TYPE_CHECKING:
    from payment_refresh.domain.watch import Watch
    from payrefresh.overview.story import Story

HOUR, DAY = 3600, 86_400
NOW = START + 2 * HOUR


def story_of(watch: Watch, now: float = NOW, **settings: Any) -> Story:
    return tell(watch, Settings(**settings), now)


def placed(**changes: Any) -> Watch:
    return watch(order("a"), Policy(), **changes)


def check(at: float, by: CheckSource = CheckSource.LOOK, **changes: Any) -> Check:
    return replace(Check(at=int(at), by=by, verdict="pending", payment_status="unpaid"), **changes)


def said(story: Story) -> list[str]:
    return [each.what for each in story.history]


def coming(story: Story) -> str:
    return "\n".join(story.coming.lines)
