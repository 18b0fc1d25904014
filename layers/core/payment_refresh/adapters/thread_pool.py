"""Tasks that overlap: a small pool of threads, kept for as long as its environment lives."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from payment_refresh.rate_limit.budget import THREADS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


@dataclass(frozen=True, slots=True)
class ThreadPool:
    """Keeps `payment_refresh.ports.Overlap`; a single task runs on the caller's own thread."""

    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(THREADS), init=False)

    def run[T](self, tasks: Sequence[Callable[[], T]]) -> Iterator[T]:
        if len(tasks) == 1:
            yield tasks[0]()
            return
        for future in as_completed([self._pool.submit(task) for task in tasks]):
            yield future.result()
