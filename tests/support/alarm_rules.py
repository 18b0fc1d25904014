"""CloudWatch's alarms, as far as the template uses them: what an alarm's state is, given the numbers. Pure.

After AWS's documentation ("Using Amazon CloudWatch alarms", "Alarm evaluation"). A window slides by the minute.
Of the last `DatapointsToAlarm` of `EvaluationPeriods` data points, those that are missing are filled in by
`TreatMissingData`; but CloudWatch looks a little further back, and as long as it finds enough that are not missing
there, it takes these, and fills in none.
"""

from __future__ import annotations

import json
import operator
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from types import CodeType

MINUTE = 60

FURTHER_BACK = 2
"""Periods by which the evaluation range exceeds the evaluation periods: AWS's example has five for three."""

type Value = float | None

COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
}


class Name(NamedTuple):
    """A metric's name: its namespace, itself, and the values of its dimensions."""

    namespace: str
    metric: str
    dimensions: frozenset[tuple[str, str]]


@dataclass(slots=True)
class Series:
    """The numbers of one metric, minute by minute, in order of time."""

    minutes: list[int] = field(default_factory=list)
    values: list[list[float]] = field(default_factory=list)
    _sums: list[float] = field(default_factory=list)

    def add(self, at: float, value: float) -> None:
        """Add a number; times may only grow."""
        minute = int(at // MINUTE) * MINUTE
        if self.minutes and minute < self.minutes[-1]:
            raise ValueError(f"{minute} is before {self.minutes[-1]}")
        if not self.minutes or self.minutes[-1] < minute:
            self.minutes.append(minute)
            self.values.append([])
        self.values[-1].append(value)
        self._sums.clear()

    def statistic(self, name: str, begin: int, end: int) -> Value:
        """Give a statistic of the minutes from ``begin`` up to ``end``; None where there is no number."""
        first, last = bisect_left(self.minutes, begin), bisect_left(self.minutes, end)
        if first == last:
            return None
        if name == "Sum":
            if not self._sums:
                self._sums = [0.0, *accumulate(map(sum, self.values))]
            return self._sums[last] - self._sums[first]
        of: Callable[[Iterable[float]], float] = {"Maximum": max, "Minimum": min}[name]
        return of(map(of, self.values[first:last]))


@dataclass(slots=True)
class Numbers:
    """All numbers that CloudWatch has."""

    series: dict[Name, Series] = field(default_factory=lambda: defaultdict(Series))

    def add(self, name: Name, at: float, *values: float) -> None:
        """Add numbers of one metric."""
        for value in values:
            self.series[name].add(at, value)

    @staticmethod
    def time_of(line: str) -> float:
        """Say when a log line in the embedded metric format was written, in epoch seconds; 0 if it is none."""
        document = json.loads(line) if line.startswith("{") else {}
        return document["_aws"]["Timestamp"] / 1000 if "_aws" in document else 0.0

    def add_emf(self, line: str, at: float | None = None) -> None:
        """Add the numbers of a log line, if it has the embedded metric format; at its own time, or another."""
        document = json.loads(line) if line.startswith("{") else {}
        if "_aws" not in document:
            return
        time = document["_aws"]["Timestamp"] / 1000 if at is None else at
        for directive in document["_aws"]["CloudWatchMetrics"]:
            for dimensions in directive["Dimensions"]:
                values = frozenset((each, document[each]) for each in dimensions)
                for metric in directive["Metrics"]:
                    found = document[metric["Name"]]
                    name = Name(directive["Namespace"], metric["Name"], values)
                    self.add(name, time, *(found if isinstance(found, list) else [found]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """What an expression is made of: a statistic of a metric, or another expression."""

    id: str
    metric: Name | None = None
    statistic: str = ""
    expression: str = ""
    returned: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """An alarm of the template.

    Attributes
    ----------
    period
        Seconds of one data point.
    periods, datapoints
        How many data points are looked at, and how many of them must be breaching.
    silence_breaches
        Whether a missing data point is breaching.
    """

    name: str
    terms: tuple[Term, ...]
    period: int
    periods: int
    datapoints: int
    threshold: float
    comparison: str
    silence_breaches: bool

    @classmethod
    def read(cls, name: str, properties: Mapping[str, Any], resolve: Callable[[Any], str]) -> Alarm:
        """Read an alarm's properties; ``resolve`` gives the value of what refers to something."""

        def named(metric: Mapping[str, Any]) -> Name:
            dimensions = frozenset((each["Name"], resolve(each["Value"])) for each in metric["Dimensions"])
            return Name(resolve(metric["Namespace"]), metric["MetricName"], dimensions)

        if "Metrics" in properties:
            stats = [each["MetricStat"] for each in properties["Metrics"] if "MetricStat" in each]
            (period,) = {stat["Period"] for stat in stats}
            terms = tuple(_term(each, named) for each in properties["Metrics"])
        else:
            period = properties["Period"]
            terms = (Term(id="it", metric=named(properties), statistic=properties["Statistic"]),)
        periods = properties["EvaluationPeriods"]
        return cls(
            name=name,
            terms=terms,
            period=period,
            periods=periods,
            datapoints=properties.get("DatapointsToAlarm", periods),
            threshold=float(resolve(properties["Threshold"])),
            comparison=properties["ComparisonOperator"],
            silence_breaches={"breaching": True, "notBreaching": False}[properties["TreatMissingData"]],
        )

    def rings(self, numbers: Numbers, now: int) -> bool:
        """Say whether it is in alarm at ``now``, a whole minute in epoch seconds."""
        found = [self._datapoint(numbers, now - back * self.period) for back in range(self.periods + FURTHER_BACK)]
        known = [value for value in found if value is not None]
        taken: Sequence[Value] = known[: self.periods] if len(known) >= self.periods else found[: self.periods]
        breaches = COMPARISONS[self.comparison]
        breaching = [
            self.silence_breaches if value is None else breaches(value, self.threshold) for value in taken
        ]
        return sum(breaching) >= self.datapoints

    def changes(self, numbers: Numbers, begin: int, end: int) -> list[tuple[int, bool]]:
        """List the minutes at which its state changed between two times, and whether it rang from then on."""
        changes: list[tuple[int, bool]] = []
        rang = False
        for now in self._minutes(numbers, begin, end):
            if (rings := self.rings(numbers, now)) is not rang:
                changes.append((now, rings))
                rang = rings
        return changes

    def _datapoint(self, numbers: Numbers, end: int) -> Value:
        values: dict[str, Value] = {}
        for term in reversed(self.terms):  # what an expression needs stands below it
            if term.metric is not None:
                series = numbers.series.get(term.metric)
                begin = end - self.period
                values[term.id] = None if series is None else series.statistic(term.statistic, begin, end)
            else:
                values[term.id] = evaluate(term.expression, values)
        (result,) = (values[term.id] for term in self.terms if term.returned)
        return result

    def _minutes(self, numbers: Numbers, begin: int, end: int) -> list[int]:
        """Those minutes at which a number comes into one of the windows or leaves it: no other can change it."""
        moments = {begin, end}
        for term in self.terms:
            series = numbers.series.get(term.metric) if term.metric is not None else None
            for minute in series.minutes if series is not None else ():
                for back in range(self.periods + FURTHER_BACK + 1):
                    moments.add(minute + MINUTE + back * self.period)
                    moments.add(minute + back * self.period)
        return sorted(moment for moment in moments if begin <= moment <= end)


def _term(query: Mapping[str, Any], named: Callable[[Mapping[str, Any]], Name]) -> Term:
    """Read one of the queries of an alarm that rests on several numbers."""
    if "Expression" in query:
        return Term(id=query["Id"], expression=query["Expression"], returned=query["ReturnData"])
    stat = query["MetricStat"]
    return Term(id=query["Id"], metric=named(stat["Metric"]), statistic=stat["Stat"], returned=False)


def evaluate(expression: str, values: Mapping[str, Value]) -> Value:
    """Evaluate a metric math expression at one data point, with the functions that the template uses."""
    functions: dict[str, Any] = {
        "MAX": max,
        "FILL": lambda value, other: other if value is None else value,
        "IF": lambda condition, then, otherwise: then if condition else otherwise,
    }
    result: Value = eval(_compiled(expression), {"__builtins__": {}}, functions | dict(values))  # noqa: S307  ours
    return result


@cache
def _compiled(expression: str) -> CodeType:
    return compile(expression, expression, "eval")
