"""Failures of a command: one line each, with what to do.

::

    OperatorError           it could not be asked: exit status 2
    ├── NoStack             there is no such stack where it was looked for
    ├── NotAllowed          AWS refused a call: the identity lacks a right
    ├── NoCredentials       there is no AWS identity, or its login has expired
    ├── NoAnswer            AWS or Commerce Layer did not answer
    ├── WrongInput          an id, option, file or answer that cannot be right
    └── Stopped             Ctrl-C: exit status 130
"""

from __future__ import annotations

from payment_refresh.errors import PaymentRefreshError

OK, WRONG, NOT_ASKED, INTERRUPTED = 0, 1, 2, 130
"""Exit statuses: all is fine; something is wrong there; it could not be asked; stopped by Ctrl-C."""


class OperatorError(PaymentRefreshError):
    """A command could not ask, or not do, what it was to; the message is one line, with what to do."""


class NoStack(OperatorError):
    """There is no stack of this name in the account and region that were asked."""


class NotAllowed(OperatorError):
    """AWS refused a call; the message names the action and the resource."""


class NoCredentials(OperatorError):
    """There are no AWS credentials, or they have expired."""


class NoAnswer(OperatorError):
    """AWS or Commerce Layer did not answer, or answered that it cannot now."""


class Stopped(OperatorError):
    """A person stopped the command; the message says what stands, and how to go on."""


class WrongInput(OperatorError):
    """What the person gave cannot be right: an id, an option, a file, an answer to a question."""
