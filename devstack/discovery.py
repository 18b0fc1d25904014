"""Runs discover beside the sweeps, and reports when it has seen every order and found no more."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from concurrent.futures import Executor

DISCOVER_EVERY_S = 25.0
"""On AWS the schedule does it every quarter of an hour. A pass takes ten slots of the rate limiter or more."""

SOON_S = 5.0
"""The same once nothing but its passes is waited for."""


@dataclass(slots=True)
class Passes:
    """What is known of the passes through the orders; one may take several invocations. Pure.

    Attributes
    ----------
    nothing_new_since
        When the last whole pass began, if it created no watch.
    failures
        How many invocations failed in a row.
    """

    nothing_new_since: float | None = None
    failures: int = 0
    _began: float | None = None
    _created: int = 0

    def took(self, began: float, answer: Mapping[str, Any]) -> None:
        """Take the answer of an invocation into account; after one that failed, the pass goes on."""
        self.failures = self.failures + 1 if "errorType" in answer else 0
        if self._began is None:
            self._began, self._created = began, 0
        self._created += answer.get("created", 0)
        if answer.get("complete"):
            self.nothing_new_since = None if self._created else self._began
            self._began = None

    def saw_nothing_new_since(self, moment: float) -> bool:
        """Say whether a whole pass that began at this moment or later created no watch."""
        return self.nothing_new_since is not None and self.nothing_new_since >= moment


class Discovery:
    """Keeps discover going; the passes are by the monotonic clock."""

    def __init__(self, discover: Callable[[], Mapping[str, Any]], executor: Executor) -> None:
        self.passes = Passes()
        self._discover = discover
        self._executor = executor
        self._running: Future[Mapping[str, Any]] | None = None
        self._began = float("-inf")

    def keep_going(self, *, soon: bool = False) -> None:
        """Take the answer if there is one, and start the next invocation if it is time; wait for neither."""
        every = min(SOON_S, DISCOVER_EVERY_S) if soon else DISCOVER_EVERY_S
        if self._running is not None and self._running.done():
            self.passes.took(self._began, self._running.result())
            self._running = None
        now = time.monotonic()
        if self._running is None and now >= self._began + every:
            self._began, self._running = now, self._executor.submit(self._discover)


@contextmanager
def discovering(discover: Callable[[], Mapping[str, Any]]) -> Iterator[Discovery]:
    """Yield what keeps discover going, in a thread: it takes several seconds, and the sweeps go on meanwhile."""
    executor = ThreadPoolExecutor(max_workers=1)
    try:
        yield Discovery(discover, executor)
    finally:
        # Not waited for: an invocation under way ends with the server that it is on.
        executor.shutdown(wait=False, cancel_futures=True)
