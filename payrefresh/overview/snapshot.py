"""A snapshot of a stack: all that `payrefresh status` judges, read without a scan of the table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from payment_refresh.domain.cursor import Cursor, Pass
from payment_refresh.domain.daily_digest import DailyDigest
from payment_refresh.domain.mode_mark import ModeMark
from payment_refresh.metrics import Metric
from payrefresh.overview import figures, metric_checks
from payrefresh.overview.numbers import DAY, HOUR, MINUTE, Numbers
from payrefresh.overview.settings import Settings, read_settings
from payrefresh.ports import Depth, DueCount, Series

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from payment_refresh.domain.stuck import Stuck
    from payment_refresh.domain.vocabulary import DueClass
    from payment_refresh.ports import Clock
    from payment_refresh.rate_limit.gcra import RateState
    from payrefresh.ports import Alarms, DueIndex, Marks, Metrics, Queues, RingingAlarm

MOST_STUCK = 200
"""How many stuck rows are read to be summed up; of more, the last count of the digest says how many there are."""

GAUGES = frozenset(
    {
        Metric.OLDEST_OVERDUE_SECONDS,
        Metric.OBSERVING,
        Metric.DISCOVER_AGE_SECONDS,
        Metric.WEBHOOK_CIRCUITS_OPEN,
        Metric.WEBHOOK_FAILURES,
        Metric.WEBHOOKS_UNREGISTERED,
        Metric.HEALTH_UNKNOWN,
        Metric.GATEWAYS_WITHOUT_WEBHOOK,
        Metric.REPORTED_WAITING,
        Metric.DEAD_LETTERED_WAITING,
    }
)
"""Metrics that say how something is, not how often something happened: of several, the largest counts."""

BY_THE_MINUTE = metric_checks.METRICS | {
    Metric.OBSERVING,
    Metric.DISCOVER_AGE_SECONDS,
    Metric.CLAIMED,
    Metric.MESSAGES,
    Metric.DEAD_LETTERED_WAITING,
    Metric.REPORTED_WAITING,
}
"""Metrics of which each minute is read."""

RECENT = 6 * HOUR
"""Seconds for which each minute is read; before that, hours are."""

WEEK = 7 * DAY
CURRENCY = "currency"
EMPTY = Depth()


@dataclass(frozen=True, slots=True)
class StackFacts:
    """Where a stack has what is read of it."""

    name: str
    region: str
    status: str
    created_at: float
    parameters: Mapping[str, str]
    pending_queue: str
    dead_letter_queue: str
    failures_queue: str
    updated_at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What is known of a stack at ``now`` (epoch seconds UTC).

    Attributes
    ----------
    recent, week
        Its metrics by the minute for some hours, and by the hour for a week.
    money
        What refreshes settled within the last day, by currency, in its smallest unit.
    alarms
        Those that ring; None where nobody evaluates them.
    """

    now: float
    stack: StackFacts
    settings: Settings = field(default_factory=Settings)
    first_deployed_at: int | None = None
    due: Mapping[DueClass, DueCount] = field(default_factory=dict)
    stuck: Stuck | None = None
    pending: Depth = EMPTY
    dead_letters: Depth = EMPTY
    failed_runs: Depth = EMPTY
    mode: ModeMark = field(default_factory=ModeMark)
    orders: Cursor = field(default_factory=lambda: Cursor(of=Pass.ORDERS))
    rate: RateState | None = None
    digest: DailyDigest = field(default_factory=DailyDigest)
    reads_are_paused: bool = False
    recent: Numbers
    week: Numbers
    money: Mapping[str, int] = field(default_factory=dict)
    alarms: Sequence[RingingAlarm] | None = None

    @property
    def age(self) -> float:
        """Seconds since it was first deployed."""
        return self.now - self.stack.created_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads a snapshot."""

    marks: Marks
    due_index: DueIndex
    queues: Queues
    metrics: Metrics
    alarms: Alarms
    clock: Clock

    def read(self, stack: StackFacts, so_far: Callable[[str], None] = lambda _: None) -> Snapshot:
        """Read all of it; ``so_far`` is called with what is read next."""
        now = self.clock()
        so_far("marks and queues")
        first_deployed_at = self.marks.first_deployed_at()
        depths = [
            self.queues.depth(url) for url in (stack.pending_queue, stack.dead_letter_queue, stack.failures_queue)
        ]
        so_far("the due index")
        due, stuck = self.due_index.counts(now), self.due_index.stuck(MOST_STUCK)
        so_far("metrics")
        recent = self._numbers(BY_THE_MINUTE, RECENT, now, MINUTE)
        week, money = self._numbers(figures.METRICS, WEEK, now, HOUR), self._money(now)
        so_far("alarms")
        return Snapshot(
            now=now,
            stack=stack,
            settings=read_settings(stack.parameters, first_deployed_at=first_deployed_at),
            first_deployed_at=first_deployed_at,
            due=due,
            stuck=stuck,
            pending=depths[0],
            dead_letters=depths[1],
            failed_runs=depths[2],
            mode=self.marks.mode(),
            orders=self.marks.cursor(Pass.ORDERS),
            rate=self.marks.rate(),
            digest=self.marks.digest(),
            reads_are_paused=self.marks.reads_are_paused(),
            recent=recent,
            week=week,
            money=money,
            alarms=self.alarms.ringing(),
        )

    def _numbers(self, metrics: Iterable[Metric], within: float, now: float, period: int) -> Numbers:
        series = {_series(metric): metric for metric in metrics}
        found = self.metrics.read(series, now - within, now, period=period)
        return Numbers(now, {series[each]: points for each, points in found.items()})

    def _money(self, now: float) -> Mapping[str, int]:
        currencies = self.metrics.values_of(Metric.SETTLED_BY_REFRESH_CENTS, CURRENCY)
        series = {
            Series(Metric.SETTLED_BY_REFRESH_CENTS, dimensions=((CURRENCY, each),)): each for each in currencies
        }
        found = self.metrics.read(series, now - DAY, now, period=HOUR)
        sums = {series[each]: round(sum(point.value for point in points)) for each, points in found.items()}
        return {currency: cents for currency, cents in sums.items() if cents}


def _series(metric: Metric) -> Series:
    return Series(metric, "Maximum" if metric in GAUGES else "Sum")
