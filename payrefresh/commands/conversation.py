"""A conversation on the terminal: steps in words, questions, and answers."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import typer

from payrefresh.errors import WrongInput
from payrefresh.terminal import console

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from payrefresh.setup.answers import Question


@dataclass(slots=True, kw_only=True)
class Conversation:
    """Implements the ports `Screen` and `Asker` of a setup.

    Attributes
    ----------
    is_plan
        Whether nothing is done, so that nobody is asked.
    agrees_to_all
        Whether the person has agreed to all steps beforehand.
    """

    is_plan: bool = False
    agrees_to_all: bool = False
    out: Console = field(default_factory=console)

    def title(self, text: str) -> None:
        """Begin a step."""
        self.out.print(f"\n{text}", style="bold", markup=False)

    def found(self, lines: Sequence[str]) -> None:
        """Say what is there."""
        self._say("found", lines)

    def plan(self, lines: Sequence[str]) -> None:
        """Say what would be done."""
        self._say("would" if self.is_plan else "to do", lines)

    def done(self, line: str) -> None:
        """Say what was done."""
        self._say("done ", [line], style="green")

    def left(self, lines: Sequence[str]) -> None:
        """Say what a person has to do."""
        self._say("yours", lines, style="yellow")

    def stays(self, lines: Sequence[str]) -> None:
        """Say what stays there."""
        self._say("stays", lines)

    def change_set(self, lines: Sequence[str]) -> None:
        """Show what a change set changes."""
        self._say("change set", lines)

    def say(self, text: str) -> None:
        """Say something that is not a step's."""
        self.out.print(f"\n{text}", markup=False)

    def agrees(self, question: str) -> bool:
        """Ask whether to go on.

        Raises
        ------
        WrongInput
            Nobody can be asked, and nobody has agreed beforehand.
        """
        if self.agrees_to_all:
            return True
        if not sys.stdin.isatty():
            raise WrongInput("nobody can be asked here: give --yes to agree to all steps, or --plan to see them")
        return typer.confirm(f"  {question}", default=True)

    def ask(self, question: Question) -> str | None:
        """Ask a question; None where nobody can be asked."""
        if self.is_plan or not sys.stdin.isatty():
            return None
        choices = f" ({', '.join(question.choices)})" if question.choices else ""
        answer: str = typer.prompt(f"  {question.text}{choices}", default=question.default, type=str)
        return answer

    def _say(self, what: str, lines: Sequence[str], style: str | None = None) -> None:
        for number, line in enumerate(lines):
            self.out.print(f"  {what if number == 0 else ' ' * len(what)}  {line}", style=style, markup=False)
