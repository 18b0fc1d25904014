"""The steps of a setup, one after the other: each says what it found and would do, asks, and does it.

A step remembers nothing: it looks at what is there. So setup may be stopped anywhere, and run again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from payrefresh.errors import OperatorError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


def _nothing() -> Iterable[str]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a step found, and what it would do.

    Attributes
    ----------
    found
        What is there, in words.
    plan
        What `act` would do, in words; empty where there is nothing to do.
    act
        Does it, and says each thing that was done, in words, as soon as it is.
    left
        What a person has to do, which setup cannot.
    only_checks
        Whether `act` changes nothing: it tries something out, and so is done each time.
    """

    found: Sequence[str]
    plan: Sequence[str] = ()
    act: Callable[[], Iterable[str]] = _nothing
    left: Sequence[str] = ()
    only_checks: bool = False


class Step(Protocol):
    """One step."""

    @property
    def title(self) -> str:
        """What it is about, in few words."""
        ...

    def look(self) -> Look:
        """Look at what is there; nothing is changed."""
        ...


class Screen(Protocol):
    """Where a person reads what the steps say, and answers."""

    def title(self, text: str) -> None:
        """Begin a step."""
        ...

    def found(self, lines: Sequence[str]) -> None:
        """Say what is there."""
        ...

    def plan(self, lines: Sequence[str]) -> None:
        """Say what would be done."""
        ...

    def done(self, line: str) -> None:
        """Say what was done."""
        ...

    def left(self, lines: Sequence[str]) -> None:
        """Say what a person has to do."""
        ...

    def agrees(self, question: str) -> bool:
        """Ask whether to go on."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What became of a run.

    Attributes
    ----------
    changed
        Titles of the steps that changed something.
    left
        What a person has to do.
    stopped_at
        The step that the person did not agree to; None where all were gone through.
    """

    changed: Sequence[str]
    left: Sequence[str]
    stopped_at: str | None = None


def go_through(steps: Iterable[Step], screen: Screen, *, plan_only: bool = False) -> Ended:
    """Go through the steps.

    Parameters
    ----------
    plan_only
        Whether nothing is done and nobody is asked.

    Raises
    ------
    OperatorError
        A step failed, or what it did does not show: the message says what to do. What was done until then stands.
    """
    changed: list[str] = []
    left: list[str] = []
    for number, step in enumerate(steps, 1):
        screen.title(f"{number}. {step.title}")
        look = step.look()
        screen.found(look.found)
        if look.plan:
            screen.plan(look.plan)
            if plan_only:
                continue
            if not screen.agrees("Check this?" if look.only_checks else "Do this?"):
                return Ended(changed=changed, left=left, stopped_at=step.title)
            for line in look.act():
                screen.done(line)
            if not look.only_checks:
                changed.append(step.title)
                look = _after(step)
        screen.left(look.left)
        left += look.left
    return Ended(changed=changed, left=left)


def _after(step: Step) -> Look:
    """Look again: what was done must show, or the next run would do it once more."""
    look = step.look()
    if look.plan:
        raise OperatorError(
            f"{step.title}: after it was done, there still is to do: {'; '.join(look.plan)}; run setup again"
        )
    return look
