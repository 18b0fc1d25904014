"""Keeps sweep and discover going while things fail: in threads, so that no call holds up a fault's end."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
from botocore.exceptions import BotoCoreError, ClientError

from devstack.discovery import Passes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from devstack.stack import LocalStack

SWEEP_EVERY_S = 1.5
DISCOVER_EVERY_S = 9.0
"""A pass takes six slots of the rate limiter at least."""

UNREACHABLE = (ClientError, BotoCoreError, httpx.TransportError)
"""Errors of asking an AWS that is stopped, or that fails."""

_JOINED_WITHIN_S = 100.0


@contextmanager
def driving(stack: LocalStack) -> Iterator[Passes]:
    """Run both for as long as the body runs; gives what is known of discover's passes, by the monotonic clock."""
    passes, over = Passes(), threading.Event()

    def discover() -> None:
        began = time.monotonic()
        passes.took(began, _asked(stack.discover))

    threads = [
        threading.Thread(target=_repeat, args=(lambda: _asked(stack.sweep), SWEEP_EVERY_S, over), daemon=True),
        threading.Thread(target=_repeat, args=(discover, DISCOVER_EVERY_S, over), daemon=True),
    ]
    for thread in threads:
        thread.start()
    try:
        yield passes
    finally:
        over.set()
        for thread in threads:
            thread.join(_JOINED_WITHIN_S)


def _repeat(work: Callable[[], object], every_s: float, over: threading.Event) -> None:
    while not over.is_set():
        begun = time.monotonic()
        work()
        over.wait(max(0.0, every_s - (time.monotonic() - begun)))


def _asked(invoke: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return a function's answer, which is an error where it could not even be asked."""
    try:
        return invoke()
    except UNREACHABLE as error:
        return {"errorType": type(error).__name__}
