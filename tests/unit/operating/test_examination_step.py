"""The step that examines what was set up, and waits for a new stack's first sweep."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from payrefresh.setup.examination import PAUSE, ExaminationStep
from payrefresh.setup.ports import Problem
from tests.unit.operating.setup_doubles import FakeOrganization, FakeSecrets, FakeStack, known

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from payrefresh.setup.ports import Deployed

NO_SWEEP = Problem(name="last sweep", found="no sweep has run yet")
SCHEDULE = Problem(name="schedules", found="sweep is disabled", remedy=("enable it", "aws scheduler …"))


@contextmanager
def _during(_what: str) -> Iterator[Callable[[str], None]]:
    yield lambda _: None


def _step(*looks: Sequence[Problem], waits: bool = True) -> tuple[ExaminationStep, FakeStack]:
    """A step that finds these, one look after the other, and the last of them for good."""
    stack, left = FakeStack(FakeSecrets()), list(looks)

    def examine(examined: Deployed) -> tuple[int, Sequence[Problem]]:
        assert examined.name == "payment-refresh"
        return 15, left.pop(0) if len(left) > 1 else left[0]

    step = ExaminationStep(
        known=known(FakeOrganization(), stack=stack), examine=examine, first_sweep=("last sweep",), waits=waits,
        sleep=stack.sleep, during=_during,
    )  # fmt: skip
    return step, stack


def test_examination_that_finds_nothing_wrong_leaves_nothing_to_do() -> None:
    look = _step([])[0].look()

    assert (list(look.found), list(look.plan), list(look.left)) == (["15 checks: all is fine"], [], [])


def test_examination_says_each_problem_with_its_remedy_and_waits_for_none() -> None:
    step, stack = _step([SCHEDULE, NO_SWEEP])

    look = step.look()

    assert list(look.found) == ["15 checks, not fine: schedules, last sweep"]
    assert list(look.left) == [
        "schedules: sweep is disabled", "  enable it", "  aws scheduler …", "last sweep: no sweep has run yet",
    ]  # fmt: skip
    assert stack.slept == []


def test_first_sweep_of_a_new_stack_is_waited_for() -> None:
    step, stack = _step([NO_SWEEP], [NO_SWEEP], [])

    assert list(step.look().left) == []
    assert stack.slept == [PAUSE, PAUSE]


def test_first_sweep_that_never_comes_is_said_after_three_minutes() -> None:
    step, stack = _step([NO_SWEEP])

    assert list(step.look().left) == ["last sweep: no sweep has run yet"]
    assert sum(stack.slept) == 180


def test_plan_waits_for_no_sweep_and_a_stack_that_is_not_there_is_not_examined() -> None:
    step, stack = _step([NO_SWEEP], waits=False)
    assert list(step.look().left) == ["last sweep: no sweep has run yet"]
    assert stack.slept == []

    step.known.stack = None
    assert list(step.look().left) == []
