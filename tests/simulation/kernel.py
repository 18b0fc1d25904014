"""Virtual time: a heap of what happens when; invocations run on threads of their own, one at a time.

An invocation that waits lets the others go on, so that any two may be interleaved at their calls to the outside.
Which one goes on is a matter of virtual time alone, so a run can be repeated. Empty time costs nothing.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from threading import Lock, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Generator


class Over(BaseException):
    """The run has ended; what still waited ends too."""


type Script = Generator[float]
"""What happens step by step; it yields the seconds until its next step."""


class _Worker:
    """A thread that runs one task after another, whenever the kernel gives it the baton."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.task: Callable[[], None] | None = None
        self.go = Lock()
        self.go.acquire()
        Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            self.go.acquire()
            if self.task is None:
                return
            try:
                self.task()
            except Over:
                pass
            except BaseException as error:  # raised again by the kernel
                self.kernel.failed.append(error)
            self.task = None
            self.kernel.rest(self)


@dataclass(slots=True)
class Kernel:
    """Runs what was planned, in the order of its time; of what falls on one time, in the order of planning.

    Attributes
    ----------
    now
        Epoch seconds, as no clock of the system under test shows them.
    failed
        What a task raised that nothing caught.
    """

    now: float
    failed: list[BaseException] = field(default_factory=list)
    _plan: list[tuple[float, int, Callable[[], object]]] = field(default_factory=list)
    _serial: int = 0
    _baton: Lock = field(default_factory=Lock)
    _current: _Worker | None = None
    _idle: list[_Worker] = field(default_factory=list)
    _waiting: dict[int, _Worker] = field(default_factory=dict)
    _is_over: bool = False
    _is_stopped: bool = False

    def at(self, when: float, action: Callable[[], object]) -> None:
        """Plan something; what should have happened already happens now."""
        self._serial += 1
        heapq.heappush(self._plan, (max(when, self.now), self._serial, action))

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
        """Run until nothing is planned any more, or the time is up; tells whether all was done."""
        self._baton.acquire(blocking=False)
        try:
            while self._plan and not self.failed and not self._is_stopped:
                if self._plan[0][0] > until:
                    return False
                self.now, _, action = heapq.heappop(self._plan)
                action()
            if self.failed:
                raise self.failed[0]
            return True
        finally:
            self._dismiss()

    def stop(self) -> None:
        """Let the run end here."""
        self._is_stopped = True

    def spawn(self, task: Callable[[], None]) -> None:
        """Run a task on a thread of its own, until it waits for the first time; not from within a task."""
        worker = self._idle.pop() if self._idle else _Worker(self)
        worker.task = task
        self._switch_to(worker)

    def sleep(self, seconds: float) -> None:
        """Let others go on; called by a task."""
        if self._is_over:
            raise Over
        when = self.now + seconds
        if not self._plan or self._plan[0][0] > when:
            self.now = when
            return
        worker = self._current
        assert worker is not None, "only a task can wait"
        self.at(when, lambda: self._switch_to(worker))
        self._waiting[id(worker)] = worker
        self._baton.release()
        worker.go.acquire()
        del self._waiting[id(worker)]
        if self._is_over:
            raise Over

    def rest(self, worker: _Worker) -> None:
        """Take back the baton of a worker that is done."""
        self._idle.append(worker)
        self._baton.release()

    def _switch_to(self, worker: _Worker) -> None:
        self._current = worker
        worker.go.release()
        self._baton.acquire()
        self._current = None

    def _dismiss(self) -> None:
        """End all threads."""
        self._is_over = True
        for worker in list(self._waiting.values()):
            self._switch_to(worker)
        for worker in self._idle:
            worker.go.release()
        self._idle.clear()
