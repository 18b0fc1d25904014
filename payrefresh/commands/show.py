"""`payrefresh show`: the history of a payment in words, what comes next, and what is to be done."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from payrefresh.errors import WrongInput
from payrefresh.options import DEFAULT_STACK, JsonOption, ProfileOption, RegionOption, StackOption
from payrefresh.terminal import Progress, print_json, print_view


def show(
    name: Annotated[str, typer.Argument(metavar="ID", help="A payment's id, an order's id or number, or a key.")],
    stack: StackOption = DEFAULT_STACK,
    region: RegionOption = None,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Read a large table through for an order's id or number.")
    ] = False,
) -> None:
    """Tell what happened to a payment, what comes next and when, and what you have to do.

    Example: payrefresh show 2454728
    """
    from payrefresh.adapters.aws import connect
    from payrefresh.adapters.marks import DynamoMarks
    from payrefresh.adapters.rows import DynamoRows
    from payrefresh.adapters.stack import find_stack
    from payrefresh.commands.scanning import before_scan
    from payrefresh.overview.settings import read_settings
    from payrefresh.overview.story import tell
    from payrefresh.overview.story_view import view_stories

    connect(profile=profile, region=region)
    found = find_stack(stack)
    rows, marks = DynamoRows(found.table), DynamoMarks(found.table)
    with Progress().during(f"Looking for {name}"):
        watches = rows.find(name, before_scan=lambda: before_scan(rows, agreed=yes))
    if not watches:
        raise WrongInput(
            f"nothing is known of {name}: give a payment's id, an order's id or number; "
            f"`payrefresh check {name}` asks Commerce Layer about a payment that is not watched"
        )
    settings = read_settings(found.parameters, first_deployed_at=marks.first_deployed_at())
    stories = [tell(watch, settings, time.time()) for watch in watches]
    if as_json:
        print_json([story.as_json() for story in stories])
    else:
        print_view(view_stories(stories))
