"""Errors of the launcher: each says what failed, where, and what to do."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class LauncherError(Exception):
    """A step failed. `details` are the log lines that explain it, oldest first."""

    def __init__(self, message: str, details: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.details = tuple(details)


class SetupMissing(LauncherError):
    """Something that set-up installs is not there; the message is one line and says how to get it."""


class Interrupted(BaseException):
    """A signal asked the launcher to stop. No `Exception`, so that nothing takes it for a failed step."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number
