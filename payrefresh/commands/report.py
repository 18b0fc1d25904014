"""`payrefresh report`: what the stack brought, and what it cost."""

from __future__ import annotations

import sys
import time
from pathlib import Path  # noqa: TC003 - typer evaluates the annotations
from typing import TYPE_CHECKING, Annotated

import typer

from payrefresh.options import DEFAULT_STACK, JsonOption, ProfileOption, RegionOption, StackOption
from payrefresh.terminal import Progress, console, print_csv, print_json

if TYPE_CHECKING:
    from payrefresh.adapters.stack import Stack
    from payrefresh.report.period import Period
    from payrefresh.report.report import About, Report

_OUTPUT = "Output"


def report(
    since: Annotated[
        str, typer.Option("--since", help="How far back: 30d, 12h, 4w, or a date such as 2026-01-31.")
    ] = "30d",
    stack: StackOption = DEFAULT_STACK,
    region: RegionOption = None,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Print CSV instead of text.", rich_help_panel=_OUTPUT)
    ] = False,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Write a page to this file as well.", rich_help_panel=_OUTPUT),
    ] = None,
    with_orders: Annotated[
        bool,
        typer.Option("--with-orders", help="Name each order; else there are only sums.", rich_help_panel=_OUTPUT),
    ] = False,
) -> None:
    """Say what the stack brought: money found by refresh, what it found for a person, and what it cost.

    It reads the whole table, and writes nothing anywhere.

    Example: payrefresh report --since 30d --html report.html
    """
    from payrefresh.adapters.aws import connect
    from payrefresh.adapters.stack import find_stack
    from payrefresh.errors import WrongInput
    from payrefresh.report.page import write_page
    from payrefresh.report.period import read_period
    from payrefresh.report.report import as_json as document
    from payrefresh.report.table import CSV_NAMES, ORDER_NAMES, csv_rows, order_rows
    from payrefresh.report.text import tables

    if as_json and as_csv:
        raise WrongInput("--json and --csv exclude each other")
    if html is not None and (html.is_dir() or not html.parent.is_dir()):
        raise WrongInput(f"--html {html}: no page can be written there; name a file in a folder that exists")
    period = read_period(since, time.time())
    connect(profile=profile, region=region)
    found = _read(find_stack(stack), period, with_orders=with_orders)
    if html is not None:
        try:
            html.write_text(write_page(found, with_orders=with_orders), encoding="utf-8")
        except OSError as error:
            raise WrongInput(f"--html {html}: cannot be written: {error.strerror}") from error
    if as_json:
        print_json(document(found, with_orders=with_orders))
    elif as_csv:
        print_csv(ORDER_NAMES, order_rows(found)) if with_orders else print_csv(CSV_NAMES, csv_rows(found))
    else:
        for part in tables(found, with_orders=with_orders):
            console().print(part)
    if html is not None:
        sys.stderr.write(f"page written to {html}\n")


def _read(stack: Stack, period: Period, *, with_orders: bool) -> Report:
    """Read the table and the metrics."""
    from payrefresh.adapters.metrics import CloudWatchMetrics
    from payrefresh.adapters.paid_parts import paid_parts
    from payrefresh.adapters.rows import DynamoRows
    from payrefresh.report.figures import Counting
    from payrefresh.report.report import Report
    from payrefresh.report.spending import ReadSpending, scan_cost

    rows = DynamoRows(stack.table)
    count, size = rows.size()
    counting = Counting(period=period, with_lines=with_orders)
    what = f"Reading about {count:,} rows (${scan_cost(size):.2f})"
    with Progress().during(what) as so_far:
        for watch in rows.scan(lambda read: so_far(f"{read:,} read")):
            counting.add(watch)
    figures = counting.figures
    with Progress().during("Reading the metrics"):
        spending = ReadSpending(
            metrics=CloudWatchMetrics(stack.namespace), parts=paid_parts(stack, table_bytes=size)
        ).read(period, figures.events)
    return Report(about=_about(stack), period=period, figures=figures, spending=spending)


def _about(stack: Stack) -> About:
    from payrefresh.report.report import About

    return About(
        stack=stack.name,
        region=stack.region,
        organization=stack.parameters["CommerceLayerOrganization"],
        api_mode=stack.parameters["CommerceLayerMode"],
        observes=stack.observes,
        retention_days=int(stack.parameters["RetentionDays"]),
    )
