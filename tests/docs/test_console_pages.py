"""A run of the pages' blocks: what fails, what is shown of it, and what the pages themselves must keep to."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.docs.console.blocks import read_blocks
from tests.docs.console.pages import PagesRun, pages
from tests.docs.console.shell import Shell, ShellEnded, bash
from tests.docs.markdown import DOCS, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_FOR_AWS = 15
PAGE = Path("page.md")
SHELL_BLOCK = re.compile(r"^ *```(?:sh|bash|shell)\n(.*?)^ *```", re.DOTALL | re.MULTILINE)


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    with bash({"PATH": "/usr/bin:/bin"}, tmp_path) as opened:
        yield opened


def play(shell: Shell, text: str) -> list[str]:
    run = PagesRun(shell.run)
    run.play({PAGE: text})
    return [str(failure) for failure in run.failures]


def test_commands_share_variables_folder_and_files_from_block_to_block(shell: Shell) -> None:
    text = "```console\n$ NAME=x; mkdir d; cd d\n```\n\n```console\n$ echo $NAME; basename $PWD\nx\nd\n```\n"

    assert play(shell, text) == []


def test_output_that_differs_is_shown_with_page_line_and_command(shell: Shell) -> None:
    assert play(shell, "# T\n\n```console\n$ echo two\none\n```\n") == ["page.md:4: $ echo two\n- one\n+ two"]


def test_failed_command_without_its_exit_status_in_the_page_is_a_failure_and_the_last(shell: Shell) -> None:
    [failure] = play(shell, "```console\n$ cat nothing\n…\n$ echo no\n```\n")

    assert "exit status 1, which the page does not show:" in failure
    assert "nothing: No such file" in failure


def test_failed_command_with_its_exit_status_in_the_page_is_as_documented(shell: Shell) -> None:
    text = "```console\n$ echo out; echo error >&2; false\nout\nerror\n$ echo $?\n1\n```\n"

    assert play(shell, text) == []
    assert "- 1\n+ 3" in play(shell, "```console\n$ (exit 3)\n$ echo $?\n1\n```\n")[0]


def test_standard_error_of_what_succeeds_is_in_no_page(shell: Shell) -> None:
    assert play(shell, "```console\n$ echo 12 of 50 >&2\n```\n") == []


def test_block_that_needs_an_account_is_not_run(shell: Shell) -> None:
    assert play(shell, "<!-- aws: mail -->\n```console aws\n$ false\n```\n") == []


def test_shell_that_a_command_ends_fails_that_command_and_stops_the_run(shell: Shell) -> None:
    [failure] = play(shell, "```console\n$ echo last; exit 7\n$ echo no\n```\n")

    assert failure.startswith("page.md:2: $ echo last; exit 7\nthe shell ended")
    assert "last" in failure


def test_command_that_takes_too_long_is_ended_with_all_it_started(shell: Shell) -> None:
    with pytest.raises(ShellEnded, match="was ended after 0 s"):
        shell.run("sleep 60 & sleep 60", longest_s=0.2)
    with pytest.raises(ShellEnded):
        shell.run("echo there")


def test_commands_read_nothing_from_the_terminal(shell: Shell) -> None:
    assert play(shell, '```console\n$ read -r line || echo "nobody answers"\nnobody answers\n```\n') == []


def test_page_that_sets_up_comes_first_and_the_others_by_their_names(tmp_path: Path) -> None:
    block = "```console\n$ true\n```\n"
    for name in ("b.md", "a.md", "start.md"):
        (tmp_path / name).write_text(block)
    (tmp_path / "README.md").write_text("no block")
    (tmp_path / "docs").mkdir()

    found = pages(folder=tmp_path, first=tmp_path / "start.md", root=tmp_path)

    assert [page.name for page in found] == ["start.md", "a.md", "b.md"]


def test_few_blocks_need_an_account_and_each_says_why() -> None:
    found = [(page.name, block) for page, text in pages().items() for block in read_blocks(text) if block.for_aws]

    assert [f"{name}:{block.line}" for name, block in found if not block.reason] == []
    assert len(found) <= MOST_FOR_AWS


def test_every_shown_use_of_the_command_is_in_a_block_that_is_run() -> None:
    every = [ROOT / "README.md", *DOCS.rglob("*.md")]
    texts = {str(page.relative_to(ROOT)): page.read_text() for page in every}

    unmarked = {
        name: lines
        for name, text in texts.items()
        if (lines := [line for block in SHELL_BLOCK.findall(text) for line in uses(block)])
    }

    assert unmarked == {}


def uses(block: str) -> list[str]:
    """The lines of a block that run the command; installing it is none."""
    return [line for line in block.splitlines() if re.match(r"\s*(?:\$ )?payrefresh\s", line)]
