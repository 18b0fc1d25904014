"""The pages whose blocks are run, in their order, and one run of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.docs.console.blocks import Block, Command, read_blocks
from tests.docs.console.comparison import Difference, Names, compare, renewed
from tests.docs.console.shell import Ran, ShellEnded
from tests.docs.markdown import DOCS, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

FIRST = DOCS / "start-locally.md"
"""The page that begins with an empty local AWS; the others use what it has set up."""
STATUS = "echo $?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A command that did not do what its page says."""

    page: Path
    line: int
    command: str
    text: str

    def __str__(self) -> str:
        """Show where it is, what was run, and what differs."""
        where = self.page.relative_to(ROOT) if self.page.is_relative_to(ROOT) else self.page
        return f"{where}:{self.line}: $ {self.command}\n{self.text}"


@dataclass(slots=True)
class PagesRun:
    """Runs the blocks of pages with one shell, and keeps what differs.

    Attributes
    ----------
    run
        Runs one command.
    outputs
        What each page is to say instead, by page and index of the first line of a command's output.
    """

    run: Callable[[str], Ran]
    say: Callable[[str], None] = lambda _: None
    names: Names = field(default_factory=Names)
    failures: list[Failure] = field(default_factory=list)
    outputs: dict[Path, dict[int, tuple[Command, Block, list[str]]]] = field(default_factory=dict)

    def play(self, pages: Mapping[Path, str]) -> None:
        """Run all of them, until a command fails of which the page does not say so: what follows needs it."""
        for page, text in pages.items():
            for block in read_blocks(text):
                if not block.for_aws and not self._block(page, block):
                    return

    def _block(self, page: Path, block: Block) -> bool:
        """Run one; returns whether the next can be run."""
        for at, command in enumerate(block.commands):
            self.say(f"{page.name}:{command.line}: {command.text.splitlines()[0]}")
            try:
                ran = self.run(command.text)
            except ShellEnded as ended:
                self._fail(page, command, str(ended))
                return False
            after = block.commands[at + 1 : at + 2]
            self._compare(page, block, command, ran)
            if ran.status and not (after and after[0].text == STATUS):
                error = "\n".join(f"  {line}" for line in ran.err[-20:])
                self._fail(page, command, f"exit status {ran.status}, which the page does not show:\n{error}")
                return False
        return True

    def _compare(self, page: Path, block: Block, command: Command, ran: Ran) -> None:
        # Progress goes to standard error and is in no page; why a command failed goes there, too, and is.
        printed = _trimmed((*ran.out, *ran.err) if ran.status else ran.out)
        found = compare(command.printed, printed, self.names, block.varies)
        pairs = None if isinstance(found, Difference) else found
        self.outputs.setdefault(page, {})[command.begin] = (
            command, block, renewed(command.printed, printed, pairs)
        )  # fmt: skip
        if isinstance(found, Difference):
            self._fail(page, command, found.text)

    def _fail(self, page: Path, command: Command, text: str) -> None:
        self.failures.append(Failure(page=page, line=command.line, command=command.text, text=text))


def pages(folder: Path = DOCS, first: Path = FIRST, root: Path = ROOT) -> dict[Path, str]:
    """Read all pages that have a console block: the one that sets up, then the others by name."""
    every = [root / "README.md", *sorted(folder.glob("*.md"))]
    ordered = [first, *(page for page in every if page != first)]
    texts = {page: page.read_text() for page in ordered}
    return {page: text for page, text in texts.items() if read_blocks(text)}


def rewritten(text: str, outputs: Mapping[int, tuple[Command, Block, Sequence[str]]]) -> str:
    """Put what commands printed into a page, in place of what it says."""
    lines = text.splitlines()
    for begin, (command, block, printed) in sorted(outputs.items(), key=lambda entry: entry[0], reverse=True):
        lines[begin : begin + len(command.printed)] = [f"{block.indent}{line}" if line else "" for line in printed]
    return "\n".join([*lines, ""])


def _trimmed(lines: Sequence[str]) -> list[str]:
    """Leave out empty lines at the end: a block has none there."""
    kept = list(lines)
    while kept and not kept[-1]:
        kept.pop()
    return kept
