"""Virtual time: a heap of what happens when; invocations wait in it, so that any two may be interleaved.

Which one goes on is a matter of virtual time alone, so a run can be repeated; empty time costs nothing. Threads
keep the stacks of invocations that wait, and one runs at a time. Whoever waits goes on with what is planned by
itself, and passes the baton only where another stack is needed: who is not interrupted costs no switch.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from threading import Lock, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

type Script = Generator[float]
"""A course of steps; it yields the seconds until its next step."""


class Over(BaseException):
    """The run has ended; what still waited ends too."""


@dataclass(eq=False, slots=True)
class _Seat:
    """A thread's place in the run.

    Attributes
    ----------
    baton
        Released when the thread is to go on.
    waits
        Whether a task of it waits.
    woken
        Whether that task's time came while the thread did other things.
    task
        What it is to do next, where it was idle.
    """

    baton: Lock = field(default_factory=Lock)
    waits: bool = False
    woken: bool = False
    task: Callable[[], None] | None = None

    def __post_init__(self) -> None:
        """Nobody goes on before the baton is released."""
        self.baton.acquire()


@dataclass(slots=True)
class Kernel:
    """Runs what was planned, in the order of its time; of what falls on one time, in the order of planning.

    Attributes
    ----------
    now
        Epoch seconds, as no clock of the system under test shows them.
    """

    now: float
    _plan: list[tuple[float, int, Callable[[], object] | _Seat]] = field(default_factory=list)
    _serial: int = 0
    _until: float = 0.0
    _first: _Seat = field(default_factory=_Seat)
    _here: _Seat = field(default_factory=_Seat)
    _hired: list[_Seat] = field(default_factory=list)
    _idle: list[_Seat] = field(default_factory=list)
    _unwound: Lock = field(default_factory=Lock)
    _failed: list[BaseException] = field(default_factory=list)
    _is_over: bool = False

    def at(self, when: float, action: Callable[[], object]) -> None:
        """Plan something; what should have happened already happens now."""
        self._push(max(when, self.now), action)

    def after(self, seconds: float, action: Callable[[], object]) -> None:
        """Plan something for later."""
        self.at(self.now + seconds, action)

    def play(self, script: Script, when: float) -> None:
        """Plan a script."""

        def step() -> None:
            wait = next(script, None)
            if wait is not None:
                self.after(wait, step)

        self.at(when, step)

    def run(self, until: float) -> bool:
        """Run until nothing is planned any more, or the time is up; returns whether all was done."""
        self._until, self._here = until, self._first
        self._unwound.acquire()
        self._go_on(self._first)
        for seat in self._hired:  # one by one, so that also how they end can be repeated
            seat.baton.release()
            self._unwound.acquire()
        if self._failed:
            raise self._failed[0]
        return not self._plan

    def stop(self) -> None:
        """Let the run end here."""
        self._until = self.now

    def spawn(self, task: Callable[[], None]) -> None:
        """Run a task until it waits for the first time; only what was planned may call it."""
        here = self._here
        if not here.waits:
            self._perform(task)
            return
        other = self._idle.pop() if self._idle else self._hire()
        other.task = task
        self._pass_to(other, here)

    def sleep(self, seconds: float) -> None:
        """Let others act for so long; called by a task."""
        if self._is_over:
            raise Over
        when = self.now + seconds
        if not self._plan or self._plan[0][0] > when:
            self.now = when
            return
        here = self._here
        self._push(when, here)
        here.waits = True
        self._go_on(here)
        here.waits = here.woken = False
        if self._is_over:
            raise Over

    def _push(self, when: float, what: Callable[[], object] | _Seat) -> None:
        self._serial += 1
        heapq.heappush(self._plan, (when, self._serial, what))

    def _go_on(self, here: _Seat) -> None:
        """Do what is planned, until this seat's own task is to go on, or all is over."""
        while not self._is_over and not here.woken:
            if not self._plan or self._plan[0][0] > self._until or self._failed:
                self._end(here)
                return
            self.now, _, what = heapq.heappop(self._plan)
            if not isinstance(what, _Seat):
                what()
            elif what is here:
                return
            else:
                what.woken = True
                self._pass_to(what, here)

    def _end(self, here: _Seat) -> None:
        """Let the first thread end the run."""
        self._is_over = True
        if here is not self._first:
            self._first.baton.release()
            here.baton.acquire()

    def _pass_to(self, other: _Seat, here: _Seat) -> None:
        """Let another thread go on, until this one is needed again: for its own task, or for a new one."""
        if not here.waits:
            self._idle.append(here)
        other.baton.release()
        here.baton.acquire()
        self._here = here
        if here.task is not None:
            task, here.task = here.task, None
            self._perform(task)

    def _perform(self, task: Callable[[], None]) -> None:
        try:
            task()
        except Over:
            pass
        except BaseException as error:  # raised again by `run`
            self._failed.append(error)

    def _hire(self) -> _Seat:
        """Make a thread that performs one task, then goes on with what is planned."""
        seat = _Seat()

        def work() -> None:
            seat.baton.acquire()
            self._here = seat
            task, seat.task = seat.task, None
            assert task is not None
            self._perform(task)
            self._go_on(seat)
            self._unwound.release()

        self._hired.append(seat)
        Thread(target=work, daemon=True).start()
        return seat
