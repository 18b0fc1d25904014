"""Shows a running scenario: a table that changes on a terminal, a line every few seconds elsewhere."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.live import Live
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from devstack.progress import Progress
    from devstack.scenario_run import Moment

LINE_EVERY_S = 5.0


@contextmanager
def watching(progress: Progress) -> Iterator[Callable[[Moment], None]]:
    """Yield what shows a moment; it is to be called as often as there is something new."""
    if progress.console.is_terminal:
        with Live(console=progress.console, auto_refresh=False) as live:
            yield lambda moment: live.update(as_table(moment), refresh=True)
        return
    shown = float("-inf")

    def print_sometimes(moment: Moment) -> None:
        nonlocal shown
        if moment.seconds >= shown + LINE_EVERY_S or moment.over:
            shown = moment.seconds
            progress.note(as_line(moment))

    yield print_sometimes


def as_line(moment: Moment) -> str:
    """Return the moment in one line."""
    figures = moment.figures
    return (
        f"orders {moment.orders}/{moment.of_orders}, watched {figures.watched}, watching {figures.watching}, "
        f"due {figures.due}, queued {moment.queued} | settled {figures.settled_by_webhook} by webhook, "
        f"{figures.settled_by_refresh} by refresh, closed {figures.closed}, abandoned {figures.abandoned}, "
        f"dead-lettered {figures.dead_lettered}, missing {figures.missing} | "
        f"found by discover {figures.discovered}, announced {moment.announced} | "
        f"calls {moment.patch_calls} PATCH, {moment.list_calls} list"
    )


def as_table(moment: Moment) -> Table:
    """Return the moment as a table."""
    figures = moment.figures
    table = Table(title=f"{_state(moment)} ({moment.seconds:.0f} s)", title_justify="left", show_header=False)
    for column in range(3):
        table.add_column(min_width=19)
        table.add_column(justify="right", min_width=5, style="bold" if column < 2 else "")
    rows = (
        ("orders", f"{moment.orders}/{moment.of_orders}", "settled by webhook", figures.settled_by_webhook,
         "refresh calls", moment.patch_calls),
        ("watched", figures.watched, "settled by refresh", figures.settled_by_refresh, "looks", moment.list_calls),
        ("watching", figures.watching, "closed", figures.closed, "schedule ticked", _yes(moment.tick_seen)),
        ("due now", figures.due, "abandoned", figures.abandoned, "found by discover", figures.discovered),
        ("in the queue", moment.queued, "dead-lettered", figures.dead_lettered, "outcome events",
         moment.announced),
        ("", "", "missing", figures.missing, "", ""),
    )  # fmt: skip
    for row in rows:
        table.add_row(*map(str, row))
    return table


def _state(moment: Moment) -> str:
    if not moment.finished:
        return "Orders come in, and gateway webhooks get lost"
    if not moment.is_quiet:
        return "No more orders; waiting for the last payments"
    if not moment.found_all:
        return "Every order has ended; discover looks for more"
    return (
        "Every order has ended"
        if moment.tick_seen
        else "Every order has ended; waiting for the schedule's own tick"
    )


def _yes(value: bool) -> str:
    return "yes" if value else "not yet"
