"""The report as a whole, and as the JSON that it is an interface by. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from payment_refresh.metrics import Metric
from payment_refresh.times import to_iso
from payrefresh.prices import DATED, REGION
from payrefresh.report.delays import DAY, delays_of
from payrefresh.report.facts import Fact
from payrefresh.report.gateways import names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payrefresh.report.delays import Delays
    from payrefresh.report.figures import Figures, Line
    from payrefresh.report.gateways import Gateway
    from payrefresh.report.period import Period
    from payrefresh.report.spending import Spending
    from payrefresh.report.sums import Sum

FOR_A_PERSON = (
    Fact.NOT_PLACED,
    Fact.SECOND_CHARGE,
    Fact.AMOUNT_DIFFERS,
    Fact.ON_CANCELLED,
    Fact.PLACED_LATE,
    Fact.GONE,
)
"""What a person had to look at, besides what stayed pending."""

NAMED = frozenset({Fact.FOUND, *FOR_A_PERSON, Fact.STAYED_PENDING})
"""What happened to the orders that are named, where that is asked for."""

NAMED_IF_OBSERVED = NAMED | {Fact.LATE_WEBHOOK}
"""The same where no refresh is sent."""

WITH_HELD = frozenset({Fact.SECOND_CHARGE, Fact.AMOUNT_DIFFERS})
"""Where what is held says more than the orders' totals."""

CALLS = {
    Metric.LIST_CALLS: "lists",
    Metric.RETRIEVE_CALLS: "single_records",
    Metric.REFRESH_CALLS: "refreshes",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a report is about.

    Attributes
    ----------
    organization, api_mode
        The slug in Commerce Layer, and ``live`` or ``test``.
    observes
        Whether the stack sends no refresh.
    retention_days
        For how long rows of ended payments are kept.
    """

    stack: str
    region: str
    organization: str
    api_mode: str
    observes: bool
    retention_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All that a report says."""

    about: About
    period: Period
    figures: Figures
    spending: Spending

    @property
    def known_since(self) -> int:
        """Since when all rows are still there, in epoch seconds UTC."""
        return max(self.period.since, self.period.until - self.about.retention_days * DAY)

    @property
    def is_complete(self) -> bool:
        """Whether no row of the period can have expired."""
        return self.known_since == self.period.since

    def delays(self, fact: Fact) -> Delays:
        """How long payments had been pending; where there are none, that."""
        return self.figures.delays.get(fact, delays_of(()))

    @property
    def gateways(self) -> Mapping[Gateway, str]:
        """The gateways of all payments that are counted, with their names."""
        return names(group.gateway for groups in self.figures.groups.values() for group in groups)


def as_json(report: Report, *, with_orders: bool = False) -> dict[str, Any]:
    """Write the report as JSON; money is in the currency's smallest unit, times are ISO 8601 UTC."""
    figures, spending, about = report.figures, report.spending, report.about
    found = _sum(figures.of(Fact.FOUND)) | {
        "by_gateway": _by_gateway(report, Fact.FOUND),
        "pending_for": _delays(report.delays(Fact.FOUND)),
        "by_step": [{"from": to_iso(at), "payments": count} for at, count in figures.by_step.items()],
    }
    document = {
        "stack": about.stack,
        "region": about.region,
        "organization": about.organization,
        "api_mode": about.api_mode,
        "mode": "observe" if about.observes else "refresh",
        "since": to_iso(report.period.since),
        "until": to_iso(report.period.until),
        "retention_days": about.retention_days,
        "complete": report.is_complete,
        "known_since": to_iso(report.known_since),
        "rows": figures.rows,
        "found_by_refresh": found,
        "settled_by_webhook": _sum(figures.of(Fact.BY_WEBHOOK)),
        "for_a_person": {fact.value: _sum(figures.of(fact), held=fact in WITH_HELD) for fact in FOR_A_PERSON},
        "placed_after_all": figures.placed_after_all,
        "stayed_pending": _sum(figures.of(Fact.STAYED_PENDING))
        | {"stand": dict(figures.stuck), "by_gateway": _by_gateway(report, Fact.STAYED_PENDING)},
        "abandoned_carts": _sum(figures.of(Fact.ABANDONED)),
        "dead_lettered_now": _sum(figures.waiting),
        "watched_now": _sum(figures.watched),
        "would_have_found": _would_have_found(report) if about.observes else None,
        "calls": {name: spending.calls[metric] for metric, name in CALLS.items()},
        "refreshes_not_sent": spending.not_sent,
        "cost": {
            "dollars": spending.bill["dollars"],
            "days": spending.days,
            "by_service": {name: round(cost, 2) for name, cost in spending.bill["by_service"].items()},
            "prices": {"region": REGION, "dated": DATED},
            "not_measured": list(spending.not_measured),
        },
    }
    return document | ({"payments": [line_of(line, report) for line in figures.lines]} if with_orders else {})


def line_of(line: Line, report: Report) -> dict[str, Any]:
    """Write one payment, and what happened to it."""
    watch = line.watch
    return {
        "what": line.fact.value,
        "at": to_iso(line.at),
        "order_number": watch.order_number,
        "order_id": watch.order_id,
        "payment": str(watch.key),
        "gateway": report.gateways[line.gateway],
        "currency": watch.currency,
        "amount_cents": watch.amount_cents,
        "held_cents": watch.held_cents if line.fact in WITH_HELD else None,
        "pending_for_s": line.pending_for,
        "status": watch.status.value,
    }


def _would_have_found(report: Report) -> dict[str, Any]:
    """What refresh mode would have asked the gateway for; whether it was paid, only the gateway knows."""
    figures = report.figures
    late = _sum(figures.of(Fact.LATE_WEBHOOK)) | {"pending_for": _delays(report.delays(Fact.LATE_WEBHOOK))}
    return {"at_most": _sum(figures.of(Fact.STAYED_PENDING)), "earlier_than_the_webhook": late}


def _sum(of: Sum, *, held: bool = False) -> dict[str, Any]:
    written: dict[str, Any] = {"payments": of.payments, "orders": of.orders, "sums": dict(of.totals)}
    written |= {"held": dict(of.held)} if held else {}
    return written | ({"orders_without_total": of.unknown} if of.unknown else {})


def _by_gateway(report: Report, fact: Fact) -> list[dict[str, Any]]:
    return [
        {
            "gateway": report.gateways[group.gateway],
            "gateway_kind": group.gateway.kind,
            "gateway_id": group.gateway.id,
            "currency": group.currency,
            "payments": of.payments,
            "orders": of.orders,
            "amount_cents": sum(of.totals.values()),
        }
        for group, of in report.figures.groups.get(fact, {}).items()
    ]


def _delays(delays: Delays) -> dict[str, Any]:
    return {
        "median_s": delays.median,
        "nine_in_ten_s": delays.most,
        "longest_s": delays.longest,
        "classes": [{"up_to_s": each.limit, "payments": each.payments} for each in delays.classes],
    }
