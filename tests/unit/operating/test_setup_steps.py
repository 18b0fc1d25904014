"""Going through the steps: what is said, asked and done, and where it stops."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from payrefresh.errors import OperatorError
from payrefresh.setup.steps import Look, go_through

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass
class FakeScreen:
    """A person who agrees to so many questions."""

    agrees_to: int = 99
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def title(self, text: str) -> None:
        self.said.append(text)

    def found(self, lines: Sequence[str]) -> None:
        self.said += lines

    def plan(self, lines: Sequence[str]) -> None:
        self.said += lines

    def done(self, line: str) -> None:
        self.said.append(line)

    def left(self, lines: Sequence[str]) -> None:
        self.said += lines

    def agrees(self, question: str) -> bool:
        self.asked.append(question)
        return len(self.asked) <= self.agrees_to


@dataclass
class FakeStep:
    """A step that has something to do once."""

    title: str
    works: bool = True
    only_checks: bool = False
    left: tuple[str, ...] = ()
    is_done: bool = False

    def look(self) -> Look:
        if self.is_done and not self.only_checks:
            return Look(found=["it is there"], left=self.left)
        return Look(found=["nothing"], plan=["make it"], act=self.act, only_checks=self.only_checks)

    def act(self) -> Iterable[str]:
        self.is_done = self.works
        yield f"made {self.title}"


def test_each_step_is_asked_about_done_and_looked_at_again() -> None:
    steps, screen = [FakeStep("one"), FakeStep("two", left=("click",))], FakeScreen()

    ended = go_through(steps, screen)

    assert (ended.changed, ended.left, ended.stopped_at) == (["one", "two"], ["click"], None)
    assert screen.said == [
        "1. one", "nothing", "make it", "made one", "2. two", "nothing", "make it", "made two", "click",
    ]  # fmt: skip
    assert screen.asked == ["Do this?", "Do this?"]


def test_second_time_nothing_is_asked_or_changed_and_what_is_left_is_said_again() -> None:
    steps = [FakeStep("one"), FakeStep("two", left=("click",))]
    go_through(steps, FakeScreen())
    screen = FakeScreen()

    ended = go_through(steps, screen)

    assert (ended.changed, ended.left, screen.asked) == ([], ["click"], [])


def test_plan_only_says_all_and_does_nothing_and_asks_nobody() -> None:
    steps, screen = [FakeStep("one"), FakeStep("two")], FakeScreen()

    ended = go_through(steps, screen, plan_only=True)

    assert (ended.changed, screen.asked) == ([], [])
    assert not any(step.is_done for step in steps)
    assert screen.said.count("make it") == 2


def test_step_that_is_not_agreed_to_stops_there_and_keeps_what_was_done() -> None:
    steps = [FakeStep("one"), FakeStep("two"), FakeStep("three")]

    ended = go_through(steps, FakeScreen(agrees_to=1))

    assert (ended.changed, ended.stopped_at) == (["one"], "two")
    assert [step.is_done for step in steps] == [True, False, False]


def test_step_that_only_checks_is_done_each_time_and_changes_nothing() -> None:
    steps, screen = [FakeStep("check", only_checks=True)], FakeScreen()

    ended = [go_through(steps, screen) for _ in range(2)]

    assert [each.changed for each in ended] == [[], []]
    assert screen.asked == ["Check this?", "Check this?"]


def test_step_whose_work_does_not_show_afterwards_is_an_error() -> None:
    steps = [FakeStep("one", works=False), FakeStep("two")]

    with pytest.raises(OperatorError, match="one: after it was done, there still is to do: make it"):
        go_through(steps, FakeScreen())

    assert not steps[1].is_done
