"""Nothing between two passes is missed: orders change at any time, and runs fail in every way.

Every watch ends right after it began, so an order that changed must be found again; at the end, each order that is
stuck must be known as it last changed.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from payment_refresh.domain.policy import HOUR, MINUTE
from payment_refresh.domain.vocabulary import Status
from payment_refresh.errors import CredentialsRefused, RateLimited, StateUnavailable, TimedOut
from payment_refresh.times import to_iso
from tests.support import samples
from tests.support.clock import START
from tests.support.faults import Crash, Faults
from tests.support.world import World
from tests.unit.discover_steps import RUN_EVERY_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from payment_refresh.domain.order import Order
    from payment_refresh.domain.payment import PaymentKey

QUIET = 30 * MINUTE
"""Unpaid orders must have been unchanged for so long."""

STUCK: dict[str, dict[str, Any]] = {
    "placed": {"status": "placed"},
    "cart": {"status": "pending", "placed_at": None},
    "unplaced": {"status": "pending", "placed_at": None, "payment_status": "authorized"},
}
STATES = STUCK | {
    "draft": {"status": "draft", "placed_at": None},
    "settled": {"status": "placed", "payment_status": "paid"},
    "other": {"source_type": "paypal_payments"},
}


@dataclass
class Scene:
    """A world whose orders change as planned.

    Attributes
    ----------
    plan
        What is still to change: when, which order, and to which state; the last comes first.
    stuck
        Since when each stuck order has been so.
    """

    plan: list[tuple[float, str, str]]
    world: World = field(default_factory=World)
    stuck: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.world.listing.page = 2
        self.plan.sort(reverse=True)

    def pass_time(self, seconds: float) -> None:
        self.world.clock.advance(seconds)
        while self.plan and self.plan[-1][0] <= self.world.clock.now:
            at, name, state = self.plan.pop()
            self.world.commerce_layer.put(order_in(name, state, at))
            self.stuck.pop(name, None)
            if state in STUCK:
                self.stuck[name] = at

    def run(self) -> bool:
        """Run discover and end what it began; gives whether it was complete."""
        try:
            return self.world.discover().complete
        finally:
            for row in list(self.world.table.rows.values()):
                self.world.table.put(replace(row, status=Status.ABANDONED, due_at=None))

    def unknown(self, since: float) -> list[str]:
        """Orders stuck since then or earlier of whose last change no row knows."""
        rows = self.world.table.rows
        return [
            name
            for name, at in self.stuck.items()
            if at <= since and ((row := rows.get(key_of(name))) is None or row.order_updated_at != to_iso(at))
        ]


def key_of(name: str) -> PaymentKey:
    return samples.key(name)


def order_in(name: str, state: str, at: float) -> Order:
    return samples.order(name, **{"at": at} | STATES[state])


def fails_with(error: BaseException, *, operation: str, after: bool = False) -> Callable[[Scene, int], None]:
    """Let something fail after so many good calls."""

    def spoil(scene: Scene, good: int) -> None:
        owner: dict[str, Faults] = {
            "list_orders": scene.world.listing.faults,
            "list_webhooks": scene.world.listing.faults,
            "read": scene.world.cursors.faults,
            "save": scene.world.cursors.faults,
            "read_many": scene.world.table.faults,
            "write": scene.world.table.faults,
        }
        name = "write" if operation == "save" else operation
        owner[operation].add(name, error, skip=good, after=after)

    return spoil


def few_calls(scene: Scene, good: int) -> None:
    scene.world.calls = good


def little_time(scene: Scene, good: int) -> None:
    left = iter([True] * good)
    scene.world.has_time = lambda: next(left, False)


def well(_scene: Scene, _good: int) -> None:
    """Let nothing happen."""


FATES = [
    well,
    few_calls,
    little_time,
    *(fails_with(error("no"), operation="list_orders") for error in (TimedOut, RateLimited, CredentialsRefused)),
    fails_with(RateLimited("no"), operation="list_webhooks"),
    *(
        fails_with(error, operation=operation, after=after)
        for error in (StateUnavailable("down"), Crash())
        for operation in ("read", "save", "read_many", "write")
        for after in (False, True)
    ),
]

changes = st.lists(
    st.tuples(
        st.integers(0, 22 * HOUR * 1000).map(lambda milliseconds: START + milliseconds / 1000),
        st.sampled_from("abcdefgh"),
        st.sampled_from([*STATES, *STUCK]),
    ),
    max_size=40,
)
runs = st.lists(st.none() | st.tuples(st.sampled_from(FATES), st.integers(0, 9)), min_size=1, max_size=88)
"""The fate of each run, and after how many good calls it strikes; None where the run never takes place."""


@settings(max_examples=200)
@given(plan=changes, fates=runs)
def test_stuck_orders_are_all_known_after_runs_failed_in_any_way(
    plan: list[tuple[float, str, str]], fates: list[tuple[Callable[[Scene, int], None], int] | None]
) -> None:
    """For most of a day after the first pass, so that no whole pass makes up for what a steady one missed."""
    scene = Scene(plan)
    for fate in fates:
        scene.pass_time(RUN_EVERY_S)
        if fate is None:
            continue
        scene.world.calls, scene.world.has_time = 375, lambda: True
        fate[0](scene, fate[1])
        with suppress(StateUnavailable, Crash):
            scene.run()

    for faults in (scene.world.listing.faults, scene.world.cursors.faults, scene.world.table.faults):
        faults.clear()
    scene.world.calls, scene.world.has_time = 375, lambda: True
    scene.world.circuits.opened_at.clear()
    for _ in range(2):  # one ends what was under way, the next is a pass of its own
        scene.pass_time(RUN_EVERY_S)
        assert scene.run()

    assert scene.unknown(since=scene.world.clock.now - QUIET) == []


@settings(max_examples=25)
@given(plan=changes)
def test_stuck_order_is_found_by_the_first_good_run_after_its_quiet_time(
    plan: list[tuple[float, str, str]],
) -> None:
    scene = Scene(plan)
    for _ in range(92):
        scene.pass_time(RUN_EVERY_S)
        assert scene.run()
        assert scene.unknown(since=scene.world.clock.now - QUIET) == []


@settings(max_examples=25)
@given(plan=changes, calls=st.integers(4, 12))
def test_stuck_order_is_found_at_most_six_runs_late_where_the_share_of_calls_is_small(
    plan: list[tuple[float, str, str]], calls: int
) -> None:
    """Eight orders are four pages of each listing at most: with four calls a run, and half of them for carts."""
    scene = Scene(plan)
    scene.world.calls = calls
    for _ in range(96):
        scene.pass_time(RUN_EVERY_S)
        scene.run()
        assert scene.unknown(since=scene.world.clock.now - QUIET - 6 * RUN_EVERY_S) == []


@settings(max_examples=25)
@given(plan=changes)
def test_order_is_watched_in_no_more_rounds_than_it_changed(plan: list[tuple[float, str, str]]) -> None:
    scene = Scene(list(plan))
    for _ in range(96):
        scene.pass_time(RUN_EVERY_S)
        scene.run()

    for key, row in scene.world.table.rows.items():
        assert row.round <= sum(key_of(name) == key for _, name, _ in plan)
