"""A release: its folder, the list of what its functions used of the layer, and what a change must not break."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING

from tests.compat.signatures import accepts, accepts_all, read_signature
from tests.compat.uses import Name, describe, find, read_uses
from tests.support.functions import COMPOSED, FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.compat.uses import Use

FUNCTIONS = tuple(sorted(COMPOSED))
HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Release:
    """One release, by its version."""

    version: str

    @property
    def folder(self) -> Path:
        """Where it is; no package, as a version is no name for one."""
        return HERE / self.version

    def app(self, function: str) -> Path:
        """The copy of a function's module."""
        return self.folder / function / "app.py"

    @property
    def names(self) -> list[Name]:
        """What its functions used of the layer."""
        return [Name(**each) for each in json.loads(self._list.read_text())]

    def write(self, names: Iterable[Name]) -> None:
        """Write that list."""
        self._list.write_text(json.dumps([each._asdict() for each in names], indent=1) + "\n")

    @property
    def _list(self) -> Path:
        return self.folder / "layer.json"


RELEASES = tuple(Release(path.parent.name) for path in sorted(HERE.glob("*/layer.json")))


def uses_now() -> list[Use]:
    """What the functions use of the layer as they are."""
    return [use for name in FUNCTIONS for use in read_uses((FOLDER / name / "app.py").read_text())]


def listed_now() -> list[Name]:
    """The names of that, once each."""
    return sorted({use.name for use in uses_now()})


def outside(names: Iterable[Name], uses: Iterable[Use]) -> list[str]:
    """Say what functions use that a list has not, or call otherwise: there, they would fail on its layer."""
    listed = {(each.module, each.name): each for each in names}
    wrong = []
    for (module, name, _), call in uses:
        before = listed.get((module, name))
        if before is None:
            wrong.append(f"{module}: {name} is new")
        elif call is not None and not accepts(read_signature(before.signature), call):
            wrong.append(f"{module}: {name}{before.signature} cannot be called with {call}")
    return sorted(set(wrong))


def broken(names: Iterable[Name]) -> list[str]:
    """Say which names of a list the layer lacks, or which do not accept any more what they did."""
    wrong = []
    for module, name, signature in names:
        try:
            found = find(module, name)
        except (AttributeError, ImportError):
            wrong.append(f"{module}: {name} is gone")
            continue
        is_function = isinstance(found, FunctionType)
        if is_function is not signature.startswith("("):
            wrong.append(f"{module}: {name} was {signature}, and is {describe(found)}")
        elif is_function and not accepts_all(read_signature(describe(found)), read_signature(signature)):
            wrong.append(f"{module}: {name} accepted {signature}, and now {describe(found)}")
    return wrong
