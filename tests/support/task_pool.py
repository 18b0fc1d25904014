"""A task pool that overlaps nothing: each task runs when its result is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


class OneByOne:
    """Implements the `TaskPool` port on the caller's thread."""

    def run[T](self, tasks: Sequence[Callable[[], T]]) -> Iterator[T]:
        """Run the tasks in their order, each when its result is asked for."""
        return (task() for task in tasks)
