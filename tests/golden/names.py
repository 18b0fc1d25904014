"""The one table of words that a recording has under an older name than the code has today."""

from __future__ import annotations

from typing import Any

RENAMED: dict[str, str] = {}
"""Words of rows, events, metrics and answers, from the name they were recorded under to today's."""


def translated(value: Any) -> Any:
    """Bring a recorded value to today's names."""
    if isinstance(value, str):
        return RENAMED.get(value, value)
    if isinstance(value, list):
        return [translated(part) for part in value]
    if isinstance(value, dict):
        return {translated(name): translated(part) for name, part in value.items()}
    return value
