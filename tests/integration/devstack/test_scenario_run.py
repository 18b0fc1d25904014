"""Play of a scenario: until nothing is open any more, or until time is up."""

from __future__ import annotations

from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import pytest

from devstack import discovery, scenario_run
from devstack.options import LocalOptions
from devstack.records import Row
from devstack.scenario_run import Moment, play, policy_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from devstack.sandbox_server import SandboxServer
    from devstack.stack import LocalStack

COMPLETE: dict[str, object] = {"created": 0, "complete": True}
WATCHING, SETTLED = Row("stripe_payments#1", "watching", due_at=1.0), Row("stripe_payments#1", "settled")


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scenario_run, "SWEEP_EVERY_S", 0.0)
    monkeypatch.setattr(scenario_run, "_FIRST_TICK_AFTER_S", 0.0)
    monkeypatch.setattr(scenario_run, "_MORE_S", 0.0)
    monkeypatch.setattr(discovery, "DISCOVER_EVERY_S", 0.0)
    monkeypatch.setattr(discovery, "ThreadPoolExecutor", Inline)


class Inline(Executor):
    """Does at once what it is given."""

    def __init__(self, max_workers: int) -> None:
        assert max_workers == 1

    def submit[**P, T](self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


@dataclass
class FakeStack:
    """A stack whose one payment goes through given states, sweep by sweep; the last one stays."""

    states: list[Row]
    queued: int = 0
    ticks: int = 1
    sweeps: int = 0
    discovered: list[dict[str, object]] = field(default_factory=lambda: [COMPLETE])
    passes: int = 0
    parameters: Mapping[str, str] = field(default_factory=dict)

    def check(self) -> None:
        """All servers run."""

    def sweep(self) -> None:
        self.sweeps += 1

    def discover(self) -> dict[str, object]:
        self.passes += 1
        return self.discovered[min(self.passes, len(self.discovered)) - 1]

    def announced_messages(self) -> int:
        return 5

    def rows(self) -> list[Row]:
        return [self.states[min(self.sweeps, len(self.states)) - 1]]

    def pending_messages(self) -> int:
        return self.queued

    def scheduled_sweeps(self) -> int:
        return self.ticks


@dataclass
class FakeSandbox:
    """A sandbox whose scenario is over at once, or never."""

    state: str = "finished"
    started: dict[str, object] = field(default_factory=dict)

    def start_scenario(self, **scenario: object) -> None:
        self.started = scenario

    def scenario(self) -> Mapping[str, object]:
        return {"orders_created": 1, "orders_total": 2, "state": self.state}

    def calls(self) -> Mapping[str, int]:
        return {"patch_calls": 3, "list_calls": 4}


def _play(
    stack: FakeStack, sandbox: FakeSandbox | None = None, *, orders: int = 240, deadline_s: float = 60.0
) -> tuple[list[Moment], list[str]]:
    shown: list[Moment] = []
    last, unfinished = play(
        cast("LocalStack", stack),
        cast("SandboxServer", sandbox or FakeSandbox()),
        LocalOptions(orders=orders, seed=7, loss=0.5, deadline_s=deadline_s),
        shown.append,
    )
    assert last is shown[-1]
    return shown, unfinished


def test_it_sweeps_until_nothing_is_open_and_then_looks_once_more() -> None:
    stack = FakeStack([WATCHING, WATCHING, SETTLED])

    shown, unfinished = _play(stack)

    assert [moment.over for moment in shown] == [False, False, True, True]
    assert stack.sweeps == 4
    assert unfinished == []


def test_orders_come_in_at_a_rate_that_the_stack_can_serve() -> None:
    sandbox = FakeSandbox()

    _play(FakeStack([SETTLED]), sandbox, orders=275)

    assert sandbox.started == {
        "orders": 275, "seed": 7, "loss": 0.5, "loss_order_events": 0.05, "gateway_webhooks_off_after_s": None,
        "each": 5, "kinds": (), "only_on_purpose": False, "duration_s": 100.0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("stack", "sandbox", "said"),
    [
        (
            FakeStack([WATCHING]),
            FakeSandbox(),
            "stripe_payments#1 was still watching, due at 1.0, when time was up",
        ),
        (FakeStack([SETTLED], queued=2), FakeSandbox(), "2 messages were still in the pending queue"),
        (FakeStack([SETTLED]), FakeSandbox("running"), "the scenario was not over (1 of 2 orders)"),
    ],
)
def test_what_is_open_when_time_is_up_is_said(stack: FakeStack, sandbox: FakeSandbox, said: str) -> None:
    _, unfinished = _play(stack, sandbox, deadline_s=0.0)

    assert len(unfinished) == 1
    assert said in unfinished[0]


def test_it_waits_for_the_schedule_to_tick_but_not_for_ever() -> None:
    shown, unfinished = _play(FakeStack([SETTLED], ticks=0), deadline_s=0.2)

    assert not shown[-1].tick_seen
    assert unfinished == []  # the report says it


def test_it_goes_on_until_discover_has_seen_everything() -> None:
    more: dict[str, object] = {"created": 0, "complete": False}
    found: dict[str, object] = {"created": 1, "complete": True}
    stack = FakeStack([SETTLED], discovered=[COMPLETE, found, more, COMPLETE])

    shown, unfinished = _play(stack)

    # The first pass began before the scenario was known to be over; the third takes two invocations.
    assert [moment.found_all for moment in shown] == [False, False, False, False, True, True]
    assert unfinished == []


def test_a_pass_counts_once_the_last_order_could_be_in_it() -> None:
    parameters = {"DiscoverAfter": "1h", "UnplacedAfter": "2s", "GiveUpAfter": "9d"}

    shown, unfinished = _play(FakeStack([SETTLED], parameters=parameters), deadline_s=0.2)

    assert not any(moment.found_all for moment in shown)
    assert unfinished == ["discover had not seen every order when time was up"]


@pytest.mark.parametrize(
    ("parameters", "policy"),
    [
        ({}, {}),
        (
            {"CartCheckAges": "8s,1m,2h", "FirstCheckAfter": "6s", "GiveUpAfter": "1d"},
            {"late_after_s": 60, "carts_end_after_s": 7200, "echo_s": 12, "skew_s": 0.5},
        ),
        ({"CartCheckAges": "9s"}, {"late_after_s": 9, "carts_end_after_s": 9}),
    ],
)
def test_sandbox_learns_of_the_policy_what_was_set(
    parameters: Mapping[str, str], policy: Mapping[str, float]
) -> None:
    assert policy_of(parameters) == policy


def test_a_discover_that_only_fails_is_not_waited_for() -> None:
    failed: dict[str, object] = {"errorType": "KeyError", "errorMessage": "boom"}

    shown, unfinished = _play(FakeStack([SETTLED], discovered=[failed]))

    assert shown[-1].over
    assert unfinished == []  # the functions' errors say it
