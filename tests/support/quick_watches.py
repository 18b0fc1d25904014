"""Watches that are replaced quickly, for simulations that replace them by the million."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import pytest

from payment_refresh.domain.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_NAMES = tuple(field.name for field in fields(Watch))
_SETTERS = {name: Watch.__dict__[name].__set__ for name in _NAMES}


def _make_copy() -> Callable[[Watch], Watch]:
    """Write a function that copies a watch field by field, which is a tenth of the time of its constructor.

    Fields can be assigned to an object of a class with the same slots that is not frozen; it then becomes a watch.
    """
    lines = [f"    new.{name} = watch.{name}" for name in _NAMES]
    source = ["def copied(watch):", "    new = Open()", *lines, "    new.__class__ = Watch", "    return new"]
    scope: dict[str, Any] = {"Open": type("Open", (), {"__slots__": _NAMES}), "Watch": Watch}
    exec("\n".join(source), scope)  # noqa: S102 - our own text, of a dataclass's field names
    copied: Callable[[Watch], Watch] = scope["copied"]
    return copied


_copied = _make_copy()


def replaced(watch: Watch, /, **changes: Any) -> Watch:
    """Do what `copy.replace` does, in a sixth of the time.

    Raises
    ------
    TypeError
        When a watch has no such field.
    """
    new = _copied(watch)
    try:
        for name, value in changes.items():
            _SETTERS[name](new, value)
    except KeyError as error:
        raise TypeError(f"a watch has no field {error}") from None
    return new


@contextmanager
def quick_watches() -> Iterator[None]:
    """Let `copy.replace` take the short way for watches while the body runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Watch, "__replace__", replaced)
        yield
