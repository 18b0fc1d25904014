"""Spending: the calls to Commerce Layer, and AWS's bill, by the metrics of both. Pure but for its port.

The bill is what list prices make of measured work. AWS's own bill has discounts, a free tier and tax.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from payment_refresh.metrics import Metric
from payrefresh.ports import Series
from payrefresh.prices import GB
from payrefresh.report.bill import MONTH_DAYS, dollars

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from payrefresh.ports import Metrics, Point
    from payrefresh.report.bill import Work
    from payrefresh.report.period import Period

HOUR, DAY = 3600, 86_400
MEMORY_GB = 0.5
"""Memory of each function, as the template has it."""

SECRETS = 2

SCHEDULED = ("Sweep", "Discover", "Digest")
"""Functions that a schedule starts; each invocation of it is one of EventBridge Scheduler."""

CALLS = (Metric.LIST_CALLS, Metric.RETRIEVE_CALLS, Metric.REFRESH_CALLS)

_UNITS = {"DynamoDB writes": "ConsumedWriteCapacityUnits", "DynamoDB reads": "ConsumedReadCapacityUnits"}
_MESSAGES = (
    "NumberOfMessagesSent",
    "NumberOfMessagesReceived",
    "NumberOfMessagesDeleted",
    "NumberOfEmptyReceives",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Parts of a stack that cost money.

    Attributes
    ----------
    functions, log_groups
        Their names, by logical id of the function.
    table, index
        Names of the state table and of its index.
    alarmed_metrics
        How many metrics its alarms look at; AWS bills by them.
    table_bytes
        Size of the table.
    since
        When the stack was made, in epoch seconds UTC; None where that is not known.
    """

    functions: Mapping[str, str]
    log_groups: Mapping[str, str]
    table: str
    index: str
    queues: Sequence[str]
    alarmed_metrics: int
    table_bytes: int
    since: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What a period took.

    Attributes
    ----------
    calls
        Calls to Commerce Layer, by the name of their metric.
    not_sent
        Refreshes that were left out, since the stack or the order is only observed.
    days
        For how long what costs by the month was there.
    work
        Quantities that have a price, by the price's name.
    bill
        What they cost: in all, by service and by price.
    not_measured
        Names of prices for which AWS gave no figure.
    """

    calls: Mapping[Metric, int]
    not_sent: int
    days: float
    work: Work
    bill: Mapping[str, Any]
    not_measured: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSpending:
    """Reads what a period took."""

    metrics: Metrics
    parts: Parts

    def read(self, period: Period, events: int) -> Spending:
        """Read it by the hour, the first hour as a whole.

        Parameters
        ----------
        events
            Outcome events that were sent; AWS counts none.
        """
        own = [Series(metric) for metric in Metric if metric is not Metric.SETTLED_BY_REFRESH_CENTS]
        own += [
            Series(Metric.SETTLED_BY_REFRESH_CENTS, dimensions=(("currency", currency),))
            for currency in self.metrics.values_of(Metric.SETTLED_BY_REFRESH_CENTS, "currency")
        ]
        drivers = self._drivers()
        series = dict.fromkeys([*own, *(each for some in drivers.values() for each in some)])
        points = self.metrics.read(series, period.since, period.until, period=HOUR)
        measured = {
            name: sum(_total(points[each]) for each in some)
            for name, some in drivers.items()
            if any(points[each] for each in some)
        }
        days = (period.until - max(period.since, self.parts.since or 0)) / DAY
        work = self._priced(measured) | self._kept(max(0.0, days) / MONTH_DAYS)
        # A metric costs for the hours in which it has a value.
        work["CloudWatch metrics"] = sum(len(points[each]) for each in own) * HOUR / DAY / MONTH_DAYS
        work["EventBridge events"] = events
        return Spending(
            calls={metric: round(_total(points[Series(metric)])) for metric in CALLS},
            not_sent=round(_total(points[Series(Metric.NOT_SENT)])),
            days=round(max(0.0, days), 2),
            work=work,
            bill=dollars(work),
            not_measured=[name for name in drivers if name not in measured and name in _NAMED],
        )

    def _drivers(self) -> dict[str, list[Series]]:
        """Name the series of each quantity that AWS measures."""
        parts = self.parts
        table = ("TableName", parts.table)
        index = (table, ("GlobalSecondaryIndexName", parts.index))
        found = {
            name: [_aws("DynamoDB", unit, table), _aws("DynamoDB", unit, *index)] for name, unit in _UNITS.items()
        }
        found["Lambda requests"] = [_invocations(name) for name in parts.functions.values()]
        found["EventBridge Scheduler"] = [_invocations(parts.functions[name]) for name in SCHEDULED]
        found["Lambda time"] = [
            _aws("Lambda", "Duration", ("FunctionName", name)) for name in parts.functions.values()
        ]
        found["SQS requests"] = [
            _aws("SQS", name, ("QueueName", queue)) for queue in parts.queues for name in _MESSAGES
        ]
        found["CloudWatch Logs ingestion"] = [
            _aws("Logs", "IncomingBytes", ("LogGroupName", name)) for name in parts.log_groups.values()
        ]
        return found

    def _priced(self, measured: Mapping[str, float]) -> Work:
        """Put what AWS measured into the units of the prices."""
        factors = {"Lambda time": MEMORY_GB / 1000, "CloudWatch Logs ingestion": 1 / GB}
        return {name: quantity * factors.get(name, 1) for name, quantity in measured.items()}

    def _kept(self, months: float) -> Work:
        """What costs by the month, whatever is done."""
        stored = self.parts.table_bytes / GB * months
        return {
            "CloudWatch alarms": self.parts.alarmed_metrics * months,
            "Secrets Manager secrets": SECRETS * months,
            "DynamoDB storage": stored,
            "DynamoDB point-in-time recovery": stored,
        }


_NAMED = frozenset({*_UNITS, "Lambda requests", "Lambda time", "SQS requests", "CloudWatch Logs ingestion"})


def _aws(service: str, name: str, *dimensions: tuple[str, str]) -> Series:
    return Series(name, dimensions=dimensions, namespace=f"AWS/{service}")


def _invocations(function: str) -> Series:
    return _aws("Lambda", "Invocations", ("FunctionName", function))


def _total(points: Sequence[Point]) -> float:
    return sum(point.value for point in points)
