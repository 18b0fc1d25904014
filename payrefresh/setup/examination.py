"""The last step: the stack and its organization are examined, as `payrefresh doctor` does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payrefresh.setup.steps import Look

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from contextlib import AbstractContextManager

    from payrefresh.setup.known import Known
    from payrefresh.setup.ports import Deployed, Examine, Problem

PATIENCE, PAUSE = 180.0, 10.0
"""Seconds until the first sweep must show, which comes within a minute and shows later; and between looks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExaminationStep:
    """Examines what was set up. It changes nothing, so nobody is asked.

    Attributes
    ----------
    first_sweep
        Names of the checks that are not fine until the first sweep of a new stack has run.
    waits
        Whether it is waited for.
    during
        Shows how long it is waited.
    """

    known: Known
    examine: Examine
    first_sweep: Collection[str]
    waits: bool
    sleep: Callable[[float], None]
    during: Callable[[str], AbstractContextManager[Callable[[str], None]]]
    title: str = "Examination"

    def look(self) -> Look:
        """Examine the stack; what is wrong is left to a person, with its remedy."""
        if self.known.stack is None:
            return Look(found=["there is no stack yet to examine"])
        checks, problems = self._examined(self.known.stack)
        left = [
            line
            for problem in problems
            for line in (f"{problem.name}: {problem.found}", *_indented(problem.remedy))
        ]
        wrong = ", ".join(problem.name for problem in problems)
        return Look(
            found=[f"{checks} checks, not fine: {wrong}" if wrong else f"{checks} checks: all is fine"], left=left
        )

    def _examined(self, stack: Deployed) -> tuple[int, Sequence[Problem]]:
        checks, problems = self.examine(stack)
        waited = 0.0
        if not self._may_settle(problems):
            return checks, problems
        with self.during("Waiting for the first sweep") as so_far:
            while self._may_settle(problems) and waited < PATIENCE:
                so_far(f"{waited:.0f} s")
                self.sleep(PAUSE)
                waited += PAUSE
                checks, problems = self.examine(stack)
        return checks, problems

    def _may_settle(self, problems: Sequence[Problem]) -> bool:
        """Whether nothing is wrong but what the first sweep sets right."""
        return self.waits and bool(problems) and all(problem.name in self.first_sweep for problem in problems)


def _indented(lines: Sequence[str]) -> Iterator[str]:
    return (f"  {line}" for line in lines)
