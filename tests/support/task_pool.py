"""Tasks that never overlap: each runs when its result is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


def one_by_one[T](tasks: Sequence[Callable[[], T]]) -> Iterator[T]:
    """Keep `payment_refresh.ports.Overlap`."""
    return (task() for task in tasks)
