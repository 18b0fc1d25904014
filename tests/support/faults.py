"""Failures on order: before a call has any effect, or after it took effect and only its answer is lost."""

from __future__ import annotations

from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Crash(BaseException):
    """The process dies here: nothing catches this, and nothing after it happens."""


@dataclass(slots=True, kw_only=True)
class _Fault:
    error: BaseException
    after: bool
    skip: int
    times: int


@dataclass(slots=True)
class Faults:
    """Failures to come, by the name of the operation."""

    _planned: dict[str, list[_Fault]] = field(default_factory=dict)
    _meanwhile: dict[str, deque[Callable[[], object]]] = field(default_factory=dict)

    def add(
        self, operation: str, error: BaseException, *, after: bool = False, skip: int = 0, times: int = 1
    ) -> None:
        """Let an operation fail ``times`` times, once ``skip`` calls went well."""
        fault = _Fault(error=error, after=after, skip=skip, times=times)
        self._planned.setdefault(operation, []).append(fault)

    def clear(self) -> None:
        """Let nothing go wrong any more."""
        self._planned.clear()

    def meanwhile(self, operation: str, action: Callable[[], object]) -> None:
        """Run something right before the operation's next call takes effect: somebody else was faster."""
        self._meanwhile.setdefault(operation, deque()).append(action)

    @contextmanager
    def around(self, operation: str) -> Iterator[None]:
        """Do an operation, with what was planned for it."""
        if waiting := self._meanwhile.get(operation):
            waiting.popleft()()
        fault = self._due(operation)
        if fault is not None and not fault.after:
            raise fault.error
        yield
        if fault is not None:
            raise fault.error

    def _due(self, operation: str) -> _Fault | None:
        planned = self._planned.get(operation, [])
        if not planned:
            return None
        first = planned[0]
        if first.skip:
            first.skip -= 1
            return None
        first.times -= 1
        if not first.times:
            planned.pop(0)
        return first
