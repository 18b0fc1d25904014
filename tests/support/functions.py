"""The functions' modules, imported as Lambda does: anew for each environment."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType


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
