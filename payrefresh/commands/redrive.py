"""`payrefresh redrive`: starts the next round of dead-lettered payments, and shows what became of each."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from payment_refresh.composition.environment import parse_duration
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

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payrefresh.manual.answers import Answer
    from payrefresh.manual.dead import Dead, Found, Selection
    from payrefresh.manual.redrive import Redriven

SHOWN = 80
"""Characters of an unreadable letter that are shown."""


def redrive(
    ids: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ID",
            help="Payments' ids, TYPE#ID, orders' ids or numbers; all dead letters, where none is given.",
        ),
    ] = None,
    file: FileOption = None,
    older_than: Annotated[
        str | None, typer.Option(metavar="AGE", help="Only what was dead-lettered longer ago, e.g. 7d.")
    ] = None,
    reason: Annotated[
        str | None, typer.Option(help="Only those: stayed_pending, refresh_failing or cannot_process.")
    ] = None,
    wait: WaitOption = 300,
    no_wait: NoWaitOption = False,
    stack: StackOption = DEFAULT_STACK,
    region: RegionOption = None,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
    dry_run: DryRunOption = False,
) -> int:
    """Ask once more for payments that were dead-lettered, from the queue and from the table.

    Example: payrefresh redrive --older-than 7d --reason stayed_pending
    """
    from payrefresh.manual.answers import WRONG_ONES, Answer, Outcome
    from payrefresh.manual.redrive import Redrive
    from payrefresh.manual.redriven import what_became

    names = given_names(ids, file, reads_stdin=False)
    if file is not None and not names:
        raise WrongInput(f"{file} names nothing to redrive")
    selection = _selection(names, older_than, reason)
    parts = open_parts(stack, region, profile, wait=0 if no_wait else wait)
    use_case = Redrive(
        rows=parts.rows,
        stuck=parts.stuck,
        letters=parts.letters,
        requests=parts.requests,
        waiting=parts.waiting,
        clock=time.time,
    )
    with Progress().during("receiving the dead letters") as so_far:
        found = use_case.find(lambda held: so_far(f"{held} so far"))
    try:
        chosen = selection.choose(found)
    except WrongInput:
        use_case.give_back(found.held)
        raise
    if dry_run:
        parts.letters.release(found.held)
        _print_plan(found, chosen, as_json=as_json)
        return OK
    done = use_case.send(found, chosen)
    if no_wait:
        answers = [
            Answer(key=dead.key, outcome=Outcome.SENT, text="in the pending queue", row=dead.before)
            for dead in done.sent
        ]
    else:
        waited = sum(dead.why_not is None for dead in done.sent)
        with Progress().during(f"asking for {waited}") as so_far:
            rows = use_case.wait(done.sent, lambda asked: so_far(f"{asked} answered"))
        answers = what_became(done, rows, time.time())
    _print_done(found, done, answers, as_json=as_json)
    is_wrong = found.unreadable or done.refused or done.undeleted or any(a.outcome in WRONG_ONES for a in answers)
    return WRONG if is_wrong else OK


def _selection(names: Sequence[str], older_than: str | None, reason: str | None) -> Selection:
    from payment_refresh.domain.vocabulary import Reason
    from payrefresh.manual.dead import Selection

    known = (Reason.STAYED_PENDING, Reason.REFRESH_FAILING, Reason.CANNOT_PROCESS)
    if reason is not None and reason not in known:
        raise WrongInput(f"--reason {reason} is none: give one of {', '.join(known)}")
    ended_by = None if older_than is None else time.time() - parse_duration(older_than, "--older-than")
    return Selection(names=frozenset(names), ended_by=ended_by, reason=reason)


def _print_plan(found: Found, chosen: Sequence[Dead], *, as_json: bool) -> None:
    """Say what would be redriven."""
    from payrefresh.manual.answers import Outcome
    from payrefresh.manual.redriven import counted, planned, word_of

    now = time.time()
    answers = [planned(dead, now) for dead in chosen]
    if as_json:
        listed = [
            answer.members | {"has_letter": bool(dead.letters)}
            for answer, dead in zip(answers, chosen, strict=True)
        ]
        print_json({"would_redrive": listed} | _left(found))
        return
    print_answers(answers, lambda outcome: "would redrive" if outcome is Outcome.SENT else word_of(outcome))
    console().print(f"{counted(len(chosen), 'dead letter')} would be redriven; nothing was done.")
    _print_left(found)


def _print_done(found: Found, done: Redriven, answers: Sequence[Answer], *, as_json: bool) -> None:
    """Say what became of what was redriven."""
    from payrefresh.manual.redriven import counts, summary, word_of

    if as_json:
        print_json(
            {
                "redriven": [answer.members for answer in answers],
                "counts": counts(answers),
                "lost_their_letter": sum(not dead.letters for dead in (*done.sent, *done.refused)),
                "undeleted": len(done.undeleted),
            }
            | _left(found)
        )
        return
    print_answers(answers, word_of)
    for line in summary(done, answers):
        console().print(line)
    _print_left(found)


def _left(found: Found) -> dict[str, object]:
    return {
        "unreadable": [letter.body[:SHOWN] for letter in found.unreadable],
        "held_by_others": found.held_by_others,
    }


def _print_left(found: Found) -> None:
    for letter in found.unreadable:
        console().print(f"left in the queue, since it names no payment: {letter.body:.{SHOWN}}", markup=False)
    if found.held_by_others:
        console().print(
            f"Somebody else holds about {found.held_by_others} of the letters right now, so payments that have "
            "lost theirs were left out: redrive again in five minutes."
        )
