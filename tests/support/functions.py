"""The functions' modules, imported as Lambda does: anew for each environment."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from payment_refresh.composition.root import Composed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType


COMPOSED = {
    "order_events": "receiver",
    "discover": "discoverer",
    "sweep": "sweeper",
    "refresh": "checker",
    "digest": "digester",
}
"""The name of what each function's module composes."""


@dataclass(frozen=True, slots=True)
class Fakes[T]:
    """Stands in for a `Composed`: made anew by each invocation."""

    get: Callable[[], T]
    has_time = staticmethod(Composed.has_time)


@contextmanager
def imported(name: str) -> Iterator[ModuleType]:
    """Import a function with the environment variables as they are; leave no trace of it.

    Powertools reads its settings as the module is loaded, so whichever test came first would set them for all.
    """
    module = f"functions.{name}.app"
    before = sys.modules.pop(module, None)
    try:
        yield import_module(module)
    finally:
        sys.modules.pop(module, None)
        if before is not None:
            sys.modules[module] = before
