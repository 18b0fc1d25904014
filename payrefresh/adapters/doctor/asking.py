"""Failures of AWS while a stack is examined: they become the one line that says what to do."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from payrefresh.adapters.failures import explained

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def asking() -> Iterator[None]:
    """Explain whatever fails in the body, so that one check is left open and the others are asked all the same.

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
        raise known from error
