"""Text of others on the terminal: shown as text, whichever way it goes out."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import TYPE_CHECKING

import pytest
from rich.table import Table
from rich.text import Text

from payrefresh.terminal import Progress, console, failed, note, print_csv, print_json, print_view

if TYPE_CHECKING:
    from collections.abc import Callable

FOREIGN = "\x1b]0;title\x07\x1b[2J\x9b2J\x7f\u202edetrever\rback"
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]")


def table() -> Table:
    made = Table(box=None)
    made.add_column("Number")
    made.add_row(Text(FOREIGN))
    return made


def long_work() -> None:
    with Progress(clock=iter((0.0, 9.0, 9.0)).__next__).during(FOREIGN) as so_far:
        so_far(FOREIGN)


@pytest.mark.parametrize(
    "show",
    [
        lambda: console().print(FOREIGN, markup=False),
        lambda: print_view(table()),
        partial(print_csv, ["number"], [{"number": FOREIGN}]),
        partial(print_csv, ["number"], [{"number": f"={FOREIGN}"}]),
        partial(failed, FOREIGN),
        partial(note, FOREIGN),
        long_work,
    ],
)
def test_text_of_others_has_no_command_for_the_terminal(
    show: Callable[[], None], capsys: pytest.CaptureFixture[str]
) -> None:
    show()

    out, err = capsys.readouterr()
    assert "title" in out + err
    assert not OBEYED.search(out + err)


def test_text_of_others_is_whole_in_json_and_written_without_escapes(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"number": FOREIGN})

    out = capsys.readouterr().out
    assert json.loads(out) == {"number": FOREIGN}
    assert not OBEYED.search(out)
