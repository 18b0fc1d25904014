"""docs/payrefresh.md names each command and each option that there is, and no other."""

from __future__ import annotations

from collections import defaultdict

import typer

from payrefresh.cli import app
from payrefresh.errors import INTERRUPTED, NOT_ASKED, OK, WRONG
from tests.docs.markdown import DOCS, Row, column, quoted, table

PAGE = DOCS / "payrefresh.md"


def options() -> dict[str, set[str]]:
    """The options of each command, as the command line has them."""
    group = typer.main.get_command(app)
    commands = vars(group)["commands"]
    return {
        name: {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
        for name, command in commands.items()
    }


def tables() -> tuple[list[Row], list[Row]]:
    """The table of commands, and that of the options that several of them have."""
    text = PAGE.read_text().split("\n## Commands\n", 1)[1]
    return table(PAGE, "Commands"), rows_of(text.split("These options belong to several commands:", 1)[1])


def rows_of(text: str) -> list[Row]:
    lines = [line for line in text.split("\n## ", 1)[0].splitlines() if line.startswith("|")]
    head, _, *body = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [dict(zip(head, cells, strict=True)) for cells in body]


def test_commands_on_the_page_are_those_that_are_registered() -> None:
    assert sorted(column(PAGE, "Commands", "command")) == sorted(options())


def test_options_of_each_command_are_those_that_it_has() -> None:
    own, shared = tables()
    documented: dict[str, set[str]] = defaultdict(set)
    for row in own:
        documented[quoted(row["command"])[0]] |= set(quoted(row["its own options"]))
    for row in shared:
        named = set(quoted(row["commands"]))
        for command in options().keys() - named if row["commands"].startswith("all but") else named:
            documented[command] |= set(quoted(row["option"]))

    assert dict(documented) == options()


def test_options_that_several_commands_have_stand_once() -> None:
    own, shared = tables()
    names = [name for row in shared for name in quoted(row["option"])]

    assert len(names) == len(set(names))
    assert not set(names) & {name for row in own for name in quoted(row["its own options"])} - {"--json"}


def test_exit_statuses_on_the_page_are_those_of_the_command() -> None:
    assert [int(row["status"]) for row in table(PAGE, "Exit statuses")] == [OK, WRONG, NOT_ASKED, INTERRUPTED]
