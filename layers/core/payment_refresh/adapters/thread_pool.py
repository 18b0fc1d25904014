"""Runs tasks concurrently in a small thread pool that lives as long as its environment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from payment_refresh.rate_limit.budget import THREADS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


@dataclass(frozen=True, slots=True)
class ThreadPool:
    """Implements the `TaskPool` port; a single task runs on the caller's thread."""

    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(THREADS), init=False)

    def run[T](self, tasks: Sequence[Callable[[], T]]) -> Iterator[T]:
        if len(tasks) == 1:
            yield tasks[0]()
            return
        for future in as_completed([self._pool.submit(task) for task in tasks]):
            yield future.result()
