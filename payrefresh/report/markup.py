"""HTML that is safe by construction: whatever is not made here is escaped. Pure."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_EMPTY = frozenset({"meta", "rect", "line"})
"""Elements that have no end tag, or need none."""


class Markup(str):
    """Text that is HTML already; only this module makes it."""

    __slots__ = ()


def tag(element: str, /, *children: str | Iterable[str], **attributes: object) -> Markup:
    """Make an element.

    Parameters
    ----------
    element
        Its name.
    children
        Text, which is escaped; elements; or several of either.
    attributes
        By name, with ``_`` for ``-`` (``class_`` for ``class``); those that are None are left out.
    """
    opened = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    inside = "".join(map(_flat, children))
    return Markup(f"<{element}{opened}/>" if element in _EMPTY else f"<{element}{opened}>{inside}</{element}>")


def raw(text: str) -> Markup:
    """Take text of this package as it is: a style sheet."""
    return Markup(text)


def _flat(child: str | Iterable[str]) -> str:
    if isinstance(child, Markup):
        return child
    return escape(child) if isinstance(child, str) else "".join(map(_flat, child))
