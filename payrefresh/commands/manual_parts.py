"""Parts that the commands `check`, `redrive` and `acknowledge` have in common."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from payrefresh.errors import WrongInput
from payrefresh.terminal import console

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from payrefresh.manual.answers import Answer, Outcome
    from payrefresh.manual.letters import Letters, StuckRows
    from payrefresh.manual.waiting import Waiting
    from payrefresh.ports import Requests, Rows

STDIN = "-"

FileOption = Annotated[Path | None, typer.Option("--file", help="A file with one id a line; - is standard input.")]
WaitOption = Annotated[float, typer.Option("--wait", min=0, help="Seconds to wait for answers.")]
NoWaitOption = Annotated[bool, typer.Option("--no-wait", help="Send the messages, and do not wait.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the three commands are put together from."""

    rows: Rows
    requests: Requests
    letters: Letters
    stuck: StuckRows
    waiting: Waiting


def open_parts(stack: str, region: str | None, profile: str | None, *, wait: float) -> Parts:
    """Find the stack, and connect to its table and its queues."""
    from payrefresh.adapters.aws import connect
    from payrefresh.adapters.letters import DynamoStuckRows, SqsLetters
    from payrefresh.adapters.queues import SqsRequests
    from payrefresh.adapters.rows import DynamoRows
    from payrefresh.adapters.stack import find_stack
    from payrefresh.manual.waiting import Waiting

    connect(profile=profile, region=region)
    found = find_stack(stack)
    rows = DynamoRows(found.table)
    return Parts(
        rows=rows,
        requests=SqsRequests(found.pending_queue),
        letters=SqsLetters(found.dead_letter_queue),
        stuck=DynamoStuckRows(found.table),
        waiting=Waiting(rows=rows, clock=time.time, sleep=time.sleep, longest=wait),
    )


def given_names(arguments: Sequence[str] | None, file: Path | None, *, reads_stdin: bool) -> list[str]:
    """The ids that were given: as arguments, in a file, on standard input; each once.

    Parameters
    ----------
    reads_stdin
        Whether standard input is read where nothing else was given.
    """
    names = [name for name in arguments or () if name != STDIN]
    from_stdin = STDIN in (arguments or ()) or str(file) == STDIN
    if from_stdin or (reads_stdin and file is None and not names and not sys.stdin.isatty()):
        names += _lines(sys.stdin)
    elif file is not None:
        try:
            names += _lines(file.read_text().splitlines())
        except OSError as error:
            raise WrongInput(f"{file} cannot be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise WrongInput(f"{file} is no text: it must have one id a line") from None
    return list(dict.fromkeys(names))


def _lines(lines: Iterable[str]) -> list[str]:
    return [line.strip() for line in lines if line.strip()]


def print_answers(answers: Sequence[Answer], word_of: Callable[[Outcome], str]) -> None:
    """Print what became of payments: a line for each."""
    lines = [(word_of(answer.outcome), answer.name, answer.text) for answer in answers]
    widths = [max((len(line[column]) for line in lines), default=0) for column in (0, 1)]
    for word, name, text in lines:
        console().print(f"{word:<{widths[0]}}  {name:<{widths[1]}}  {text}".rstrip(), markup=False)
