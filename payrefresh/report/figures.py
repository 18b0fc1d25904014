"""Figures of a period: what happened to payments in it, and how they stand now. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from payment_refresh.domain.vocabulary import OutboxItem, Reason, Status
from payrefresh.report.delays import Delays, delays_of
from payrefresh.report.facts import Fact, facts_of, pending_for
from payrefresh.report.gateways import Group, gateway_of
from payrefresh.report.sums import Sum, Summing

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from payment_refresh.domain.watch import Watch
    from payrefresh.report.gateways import Gateway
    from payrefresh.report.period import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One payment to which one thing happened.

    Attributes
    ----------
    at
        When, in epoch seconds UTC.
    pending_for
        Seconds for which it had been pending then.
    """

    fact: Fact
    at: int
    pending_for: int
    gateway: Gateway
    watch: Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What happened to payments in a period.

    Attributes
    ----------
    rows
        How many rows were read.
    sums
        By what happened.
    groups
        The same, of each gateway and currency.
    delays
        How long the payments that a refresh found had been pending, and those with a late webhook.
    by_step
        How many payments a refresh found in each step of the period.
    placed_after_all
        Orders that were paid and not placed, and placed later.
    stuck
        Payments that stayed pending in the period, by how they stand: dead-lettered, reported, acknowledged.
    waiting
        All payments that are dead-lettered now, whenever that was.
    watched
        Payments that are watched now.
    events
        Outcome events that were announced of these payments; an estimate, for the bill.
    lines
        One for each payment and what happened to it, in order of time; empty unless they are asked for.
    """

    rows: int
    sums: Mapping[Fact, Sum]
    groups: Mapping[Fact, Mapping[Group, Sum]]
    delays: Mapping[Fact, Delays]
    by_step: Mapping[int, int]
    placed_after_all: int
    stuck: Mapping[str, int]
    waiting: Sum
    watched: Sum
    events: int
    lines: Sequence[Line] = ()

    def of(self, fact: Fact) -> Sum:
        """The sum of what happened; an empty one where it did not."""
        return self.sums.get(fact, Sum())


def _groups() -> defaultdict[Group, Summing]:
    return defaultdict(Summing)


@dataclass(slots=True)
class Counting:
    """Counts row by row, so that a large table need not be in memory at once.

    Attributes
    ----------
    named
        What happened to the payments that are kept one by one.
    """

    period: Period
    named: Collection[Fact] = ()
    _rows: int = 0
    _groups: defaultdict[Fact, defaultdict[Group, Summing]] = field(default_factory=lambda: defaultdict(_groups))
    _sums: defaultdict[Fact, Summing] = field(default_factory=lambda: defaultdict(Summing))
    _delays: defaultdict[Fact, list[int]] = field(default_factory=lambda: defaultdict(list))
    _by_step: Counter[int] = field(default_factory=Counter)
    _placed_after_all: int = 0
    _stuck: Counter[str] = field(default_factory=Counter)
    _waiting: Summing = field(default_factory=Summing)
    _watched: Summing = field(default_factory=Summing)
    _events: int = 0
    _lines: list[Line] = field(default_factory=list)

    def add(self, watch: Watch) -> None:
        """Count a row."""
        self._rows += 1
        if watch.is_open:
            self._watched.add(watch)
        elif watch.status is Status.DEAD_LETTERED:
            self._waiting.add(watch)
        happened = [(fact, at) for fact, at in facts_of(watch) if at in self.period]
        for fact, at in happened:
            self._count(
                Line(fact=fact, at=at, pending_for=pending_for(watch, at), gateway=gateway_of(watch), watch=watch)
            )
        if happened:
            self._events += len(watch.announced)

    def _count(self, line: Line) -> None:
        watch = line.watch
        self._sums[line.fact].add(watch)
        self._groups[line.fact][Group(line.gateway, watch.currency)].add(watch)
        if line.fact in (Fact.FOUND, Fact.LATE_WEBHOOK):
            self._delays[line.fact].append(line.pending_for)
        if line.fact is Fact.FOUND:
            steps = self.period.steps
            self._by_step[steps[(line.at - steps[0]) // self.period.step]] += 1
        elif line.fact is Fact.NOT_PLACED:
            self._placed_after_all += OutboxItem.PLACED_AFTER_ALL in watch.announced
        elif line.fact is Fact.STAYED_PENDING:
            self._stuck[Reason.ACKNOWLEDGED if watch.reason is Reason.ACKNOWLEDGED else watch.status] += 1
        if line.fact in self.named:
            self._lines.append(line)

    @property
    def figures(self) -> Figures:
        """All that was counted."""
        return Figures(
            rows=self._rows,
            sums={fact: self._sums[fact].sum for fact in Fact if fact in self._sums},
            groups={
                fact: {
                    group: self._groups[fact][group].sum for group in sorted(self._groups[fact], key=Group.order)
                }
                for fact in Fact
                if fact in self._groups
            },
            delays={fact: delays_of(seconds) for fact, seconds in self._delays.items()},
            by_step={step: self._by_step[step] for step in self.period.steps},
            placed_after_all=self._placed_after_all,
            stuck=dict(sorted(self._stuck.items())),
            waiting=self._waiting.sum,
            watched=self._watched.sum,
            events=self._events,
            lines=sorted(self._lines, key=lambda line: (line.at, line.fact, str(line.watch.key))),
        )
