"""Turns the signals that ask a process to stop into one exception, at a moment when nothing can be left behind."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from devstack.errors import Interrupted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def stop_signals_raise() -> Iterator[None]:
    """Raise `Interrupted` in the main thread for the first stop signal, and ignore those after it.

    The later ones are ignored as the first has started the clean-up, which is quick and must not be cut short.
    """
    stopping = False

    def stop(number: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        if not stopping:
            stopping = True
            raise Interrupted(number)

    previous = {number: signal.signal(number, stop) for number in STOP_SIGNALS}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


@contextmanager
def stop_signals_deferred() -> Iterator[None]:
    """Hold stop signals back while the body runs, and deliver them when it is done.

    Only for short bodies that must be whole: starting a process and recording that it runs, stopping one.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # Python runs signal handlers in the main thread only, so nothing can interrupt this one
        return
    arrived: list[int] = []
    previous = {
        number: signal.signal(number, lambda number, _frame: arrived.append(number)) for number in STOP_SIGNALS
    }
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
        for late in arrived:
            signal.raise_signal(late)
