"""The base of all composition roots: an object composed at import and started by the first invocation."""

from __future__ import annotations

import uuid
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from payment_refresh.errors import SettingsError
from payment_refresh.rate_limit.budget import RESERVE_MS

if TYPE_CHECKING:
    from collections.abc import Callable


class Composed[T]:
    """An object that a function's module composes as it is imported, for the invocations to use.

    The import reads the settings and makes clients and adapters; it calls neither AWS nor Commerce Layer, and does
    not fail for a wrong setting: each invocation does, so that it can be logged, and a webhook answered.

    Parameters
    ----------
    compose
        Composes; called at once. Gives what starts the object and may make calls: that is called by the first
        invocation, and again by the next one as long as it fails.
    """

    def __init__(self, compose: Callable[[], Callable[[], T]]) -> None:
        self._object: T | None = None
        self._start: Callable[[], T]
        try:
            self._start = compose()
        except SettingsError as error:
            self._start = partial(_fail, error)

    def get(self) -> T:
        """Give the object.

        Raises
        ------
        SettingsError
            A setting is missing or wrong; the message names it.
        StateUnavailable
            It could not be started; the next invocation tries again.
        """
        if self._object is None:
            self._object = self._start()
        return self._object

    @staticmethod
    def has_time(remaining_ms: Callable[[], int]) -> Callable[[], bool]:
        """Give what tells whether an invocation has time for one more call, by the milliseconds it has left."""
        return lambda: remaining_ms() > RESERVE_MS


def new_token() -> str:
    """Make the token of a claim, which no other claim has."""
    return uuid.uuid4().hex


def _fail(error: SettingsError) -> NoReturn:
    raise error.with_traceback(None)
