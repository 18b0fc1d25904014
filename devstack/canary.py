"""Searches texts for secrets, in the forms in which they could have got there. Pure."""

from __future__ import annotations

import base64
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PIECE = 16
"""Characters of a secret that give it away: who logs a text cut off has logged it all the same."""

_SHORTEST = 8


@dataclass(frozen=True, slots=True)
class Left:
    """Something that a run left behind.

    Attributes
    ----------
    where
        What it stands in, in words.
    """

    where: str
    text: str


def find_secrets(secrets: Mapping[str, Iterable[str]], left: Iterable[Left]) -> tuple[str, ...]:
    """Say which kinds of secrets stand where; what was found is never shown itself.

    Parameters
    ----------
    secrets
        By what they are.

    Raises
    ------
    ValueError
        A secret is so short that it would be found by chance.
    """
    kinds: dict[str, set[str]] = defaultdict(set)
    for kind, values in secrets.items():
        for value in values:
            if len(value) < _SHORTEST:
                raise ValueError(f"a {kind} has fewer than {_SHORTEST} characters")
            for form in _forms(value):
                kinds[form[:PIECE]].add(kind)
    length = min(map(len, kinds), default=0)
    starts: dict[str, set[str]] = defaultdict(set)
    for piece in kinds:
        starts[piece[:length]].add(piece)
    found = {
        (kind, text.where)
        for text in left
        for at in range(len(text.text) - length + 1)
        if length and text.text[at : at + length] in starts
        for piece in starts[text.text[at : at + length]]
        if text.text.startswith(piece, at)
        for kind in kinds[piece]
    }
    return tuple(f"secret in {where}: {kind}" for kind, where in sorted(found))


def _forms(secret: str) -> set[str]:
    """As it is, as in a URL or a form, and as in HTTP's Basic scheme and many tools."""
    return {secret, quote(secret, safe=""), base64.b64encode(secret.encode()).decode()}
