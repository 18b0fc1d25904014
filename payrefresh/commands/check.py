"""`payrefresh check`: asks for payments now, and shows the answers."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from payrefresh.commands.manual_parts import (
    FileOption,
    NoWaitOption,
    WaitOption,
    given_names,
    open_parts,
    print_answers,
)
from payrefresh.errors import OK, WRONG, WrongInput
from payrefresh.options import DEFAULT_STACK, DryRunOption, JsonOption, ProfileOption, RegionOption, StackOption
from payrefresh.terminal import Progress, console, print_json

WOULD = "would ask"


def check(
    ids: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ID",
            help="A payment's id, TYPE#ID, an order's id or number; - reads standard input, one a line.",
        ),
    ] = None,
    file: FileOption = None,
    kind: Annotated[
        str | None, typer.Option("--type", help="Type of payments given by their ids, e.g. stripe_payments.")
    ] = None,
    wait: WaitOption = 120,
    no_wait: NoWaitOption = False,
    stack: StackOption = DEFAULT_STACK,
    region: RegionOption = None,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
    dry_run: DryRunOption = False,
) -> int:
    """Ask Commerce Layer for payments now, also for those that nobody watches, and show the answers.

    Example: payrefresh check 2454728 stripe_payments#jDwvnHeRVz
    """
    from payrefresh.manual.answers import WRONG_ONES, Outcome
    from payrefresh.manual.check import Check

    names = given_names(ids, file, reads_stdin=True)
    if not names:
        raise WrongInput("nothing to check: give a payment's id, an order's id or number, or --file FILE")
    parts = open_parts(stack, region, profile, wait=wait)
    use_case = Check(rows=parts.rows, requests=parts.requests, waiting=parts.waiting, clock=time.time)
    with Progress().during(f"looking for {len(names)}"):
        targets = use_case.find(names, kind)
    if dry_run:
        answers = use_case.sent(targets, "it would be asked")
    elif no_wait:
        use_case.send(targets)
        answers = use_case.sent(targets, "`payrefresh show` says what comes of it")
    else:
        use_case.send(targets)
        with Progress().during(f"asking for {len(targets)}") as so_far:
            answers = use_case.wait(targets, lambda done: so_far(f"{done} answered"))
    if as_json:
        print_json([answer.members for answer in answers])
    else:
        print_answers(answers, lambda outcome: WOULD if dry_run and outcome is Outcome.SENT else outcome.value)
        if not dry_run and any(target.was_dead_lettered for target in targets):
            console().print("What was dead-lettered has still its letter in the queue: redrive it, and that goes.")
    is_wrong = not dry_run and any(answer.outcome in WRONG_ONES for answer in answers)
    return WRONG if is_wrong else OK
