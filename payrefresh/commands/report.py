"""`payrefresh report`: what the stack brought, and what it cost."""

from __future__ import annotations

import time
from pathlib import Path  # noqa: TC003 - typer evaluates the annotations
from typing import TYPE_CHECKING, Annotated

import typer

from payrefresh.options import DEFAULT_STACK, JsonOption, ProfileOption, RegionOption, StackOption
from payrefresh.terminal import Progress, note, print_csv, print_json, print_view

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
    yes: Annotated[bool, typer.Option("--yes", help="Read a large table without asking.")] = False,
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
    from payrefresh.report.text import view_report

    if as_json and as_csv:
        raise WrongInput("--json and --csv exclude each other")
    if html is not None and (html.is_dir() or not html.parent.is_dir()):
        raise WrongInput(f"--html {html}: no page can be written there; name a file in a folder that exists")
    period = read_period(since, time.time())
    connect(profile=profile, region=region)
    found = _read(find_stack(stack), period, with_orders=with_orders, agreed=yes)
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
        print_view(view_report(found, with_orders=with_orders))
    if html is not None:
        note(f"page written to {html}")


def _read(stack: Stack, period: Period, *, with_orders: bool, agreed: bool) -> Report:
    """Read the table and the metrics."""
    from payrefresh.adapters.metrics import CloudWatchMetrics
    from payrefresh.adapters.paid_parts import paid_parts
    from payrefresh.adapters.rows import DynamoRows
    from payrefresh.commands.scanning import before_scan
    from payrefresh.report.figures import Counting
    from payrefresh.report.report import NAMED, NAMED_IF_OBSERVED, Report
    from payrefresh.report.spending import ReadSpending

    rows = DynamoRows(stack.table)
    about, size = rows.size()
    before_scan(rows, agreed=agreed)
    named = NAMED_IF_OBSERVED if stack.observes else NAMED
    counting = Counting(period=period, named=named if with_orders else ())
    with Progress().during("Reading the table") as so_far:
        for watch in rows.scan(lambda read: so_far(f"{read:,} of about {max(read, about):,} rows")):
            counting.add(watch)
    figures = counting.figures
    with Progress().during("Reading the metrics"):
        parts = paid_parts(stack, table_bytes=size)
        spending = ReadSpending(metrics=CloudWatchMetrics(stack.namespace), parts=parts).read(
            period, figures.events
        )
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
