"""Virtual time: blocking code of several actors runs in threads, one at a time, in the order of their waking."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from itertools import count
from threading import Event, Thread, current_thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass(slots=True)
class VirtualTime:
    """A clock that goes on when all actors sleep; whoever wakes first runs next.

    Attributes
    ----------
    now
        Seconds, as nobody's clock shows them.
    until
        When it ends: who sleeps beyond is not woken any more.
    """

    now: float
    until: float
    _sleepers: list[tuple[float, int, Event]] = field(default_factory=list)
    _order: Iterator[int] = field(default_factory=count)
    _over: Event = field(default_factory=Event)
    _failed: list[BaseException] = field(default_factory=list)

    def run(self, *actors: Callable[[], None]) -> None:
        """Let actors act to the end, starting now."""
        threads = [self._start(actor) for actor in actors]
        self._wake_next()
        self._over.wait()
        for thread in threads:
            thread.join()
        if self._failed:
            raise self._failed[0]

    def sleep(self, seconds: float) -> None:
        """Let others act for so long; called by an actor."""
        woken = self._fall_asleep(seconds)
        self._wake_next()
        woken.wait()
        if self.now > self.until:
            raise _OverError

    def _start(self, actor: Callable[[], None]) -> Thread:
        woken = self._fall_asleep(0)

        def act() -> None:
            woken.wait()
            try:
                if self.now <= self.until:
                    actor()
            except _OverError:
                pass
            except BaseException as error:  # raised again by `run`
                self._failed.append(error)
            self._wake_next()

        thread = Thread(target=act, name=f"actor of {current_thread().name}", daemon=True)
        thread.start()
        return thread

    def _fall_asleep(self, seconds: float) -> Event:
        woken = Event()
        heapq.heappush(self._sleepers, (self.now + max(0.0, seconds), next(self._order), woken))
        return woken

    def _wake_next(self) -> None:
        if not self._sleepers:
            self._over.set()
            return
        self.now, _, woken = heapq.heappop(self._sleepers)
        woken.set()


class _OverError(Exception):
    """The time is up."""
