"""The heartbeat of each sweep: its mode, a fall back to observing, and settings that were clamped."""

from __future__ import annotations

import pytest

from payment_refresh.domain.deployment import RunMode
from payment_refresh.domain.mode_mark import ModeMark
from payment_refresh.errors import StateUnavailable
from payment_refresh.metrics import Counts, Metric
from payment_refresh.use_cases.heartbeat import FALL_SHOWN, Heartbeat, record_mode
from tests.support.clock import START, FakeClock
from tests.support.log import FakeLog
from tests.support.mark import FakeMark

REFRESH, OBSERVE = RunMode.REFRESH, RunMode.OBSERVE


class Stack:
    """A stack that is deployed again and again."""

    def __init__(self) -> None:
        self.table = FakeMark(ModeMark())
        self.log = FakeLog()
        self.clock = FakeClock()

    def deployed(self, mode: RunMode) -> Heartbeat:
        """Deploy it in this mode, a minute after the time before."""
        self.clock.advance(60)
        now = int(self.clock())
        fell_back_at = record_mode(self.table, mode, now, self.log)
        return Heartbeat(run_mode=mode, fell_back_at=fell_back_at, clamped=0, clock=self.clock)

    @property
    def warnings(self) -> list[str]:
        """What the log warns of."""
        return [entry.message for entry in self.log.entries if entry.level == "warning"]


@pytest.fixture
def stack() -> Stack:
    return Stack()


@pytest.mark.parametrize(
    "modes", [[OBSERVE], [REFRESH], [OBSERVE, OBSERVE], [OBSERVE, REFRESH], [REFRESH, REFRESH, REFRESH]]
)
def test_stack_that_never_stops_acting_has_not_fallen_back(stack: Stack, modes: list[RunMode]) -> None:
    found = [stack.deployed(mode).gauges() for mode in modes]

    assert [gauges[Metric.FELL_BACK_TO_OBSERVE] for gauges in found] == [0] * len(modes)
    assert [gauges[Metric.OBSERVING] for gauges in found] == [mode is OBSERVE for mode in modes]
    assert stack.warnings == []


def test_fall_from_refresh_to_observe_is_warned_of_once_and_shown_for_an_hour(stack: Stack) -> None:
    stack.deployed(REFRESH)

    stack.deployed(OBSERVE)
    later = stack.deployed(OBSERVE)

    assert stack.warnings == ["fell_back_to_observe"]
    assert later.fell_back_at == START + 120
    assert later.gauges()[Metric.FELL_BACK_TO_OBSERVE] == 1
    stack.clock.advance(FALL_SHOWN - 60)
    assert later.gauges() == Counts(
        {Metric.OBSERVING: 1, Metric.FELL_BACK_TO_OBSERVE: 0, Metric.SETTINGS_CLAMPED: 0}
    )


def test_stack_that_acts_again_and_falls_back_again_is_warned_of_again(stack: Stack) -> None:
    for mode in (REFRESH, OBSERVE, REFRESH):
        acting = stack.deployed(mode)
    assert acting.gauges()[Metric.FELL_BACK_TO_OBSERVE] == 0

    assert stack.deployed(OBSERVE).gauges()[Metric.FELL_BACK_TO_OBSERVE] == 1
    assert stack.warnings == ["fell_back_to_observe"] * 2


def test_sweep_that_records_the_mode_second_says_the_same_and_warns_of_nothing(stack: Stack) -> None:
    stack.deployed(REFRESH)
    first = FakeLog()
    at = START + 100
    stack.table.faults.meanwhile("write", lambda: record_mode(stack.table, OBSERVE, at, first))

    assert stack.deployed(OBSERVE).fell_back_at == at
    assert ([entry.message for entry in first.entries], stack.warnings) == (["fell_back_to_observe"], [])


def test_mode_that_cannot_be_recorded_is_recorded_by_the_next_invocation(stack: Stack) -> None:
    stack.deployed(REFRESH)
    stack.table.faults.add("write", StateUnavailable("down"))

    with pytest.raises(StateUnavailable):
        stack.deployed(OBSERVE)

    assert stack.warnings == []
    assert stack.deployed(OBSERVE).gauges()[Metric.FELL_BACK_TO_OBSERVE] == 1


def test_clamped_settings_are_counted_in_each_sweep(stack: Stack) -> None:
    heartbeat = Heartbeat(run_mode=REFRESH, fell_back_at=None, clamped=2, clock=stack.clock)

    assert heartbeat.gauges()[Metric.SETTINGS_CLAMPED] == 2
