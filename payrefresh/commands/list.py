"""`payrefresh list`: the watches of a stack that match, in order."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from payrefresh.options import DEFAULT_STACK, JsonOption, ProfileOption, RegionOption, StackOption
from payrefresh.overview.selection import Sort
from payrefresh.terminal import Progress, print_csv, print_json, print_view

SHOWN = 50
"""Rows of a table unless a limit is given; JSON and CSV have all."""

_WHICH, _OUTPUT = "Which", "Output"


def list_(
    status: Annotated[
        list[str] | None,
        typer.Option(
            help="Statuses, with commas, or all; by default what is not over, with --notice all.",
            rich_help_panel=_WHICH,
        ),
    ] = None,
    class_: Annotated[
        list[str] | None, typer.Option("--class", help="placed or cart.", rich_help_panel=_WHICH)
    ] = None,
    type_: Annotated[
        list[str] | None,
        typer.Option("--type", help="Payment types, such as stripe_payments.", rich_help_panel=_WHICH),
    ] = None,
    gateway: Annotated[
        list[str] | None,
        typer.Option(help="Gateways in Commerce Layer, by type or id.", rich_help_panel=_WHICH),
    ] = None,
    notice: Annotated[
        list[str] | None, typer.Option(help="Notices, such as superseded.", rich_help_panel=_WHICH)
    ] = None,
    older_than: Annotated[
        str | None, typer.Option(help="Pending for longer than that: 90s, 45m, 2h, 7d.", rich_help_panel=_WHICH)
    ] = None,
    min_amount: Annotated[
        str | None,
        typer.Option(
            help="Order total at least that: 50 in whatever currency it is, '50 EUR' only in that one.",
            rich_help_panel=_WHICH,
        ),
    ] = None,
    sort: Annotated[Sort, typer.Option(help="What comes first.", rich_help_panel=_OUTPUT)] = Sort.AGE,
    limit: Annotated[
        int | None,
        typer.Option(min=1, help=f"How many; by default {SHOWN} in a table, else all.", rich_help_panel=_OUTPUT),
    ] = None,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Print CSV instead of a table.", rich_help_panel=_OUTPUT)
    ] = False,
    as_json: JsonOption = False,
    yes: Annotated[bool, typer.Option("--yes", help="Read a large table without asking.")] = False,
    stack: StackOption = DEFAULT_STACK,
    region: RegionOption = None,
    profile: ProfileOption = None,
) -> None:
    """List watched payments. It reads the whole table: what that costs is said before, where it is large.

    Example: payrefresh list --status dead_lettered --min-amount "100 EUR" --sort amount
    """
    from payment_refresh.composition.environment import parse_duration
    from payrefresh.adapters.aws import connect
    from payrefresh.adapters.rows import DynamoRows
    from payrefresh.adapters.stack import find_stack
    from payrefresh.commands.scanning import before_scan
    from payrefresh.overview.amounts import read_least
    from payrefresh.overview.list_view import COLUMNS, list_as_json, row_of, view_list
    from payrefresh.overview.selection import (
        Selection,
        arranged,
        read_classes,
        read_notices,
        read_statuses,
        read_types,
    )

    now = time.time()
    selection = Selection(
        statuses=read_statuses(status or (), has_notices=bool(notice)),
        classes=read_classes(class_ or ()),
        types=read_types(type_ or ()),
        gateways=frozenset(gateway or ()),
        notices=read_notices(notice or ()),
        since_before=None if older_than is None else now - parse_duration(older_than, "--older-than"),
        least=None if min_amount is None else read_least(min_amount),
    )
    connect(profile=profile, region=region)
    found = find_stack(stack)
    rows = DynamoRows(found.table)
    about, _ = rows.size()
    before_scan(rows, agreed=yes)
    with Progress().during("Reading the table") as so_far:
        selected = [
            watch
            for watch in rows.scan(lambda read: so_far(f"{read:,} of about {max(read, about):,} rows"))
            if selection.takes(watch)
        ]
    watches = arranged(selected, sort)
    if as_json:
        print_json(list_as_json(watches, limit or len(watches)))
    elif as_csv:
        print_csv(COLUMNS, [row_of(watch) for watch in watches[:limit]])
    else:
        print_view(view_list(watches, limit or SHOWN, now))
