"""Discover's passes: one that has seen everything is recognized, and nothing waits for one."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from devstack import discovery
from devstack.discovery import Passes, discovering
from tests.integration.devstack.process_table import wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping

NOTHING: Mapping[str, object] = {"created": 0, "complete": True}
SOME: Mapping[str, object] = {"created": 3, "complete": True}
MORE: Mapping[str, object] = {"created": 0, "complete": False}
MORE_FOUND: Mapping[str, object] = {"created": 1, "complete": False}
FAILED: Mapping[str, object] = {"errorType": "KeyError", "errorMessage": "boom"}


@pytest.mark.parametrize(
    ("answers", "since"),
    [
        ([], None),
        ([NOTHING], 0),
        ([MORE], None),
        ([MORE, NOTHING], 0),
        ([MORE_FOUND, NOTHING], None),
        ([SOME], None),
        ([SOME, NOTHING], 1),
        ([NOTHING, SOME], None),
        ([NOTHING, MORE], 0),
        ([NOTHING, MORE, NOTHING], 1),
        ([NOTHING, FAILED, NOTHING], 1),
    ],
)
def test_the_last_whole_pass_shows_since_when_there_is_nothing_new(
    answers: list[Mapping[str, object]], since: float | None
) -> None:
    passes = Passes()
    for began, answer in enumerate(answers):
        passes.took(began, answer)

    assert passes.nothing_new_since == since
    assert passes.saw_nothing_new_since(0) is (since is not None)
    assert not passes.saw_nothing_new_since(len(answers))


def test_failures_are_counted_in_a_row() -> None:
    passes = Passes()

    counted = []
    for answer in (FAILED, FAILED, MORE, FAILED):
        passes.took(0.0, answer)
        counted.append(passes.failures)

    assert counted == [1, 2, 0, 1]


def test_nobody_waits_for_an_invocation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "DISCOVER_EVERY_S", 0.0)
    go_on, begun = threading.Event(), []

    def discover() -> Mapping[str, object]:
        begun.append(threading.current_thread())
        go_on.wait()
        return NOTHING

    with discovering(discover) as running:
        for _ in range(3):
            running.keep_going()
        assert begun != [threading.current_thread()]
        assert running.passes.nothing_new_since is None
        go_on.set()

        def answered() -> bool:
            running.keep_going()
            return len(begun) > 1

        wait_until(answered, "the second invocation")
        assert running.passes.nothing_new_since is not None


def test_what_fails_in_the_call_itself_is_raised() -> None:
    def discover() -> dict[str, object]:
        raise ConnectionError("the server is gone")

    def keep_going() -> bool:
        running.keep_going()
        return False

    with discovering(discover) as running, pytest.raises(ConnectionError):
        wait_until(keep_going, "the error")


def test_passes_come_sooner_once_nothing_else_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "SOON_S", 0.0)
    begun = []

    def discover() -> Mapping[str, object]:
        begun.append(NOTHING)
        return NOTHING

    def answered() -> bool:
        running.keep_going(soon=True)
        return len(begun) > 2

    with discovering(discover) as running:
        for _ in range(3):
            running.keep_going()
        assert len(begun) == 1
        wait_until(answered, "more invocations")
