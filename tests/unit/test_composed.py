"""An object that is composed at import, and started by the first invocation."""

from __future__ import annotations

import pytest

from payment_refresh.composition.root import Composed, new_token
from payment_refresh.errors import SettingsError, StateUnavailable
from payment_refresh.rate_limit.budget import RESERVE_MS


class Steps:
    """Composes and starts, and counts both."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.composed = self.started = 0

    def compose(self) -> Steps:
        self.composed += 1
        return self

    def __call__(self) -> object:
        self.started += 1
        if self.failures:
            raise self.failures.pop(0)
        return f"start {self.started}"


def test_it_is_composed_at_once_and_started_by_the_first_invocation_alone() -> None:
    steps = Steps()

    composed = Composed(steps.compose)

    assert (steps.composed, steps.started) == (1, 0)
    assert composed.get() == composed.get() == "start 1"
    assert (steps.composed, steps.started) == (1, 1)


@pytest.mark.parametrize("error", [StateUnavailable("down"), RuntimeError("cannot happen")], ids=repr)
def test_a_start_that_fails_is_tried_again_by_the_next_invocation(error: Exception) -> None:
    composed = Composed(Steps(error).compose)

    with pytest.raises(type(error)):
        composed.get()

    assert composed.get() == "start 2"


def test_a_wrong_setting_fails_every_invocation_and_not_the_import() -> None:
    def wrong() -> Steps:
        raise SettingsError("CLAIM_LEASE is not set")

    composed = Composed(wrong)

    for _ in range(2):
        with pytest.raises(SettingsError, match="CLAIM_LEASE") as raised:
            composed.get()
        assert len(raised.traceback) < 5  # it does not grow with each invocation


def test_what_else_fails_fails_the_import() -> None:
    def broken() -> Steps:
        raise RuntimeError("cannot happen")

    with pytest.raises(RuntimeError):
        Composed(broken)


@pytest.mark.parametrize(("left", "has_time"), [(RESERVE_MS, False), (RESERVE_MS + 1, True)])
def test_there_is_time_for_a_call_above_the_reserve(left: int, has_time: bool) -> None:
    assert Composed.has_time(lambda: left)() is has_time


def test_no_two_claims_have_the_same_token() -> None:
    assert len({new_token() for _ in range(100)}) == 100
