"""The functions' modules, imported as Lambda does: anew for each environment."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING

from payment_refresh.composition.root import Composed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType


FOLDER = Path(__file__).parents[2] / "functions"
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
def imported(name: str, folder: Path = FOLDER) -> Iterator[ModuleType]:
    """Import a function with the environment variables as they are; leave no trace of it.

    Powertools reads its settings as the module is loaded, so whichever test came first would set them for all.

    Parameters
    ----------
    folder
        That of all functions; another one has those of a release.
    """
    name_of_module = f"functions.{name}.app"
    spec = spec_from_file_location(name_of_module, folder / name / "app.py")
    assert spec is not None
    assert spec.loader is not None
    before = sys.modules.pop(name_of_module, None)
    sys.modules[name_of_module] = module = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        yield module
    finally:
        sys.modules.pop(name_of_module, None)
        if before is not None:
            sys.modules[name_of_module] = before
