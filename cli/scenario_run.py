"""Plays a scenario on a deployed stack, from its first order until nothing is open any more."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cli.figures import Figures, count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cli.options import LocalOptions
    from cli.records import Row
    from cli.sandbox_server import SandboxServer
    from cli.stack import LocalStack

SWEEP_EVERY_S = 2.0
"""On AWS the schedule sweeps once a minute; with policies in seconds it has to be more often."""

_FIRST_TICK_AFTER_S = 60.0
_ORDERS_A_SECOND = 4.0
_SHORTEST_S = 10.0
_NAMED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What is known of a running scenario at one moment. `queued` is what the pending queue holds."""

    orders: int
    of_orders: int
    finished: bool
    figures: Figures
    queued: int
    patch_calls: int
    list_calls: int
    tick_seen: bool
    seconds: float

    @property
    def over(self) -> bool:
        """Whether nothing can change any more, and the schedule has proved that it works."""
        return self.finished and self.figures.open == 0 and self.queued == 0 and self.tick_seen


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
        duration_s=max(_SHORTEST_S, options.orders / _ORDERS_A_SECOND),
    )
    tick_seen = was_over = False
    while True:
        round_begun = time.monotonic()
        stack.check()
        stack.sweep()
        seconds = time.monotonic() - begun
        # The schedule was created before the scenario began, so no tick can be due before this.
        tick_seen = tick_seen or (seconds >= _FIRST_TICK_AFTER_S - SWEEP_EVERY_S and stack.scheduled_sweeps() > 0)
        rows = stack.rows()
        moment = _moment(stack, sandbox, rows, tick_seen=tick_seen, seconds=seconds)
        show(moment)
        if moment.over and was_over:
            return moment, []
        if seconds > options.deadline_s:
            return moment, _unfinished(moment, rows)
        # Twice in a row, because the figures are not all read at the same instant.
        was_over = moment.over
        time.sleep(max(0.0, SWEEP_EVERY_S - (time.monotonic() - round_begun)))


def keep_up(stack: LocalStack) -> None:
    """Go on sweeping until a signal ends it."""
    while True:
        stack.check()
        stack.sweep()
        time.sleep(SWEEP_EVERY_S)


def _moment(
    stack: LocalStack, sandbox: SandboxServer, rows: Iterable[Row], *, tick_seen: bool, seconds: float
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
    still_open = [row for row in rows if row.open]
    unfinished += [
        f"{row.key} was still {row.status}, due at {row.due_at}, when time was up" for row in still_open[:_NAMED]
    ]
    return unfinished
