"""Watches that are replaced quickly, for simulations that replace them by the million."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import pytest

from payment_refresh.domain.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAMES = tuple(field.name for field in fields(Watch))
_values = attrgetter(*_NAMES)
_SETTERS = {name: Watch.__dict__[name].__set__ for name in _NAMES}


def replaced(watch: Watch, /, **changes: Any) -> Watch:
    """Do what `copy.replace` does, in a third of the time: one watch is copied slot by slot, not constructed.

    Raises
    ------
    TypeError
        When a watch has no such field.
    """
    if unknown := changes.keys() - _SETTERS.keys():
        raise TypeError(f"a watch has no field {', '.join(sorted(unknown))}")
    new = object.__new__(Watch)
    for write, value in zip(_SETTERS.values(), _values(watch), strict=True):
        write(new, value)
    for name, value in changes.items():
        _SETTERS[name](new, value)
    return new


@contextmanager
def quick_watches() -> Iterator[None]:
    """Let `copy.replace` take the short way for watches while the body runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Watch, "__replace__", replaced)
        yield
