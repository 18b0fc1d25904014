"""Failures of AWS while a stack is examined: they become the one line that says what to do."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from payrefresh.adapters.failures import explained, missing_right
from payrefresh.errors import NotAllowed

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def asking(resource: str) -> Iterator[None]:
    """Explain whatever fails in the body; ``resource`` is named where AWS does not name it.

    Raises
    ------
    OperatorError
        It could not be asked.
    """
    try:
        yield
    except Exception as error:
        known = explained(error)
        if known is None:
            raise
        action, named = _right(error)
        if action and named == "*":
            known = NotAllowed(
                f"not allowed: {action} on {resource}; "
                "give your AWS identity that right (docs/operator-policy.json)"
            )
        raise known from error


def _right(error: BaseException | None) -> tuple[str, str]:
    """The right that is missing, by what an error was raised from in the end; empty if none is."""
    while error is not None:
        if isinstance(error, ClientError):
            return missing_right(error) or ("", "")
        error = error.__cause__
    return "", ""
