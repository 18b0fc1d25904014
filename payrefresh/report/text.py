"""A report as tables for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from payrefresh.report import words
from payrefresh.report.delays import duration
from payrefresh.report.facts import Fact
from payrefresh.report.report import CALLS, FOR_A_PERSON, WITH_HELD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from payrefresh.report.delays import Delays
    from payrefresh.report.report import Report

BAR = 30
"""Width of the longest bar."""


def view_report(report: Report, *, with_orders: bool = False) -> RenderableType:
    """The report as one thing to print."""
    return Group(*_parts(report, with_orders=with_orders))


def _parts(report: Report, *, with_orders: bool) -> Iterator[RenderableType]:
    yield Text(words.title_of(report), style="bold")
    yield Text(f"{words.span(report)}; {words.counted(report.figures.rows, 'row')} read")
    yield Text()
    yield from _found(report)
    yield from _for_a_person(report)
    yield _now(report)
    yield Text()
    yield _spent(report)
    if with_orders and report.figures.lines:
        yield Text()
        yield _orders(report)
    yield Text()
    yield from (Text(f"- {remark}", style="dim") for remark in (words.HOW_FOUND, *words.remarks(report)))


def _found(report: Report) -> Iterator[RenderableType]:
    of = report.figures.of(Fact.FOUND)
    if report.about.observes:
        yield from _would_have_found(report)
    elif not of.payments:
        yield Text("No payment was found by refresh before its webhook came.", style="bold")
    else:
        headline = f"{words.counted(of.payments, 'payment')} found by refresh: {words.money_of(of)}"
        yield Text(headline, style="bold green")
        table = _grid()
        for group, each in report.figures.groups[Fact.FOUND].items():
            name = report.gateways[group.gateway]
            table.add_row(f"  {name}", words.counted(each.payments, "payment"), words.money_of(each))
        yield table
        yield Text()
        yield Text("How long each had been pending")
        yield _distribution(report.delays(Fact.FOUND))
    by_webhook = report.figures.of(Fact.BY_WEBHOOK)
    yield Text(f"The gateway's webhook settled {words.counted(by_webhook.payments, 'payment')}.")
    yield Text()


def _would_have_found(report: Report) -> Iterator[RenderableType]:
    stayed, late = (report.figures.of(fact) for fact in (Fact.STAYED_PENDING, Fact.LATE_WEBHOOK))
    yield Text("This stack only observes. In refresh mode it would have", style="bold")
    table = _grid()
    table.add_row(
        "  asked about what stayed pending to the end",
        words.counted(stayed.payments, "payment"),
        words.money_of(stayed),
    )
    table.add_row(
        "  asked about what a late webhook settled",
        words.counted(late.payments, "payment"),
        words.money_of(late),
    )
    yield table
    if late.payments:
        yield Text()
        yield Text("How long the latter had been pending when the webhook came")
        yield _distribution(report.delays(Fact.LATE_WEBHOOK))
    yield Text(words.ONLY_THE_GATEWAY_KNOWS)


def _distribution(delays: Delays) -> RenderableType:
    most = max(each.payments for each in delays.classes)
    table = _grid()
    for each in delays.classes:
        bar = "▇" * round(each.payments * BAR / most) if most else ""
        table.add_row(
            f"  {words.class_name(each)}",
            f"{each.payments:,}",
            Text(bar or ("▏" if each.payments else ""), "green"),
        )
    if delays.median is not None and delays.most is not None and delays.longest is not None:
        table.add_row(
            "  half within, nine in ten, all",
            "",
            ", ".join(duration(each) for each in (delays.median, delays.most, delays.longest)),
        )
    return table


def _for_a_person(report: Report) -> Iterator[RenderableType]:
    figures = report.figures
    table = _grid()
    for fact in (*FOR_A_PERSON, Fact.STAYED_PENDING):
        of = figures.of(fact)
        if of.payments:
            held = f", {words.sums(of.held)} held" if fact in WITH_HELD else ""
            name = f"  {words.TITLES[fact]}"
            table.add_row(name, words.counted(of.orders, "order"), words.money_of(of) + held)
    if not table.row_count:
        return
    yield Text("Reported, for a person", style="bold")
    yield table
    if figures.placed_after_all:
        yield Text(f"  Of those not placed, {figures.placed_after_all:,} placed after all since.")
    if figures.stuck:
        stands = ", ".join(f"{count} {words.STANDS[stand]}" for stand, count in figures.stuck.items())
        yield Text(f"  Of those that stayed pending, {stands} now.")
    yield Text()


def _now(report: Report) -> RenderableType:
    figures = report.figures
    table = _grid()
    for name, of in (("Dead-lettered now", figures.waiting), ("Watched now", figures.watched)):
        table.add_row(name, words.counted(of.payments, "payment"), words.money_of(of))
    return table


def _spent(report: Report) -> RenderableType:
    spending = report.spending
    table = _grid()
    calls = ", ".join(f"{spending.calls[metric]:,} {words.CALLS[name]}" for metric, name in CALLS.items())
    table.add_row("Calls to Commerce Layer", f"{sum(spending.calls.values()):,}", calls)
    if spending.not_sent:
        table.add_row("Refreshes not sent", f"{spending.not_sent:,}", "as Mode or ActOnOrdersAfter says")
    services = ", ".join(
        f"{name} {cost:.2f}" for name, cost in spending.bill["by_service"].items() if cost >= 0.005
    )
    table.add_row("Dollars for AWS", f"{spending.bill['dollars']:,.2f}", services)
    return table


def _orders(report: Report) -> RenderableType:
    table = Table(box=None, pad_edge=False)
    for name in ("When (UTC)", "What", "Order", "Payment"):
        table.add_column(name, overflow="fold")
    for name in ("Amount", "Pending for"):
        table.add_column(name, justify="right", overflow="fold")
    for line in report.figures.lines:
        watch = line.watch
        cells = (
            words.minute(line.at),
            words.SHORT[line.fact],
            watch.order_number or watch.order_id or "-",
            str(watch.key),
            words.amount_of(watch),
            duration(line.pending_for),
        )
        table.add_row(*(Text(cell) for cell in cells))  # what others wrote is no markup
    return table


def _grid() -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column()
    table.add_column(justify="right")
    table.add_column()
    return table
