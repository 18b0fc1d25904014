"""The view of a running scenario, and its end."""

from __future__ import annotations

import io
from dataclasses import replace

from rich.console import Console

from devstack.figures import Figures
from devstack.progress import Progress
from devstack.scenario_run import Moment
from devstack.watch_view import as_line, as_table, watching

RUNNING = Moment(
    orders=5, of_orders=9, finished=False, queued=1,
    figures=Figures(watched=4, watching=2, due=1, settled_by_refresh=2, discovered=7),
    patch_calls=3, list_calls=4, tick_seen=False, found_all=False, announced=6, seconds=12.0,
)  # fmt: skip
OVER = replace(RUNNING, finished=True, figures=Figures(watched=4), queued=0, tick_seen=True, found_all=True)


def _console(*, terminal: bool) -> tuple[Console, io.StringIO]:
    shown = io.StringIO()
    return Console(file=shown, width=140, force_terminal=terminal), shown


def test_it_is_over_when_nothing_can_change_any_more() -> None:
    assert OVER.over
    assert not replace(OVER, finished=False).over
    assert not replace(OVER, queued=1).over
    assert not replace(OVER, tick_seen=False).over
    assert not replace(OVER, found_all=False).over
    assert not replace(OVER, figures=Figures(watching=1)).over
    assert not replace(OVER, figures=Figures(dead_lettered=1, unrelayed=1)).over


def test_a_line_shows_all_figures() -> None:
    line = as_line(RUNNING)

    assert line.startswith(
        "orders 5/9, watched 4, watching 2, due 1, queued 1 | settled 0 by webhook, 2 by refresh"
    )
    assert line.endswith("found by discover 7, announced 6 | calls 3 PATCH, 4 list")


def test_the_table_says_what_is_waited_for() -> None:
    titles = [
        str(as_table(moment).title)
        for moment in (
            RUNNING,
            replace(RUNNING, finished=True),
            replace(OVER, found_all=False),
            replace(OVER, tick_seen=False),
            OVER,
        )
    ]

    assert titles == [
        "Orders come in, and gateway webhooks get lost (12 s)",
        "No more orders; waiting for the last payments (12 s)",
        "Every order has ended; discover looks for more (12 s)",
        "Every order has ended; waiting for the schedule's own tick (12 s)",
        "Every order has ended (12 s)",
    ]


def test_where_there_is_no_terminal_a_line_comes_every_few_seconds() -> None:
    console, shown = _console(terminal=False)

    with watching(Progress(console)) as show:
        for seconds in (0.0, 2.0, 4.0, 6.0, 8.0):
            show(replace(RUNNING, seconds=seconds))
        show(replace(OVER, seconds=9.0))

    assert shown.getvalue().count("orders 5/9") == 3  # at 0, 6 and 9 s


def test_on_a_terminal_a_table_is_shown() -> None:
    console, shown = _console(terminal=True)

    with watching(Progress(console)) as show:
        show(RUNNING)

    assert "settled by refresh" in shown.getvalue()


def test_a_step_is_announced_before_it_runs_where_there_is_no_terminal() -> None:
    console, shown = _console(terminal=False)

    with Progress(console).step("Building"):
        assert "Building …" in shown.getvalue()


def test_nothing_is_shown_by_default() -> None:
    progress = Progress()

    with progress.step("Building"):
        progress.note("done")

    assert progress.console.quiet
