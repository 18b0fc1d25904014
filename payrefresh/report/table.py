"""A report as rows of CSV: sums, or one row for each payment. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payrefresh.report.report import WITH_HELD, line_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from payrefresh.report.report import Report

CSV_NAMES = ("what", "gateway", "currency", "payments", "orders", "amount_cents", "held_cents", "calls", "dollars")
"""Columns of the sums."""

ORDER_NAMES = (
    *("what", "at", "order_number", "order_id", "payment", "gateway", "currency"),
    *("amount_cents", "held_cents", "pending_for_s", "status"),
)
"""Columns of the payments."""


def csv_rows(report: Report) -> Iterator[Mapping[str, object]]:
    """One row for what happened, each gateway and currency; then the calls, and the dollars by service."""
    for fact, groups in report.figures.groups.items():
        for group, of in groups.items():
            yield {
                "what": fact.value,
                "gateway": report.gateways[group.gateway],
                "currency": group.currency,
                "payments": of.payments,
                "orders": of.orders,
                "amount_cents": sum(of.totals.values()),
                "held_cents": sum(of.held.values()) if fact in WITH_HELD else None,
            }
    for metric, count in report.spending.calls.items():
        yield {"what": metric.value, "calls": count}
    for service, dollars in report.spending.bill["by_service"].items():
        yield {"what": service, "dollars": round(dollars, 2)}


def order_rows(report: Report) -> Iterator[Mapping[str, object]]:
    """One row for each payment and what happened to it."""
    return (line_of(line, report) for line in report.figures.lines)
