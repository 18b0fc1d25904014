"""Plays a scenario on a deployed stack, from its first order until nothing is open any more."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devstack.discovery import discovering
from devstack.figures import Figures, count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from devstack.options import LocalOptions
    from devstack.records import Row
    from devstack.sandbox_server import SandboxServer
    from devstack.stack import LocalStack

SWEEP_EVERY_S = 2.0
"""On AWS the schedule sweeps once a minute; with policies in seconds it has to be more often."""

# The first tick comes a minute after the schedule was created, which was shortly before the scenario began.
_FIRST_TICK_AFTER_S = 40.0
_ORDERS_A_SECOND = 2.75
_SHORTEST_S = 10.0
_NAMED = 10
_HOPELESS = 5
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_MORE_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """State of a running scenario at one moment.

    Attributes
    ----------
    queued
        What the pending queue holds.
    announced
        The outcome events so far.
    found_all
        Whether discover has seen the orders as the scenario left them, and found nothing more to watch.
    """

    orders: int
    of_orders: int
    finished: bool
    figures: Figures
    queued: int
    patch_calls: int
    list_calls: int
    tick_seen: bool
    found_all: bool
    announced: int
    seconds: float

    @property
    def over(self) -> bool:
        """Whether nothing can change any more, and the schedule has proved that it works."""
        return self.finished and self.is_quiet and self.found_all and self.tick_seen

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is being watched or queued."""
        return self.figures.open == 0 and self.queued == 0


def play(
    stack: LocalStack, sandbox: SandboxServer, options: LocalOptions, show: Callable[[Moment], None]
) -> tuple[Moment, list[str]]:
    """Play the scenario to its end, showing how it goes.

    Returns
    -------
    The last moment, and what was still open when the deadline came, in words; usually nothing.
    """
    begun = time.monotonic()
    sandbox.start_scenario(
        orders=options.orders,
        seed=options.seed,
        loss=options.loss,
        loss_order_events=options.loss_order_events,
        gateway_webhooks_off_after_s=options.gateway_webhooks_off_after_s,
        each=options.each,
        kinds=options.kinds,
        only_on_purpose=options.only_on_purpose,
        duration_s=max(_SHORTEST_S, options.orders / _ORDERS_A_SECOND),
    )
    tick_seen = found_all = was_over = False
    settled_at = float("inf")  # when the last order has been unchanged for long enough to be found
    with discovering(stack.discover) as discovery:
        while True:
            round_begun = time.monotonic()
            stack.check()
            discovery.keep_going(soon=time.monotonic() >= settled_at)
            stack.sweep()
            seconds = time.monotonic() - begun
            tick_seen = tick_seen or (seconds >= _FIRST_TICK_AFTER_S and stack.scheduled_sweeps() > 0)
            # Where it does nothing but fail, there is nothing to wait for; its errors fail the run.
            found_all = (
                discovery.passes.saw_nothing_new_since(settled_at) or discovery.passes.failures >= _HOPELESS
            )
            rows = stack.rows()
            moment = _moment(stack, sandbox, rows, tick_seen=tick_seen, found_all=found_all, seconds=seconds)
            show(moment)
            if moment.over and was_over:
                return moment, []
            if seconds > options.deadline_s:
                return moment, _unfinished(moment, rows)
            if moment.finished:
                settled_at = min(settled_at, time.monotonic() + _unchanged_for(stack.parameters))
            # Twice in a row, because the figures are not all read at the same instant.
            was_over = moment.over
            time.sleep(max(0.0, SWEEP_EVERY_S - (time.monotonic() - round_begun)))


def keep_up(stack: LocalStack) -> None:
    """Go on with sweeps until a signal ends it, and on the sandbox with discover; elsewhere, its schedule does."""
    with discovering(stack.discover) as discovery:
        while True:
            stack.check()
            if stack.sandbox is not None:
                discovery.keep_going()
            stack.sweep()
            time.sleep(SWEEP_EVERY_S)


def policy_of(parameters: Mapping[str, str]) -> dict[str, float]:
    """Return what the sandbox must know of the policy to say what is right, as far as it was set by name."""
    policy: dict[str, float] = {}
    if "CartCheckAges" in parameters:
        ages = [_seconds(age) for age in parameters["CartCheckAges"].split(",")]
        policy |= {"late_after_s": ages[min(1, len(ages) - 1)], "carts_end_after_s": ages[-1]}
    if "FirstCheckAfter" in parameters:
        first = _seconds(parameters["FirstCheckAfter"])
        # As `Policy.echo` and `Policy.shortly`; written out, since what judges the functions is not made of them.
        policy |= {"echo_s": 2 * first, "skew_s": first / 12}
    return policy


def _seconds(duration: str) -> int:
    return int(duration[:-1]) * _UNITS[duration[-1]]


def _unchanged_for(parameters: Mapping[str, str]) -> float:
    """Return how long an order must be unchanged before discover lists it, a little more to be sure."""
    names = ("DiscoverAfter", "UnplacedAfter")
    return max((_seconds(parameters[name]) for name in names if name in parameters), default=0) + _MORE_S


def _moment(
    stack: LocalStack,
    sandbox: SandboxServer,
    rows: Iterable[Row],
    *,
    tick_seen: bool,
    found_all: bool,
    seconds: float,
) -> Moment:
    scenario, calls = sandbox.scenario(), sandbox.calls()
    return Moment(
        orders=scenario["orders_created"],
        of_orders=scenario["orders_total"],
        finished=scenario["state"] == "finished",
        figures=count(rows, time.time()),
        queued=stack.pending_messages(),
        patch_calls=calls["patch_calls"],
        list_calls=calls["list_calls"],
        tick_seen=tick_seen,
        found_all=found_all,
        announced=stack.announced_messages(),
        seconds=seconds,
    )


def _unfinished(moment: Moment, rows: Iterable[Row]) -> list[str]:
    unfinished = []
    if not moment.finished:
        unfinished.append(
            f"the scenario was not over ({moment.orders} of {moment.of_orders} orders) when time was up"
        )
    if moment.queued:
        unfinished.append(f"{moment.queued} messages were still in the pending queue when time was up")
    if moment.finished and moment.is_quiet and not moment.found_all:
        unfinished.append("discover had not seen every order when time was up")
    still_open = [row for row in rows if row.open]
    unfinished += [
        f"{row.key} was still {row.status}, due at {row.due_at}, when time was up" for row in still_open[:_NAMED]
    ]
    return unfinished
