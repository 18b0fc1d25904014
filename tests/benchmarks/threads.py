"""Virtual time for code that uses threads: locks that others may wait for, and a pool."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from heapq import heappush
from threading import Event
from typing import TYPE_CHECKING

from tests.support.virtual_time import VirtualTime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

WORKERS = 4
"""As many as the real pool has."""


class Time(VirtualTime):
    """Virtual time whose actors may also wait for each other."""

    @property
    def has_failed(self) -> bool:
        """Whether an actor raised; the others should stop."""
        return bool(self._failed)

    def wait(self, event: Event) -> None:
        """Let others act until one of them wakes this event's actor."""
        self._wake_next()
        event.wait()

    def wake(self, event: Event) -> None:
        """Let an actor that waits go on, after the one that acts now."""
        heappush(self._sleepers, (self.now, next(self._order), event))

    def spawn(self, actor: Callable[[], None]) -> None:
        """Let one more actor act, from now on."""
        self._start(actor)


@dataclass(slots=True)
class Turn:
    """A lock; who waits longest gets it first."""

    time: Time
    _is_held: bool = False
    _waiting: deque[Event] = field(default_factory=deque)

    def __enter__(self) -> None:
        if self._is_held:
            event = Event()
            self._waiting.append(event)
            self.time.wait(event)
        self._is_held = True

    def __exit__(self, *_: object) -> None:
        if self._waiting:
            self.time.wake(self._waiting.popleft())
        else:
            self._is_held = False


@dataclass(frozen=True, slots=True)
class Pool:
    """Implements the `TaskPool` port as the real pool does."""

    time: Time

    def run[T](self, tasks: Sequence[Callable[[], T]]) -> Iterator[T]:
        if len(tasks) == 1:
            yield tasks[0]()
            return
        left, results, arrived = deque(tasks), deque[T | BaseException](), deque[Event]()

        def work() -> None:
            while left:
                results.append(_outcome(left.popleft()))
                if arrived:
                    self.time.wake(arrived.popleft())

        for _ in range(min(WORKERS, len(tasks))):
            self.time.spawn(work)
        for _ in tasks:
            if not results:
                event = Event()
                arrived.append(event)
                self.time.wait(event)
            result = results.popleft()
            if isinstance(result, BaseException):
                raise result
            yield result


def _outcome[T](task: Callable[[], T]) -> T | BaseException:
    try:
        return task()
    except BaseException as error:  # raised again by whoever wants the result
        return error
