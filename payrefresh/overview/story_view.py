"""The story of a watch on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from payment_refresh.domain.vocabulary import Status
from payrefresh.overview.moments import moment
from payrefresh.overview.words import sentence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import RenderableType

    from payrefresh.overview.story import Story

COLOURS = {
    Status.WATCHING: "yellow",
    Status.SETTLED: "green",
    Status.CLOSED: "green",
    Status.DEAD_LETTERED: "red",
    Status.MISSING: "red",
    Status.REPORTED: "magenta",
}


def view_story(story: Story) -> RenderableType:
    """The story as one thing to print."""
    watch = story.watch
    colour = COLOURS.get(watch.status, "cyan")
    head = Text.assemble((story.title, "bold"), f", {story.amount}: ", (watch.status, f"bold {colour}"))
    parts: list[RenderableType] = [head, Text(sentence(story.meaning)), Text()]
    facts = _grid()
    facts.add_row("payment", str(watch.key))
    facts.add_row("at the gateway", story.gateway)
    if watch.order_id is not None:
        facts.add_row("in Commerce Layer", f"order {watch.order_id}{_gateway_of(story)}")
    parts += [facts, Text()]
    if story.to_do:
        parts += [Text("What to do", "bold"), *_steps(story.to_do), Text()]
    happened = _grid()
    for each in story.history:
        happened.add_row(moment(each.at), each.what)
    parts += [Text("What happened", "bold"), happened, Text()]
    parts += [Text("What comes next", "bold"), *(_indented(line) for line in story.coming.lines)]
    return Group(*parts)


def view_stories(stories: Iterable[Story]) -> RenderableType:
    """Several stories, one below the other."""
    parts: list[RenderableType] = []
    for story in stories:
        parts += [Text(), view_story(story)] if parts else [view_story(story)]
    return Group(*parts)


def _grid() -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    return grid


def _steps(steps: Iterable[str]) -> Iterable[RenderableType]:
    return (_indented(f"{number}. {step}") for number, step in enumerate(steps, 1))


def _indented(text: str) -> RenderableType:
    return Padding(Text(text), (0, 0, 0, 2))


def _gateway_of(story: Story) -> str:
    kind, name = story.watch.payment_gateway_type, story.watch.payment_gateway_id
    return f", gateway {kind or ''} {name}" if name else ""
