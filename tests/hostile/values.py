"""Values, documents and bytes that an attacker, or a service gone wrong, puts where something else should be."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

from hypothesis import settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

    type Path = tuple[str | int, ...]

MANY = settings(deadline=None, derandomize=True, max_examples=40)
"""How the fuzz tests run: the same in every run."""

SOME = settings(MANY, max_examples=25)
"""Where each example is slow, and there are many tests of it."""

CANARY = "shopper@example.com pi_1_secret_canary"
"""Stands for a shopper's data and for secrets in what comes in: it may show nowhere."""

STRANGE_TEXTS = (
    "",
    "\ud800",
    "\x00\r\nX-Injected: 1",
    "x" * 300,
    "x" * 70_000,
    "../../oauth/token",
    "a/b?c=d#e",
    "stripe_payments#a#b",
    "eqRZMSaNqM\n",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59.999999Z",
    CANARY,
)
STRANGE_NUMBERS = (-1, 10**40, 10**400, float("nan"), float("inf"))

texts = st.sampled_from(STRANGE_TEXTS) | st.text(max_size=20)
scalars = st.one_of(
    texts, st.sampled_from(STRANGE_NUMBERS), st.none() | st.booleans() | st.integers() | st.floats()
)
junk = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["data", "type", "id", "code", "attributes"]) | texts, inner, max_size=3)
    ),
    max_leaves=8,
)


@st.composite
def mutated(draw: DrawFn, document: Any, *, most: int = 4) -> Any:
    """The document with some of its parts replaced, dropped, wrapped, repeated, or put where another was."""
    changed: dict[str, Any] = {"root": copy.deepcopy(document)}
    for _ in range(draw(st.integers(1, most))):
        paths = _paths(changed)
        path = draw(st.sampled_from(paths))
        last: Any = path[-1]
        parent = _at(changed, path[:-1])
        how = draw(st.sampled_from(["junk", "junk", "drop", "wrap", "repeat", "other"]))
        if how == "drop" and len(path) > 1:
            del parent[last]
        elif how == "repeat" and isinstance(parent, list):
            parent.extend(copy.deepcopy(parent[last]) for _ in range(draw(st.integers(1, 40))))
        elif how == "wrap":
            parent[last] = [parent[last]]
        elif how == "other":
            parent[last] = copy.deepcopy(_at(changed, draw(st.sampled_from(paths))))
        else:
            parent[last] = draw(junk)
    return changed["root"]


def spoiled(document: Any, name: str) -> list[Any]:
    """The document once for each strange value, which stands wherever this name does."""
    found = []
    values: tuple[Any, ...] = (*STRANGE_TEXTS, *STRANGE_NUMBERS, None, True, [], {}, ["a"])
    for value in values:
        changed = copy.deepcopy(document)
        for path in sorted(_paths(changed), key=len, reverse=True):
            if path[-1] == name:
                _at(changed, path[:-1])[name] = value
        found.append(changed)
    return found


def contents(document: Any) -> SearchStrategy[bytes]:
    """The bytes of a document gone wrong, or of what is none: cut off, too deep, in another encoding, no JSON."""
    good = encode(document)
    return st.one_of(
        mutated(document).map(encode),
        mutated(document).map(encode),
        mutated(document).map(encode),
        st.integers(0, len(good) - 1).map(lambda length: good[:length]),
        st.sampled_from([100, 900, 5_000, 50_000]).map(lambda depth: deep(depth)),
        st.sampled_from(["utf-16", "utf-32", "utf-8-sig", "latin-1"]).map(lambda name: good.decode().encode(name)),
        junk.map(encode),
        st.binary(max_size=60),
        st.sampled_from([b"", b"null", b"[]", b"{}", b"<html>", good + good, b"9" * 5_000, b'{"data": ' * 3]),
    )


def encode(document: object) -> bytes:
    """Write JSON as a careless sender would: NaN, and halves of characters."""
    return json.dumps(document).encode()


def deep(depth: int) -> bytes:
    """An order's document with something nested so deeply where its parts should be."""
    nest = "[" * depth + "]" * depth
    return f'{{"data": {{"type": {nest}, "id": {nest}, "attributes": {{"status": {nest}}}}}}}'.encode()


def _paths(document: Any) -> list[Path]:
    found: list[Path] = []
    todo: list[tuple[Path, Any]] = [((), document)]
    while todo:
        path, value = todo.pop()
        if path:
            found.append(path)
        if isinstance(value, dict):
            todo += [((*path, name), part) for name, part in value.items()]
        elif isinstance(value, list):
            todo += [((*path, index), part) for index, part in enumerate(value[:5])]
    return found


def _at(document: Any, path: Path) -> Any:
    part: Any = document
    for step in path:
        part = part[step]
    return part
