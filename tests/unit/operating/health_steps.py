"""A healthy stack, as `payrefresh status` sees it, to be made ill in a test."""

from __future__ import annotations

from copy import replace
from typing import TYPE_CHECKING, Any

from payment_refresh.domain.cursor import Cursor, Pass
from payment_refresh.domain.daily_digest import DailyDigest
from payment_refresh.domain.stuck import Stuck
from payment_refresh.metrics import Metric
from payrefresh.overview.health import judge_health
from payrefresh.overview.numbers import DAY, HOUR, Numbers
from payrefresh.overview.snapshot import Snapshot, StackFacts
from payrefresh.ports import Point
from tests.support.clock import START

if TYPE_CHECKING:
    from collections.abc import Mapping

NOW = START + 30 * DAY

FACTS = StackFacts(
    name="payment-refresh",
    region="eu-west-1",
    status="CREATE_COMPLETE",
    created_at=START,
    updated_at=START,
    parameters={"WebhookLateCount": "3"},
    pending_queue="pending",
    dead_letter_queue="letters",
    failures_queue="failures",
)


def points(*ago_and_value: tuple[float, float]) -> list[Point]:
    return sorted(Point(int(NOW - ago), value) for ago, value in ago_and_value)


def numbers(**of: list[Point]) -> Numbers:
    return Numbers(NOW, {Metric[name]: each for name, each in of.items()})


BEATS: Mapping[str, list[Point]] = {
    "OBSERVING": points((60, 0), (120, 0)),
    "DISCOVER_AGE_SECONDS": points((600, 12)),
}
"""What runs all the time, also where there is nothing to do."""


def seen(*, recent: Mapping[str, list[Point]] | None = None, **changes: Any) -> Snapshot:
    """A healthy stack, weeks after its deployment, with nothing to do."""
    healthy = Snapshot(
        now=NOW,
        stack=FACTS,
        first_deployed_at=START,
        stuck=Stuck(),
        orders=Cursor(of=Pass.ORDERS, first_at=START, complete_at=int(NOW - 600), complete_to=int(NOW - 700)),
        digest=DailyDigest(at=int(NOW - 8 * HOUR), number=30),
        recent=numbers(**{**BEATS, **(recent or {})}),
        week=numbers(),
        alarms=(),
    )
    return replace(healthy, **changes)


def wrong(snapshot: Snapshot) -> list[str]:
    return [each.name for each in judge_health(snapshot).wrong]


def notes(snapshot: Snapshot) -> list[str]:
    return [each.name for each in judge_health(snapshot).notes]
