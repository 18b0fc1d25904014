"""Explains a failed run: what is wrong in words, and what the functions' logs say about it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devstack.function_logs import condensed, warnings_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_FAILURES = 8
_PAYMENTS = 3
_LINES_EACH = 4
_FAILURES_EACH = 5
_LONGEST = 400


def explanation(failures: Sequence[str], logs: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the lines to print.

    Parameters
    ----------
    failures
        What is wrong, one sentence each; a payment is named by its key in it.
    logs
        Each function's log.
    """
    lines = [f"WRONG: {failure}" for failure in failures[:_FAILURES]]
    if len(failures) > _FAILURES:
        lines.append(f"… and {len(failures) - _FAILURES} more")
    for payment in _payments(failures)[:_PAYMENTS]:
        about = [f"{name}: {condensed(line)}" for name, log in logs.items() for line in log if payment in line]
        lines += _listed(f"Last in the functions' logs on {payment}:", list(dict.fromkeys(about))[-_LINES_EACH:])
    for name, log in logs.items():
        often = [f"{times} x {warning}" for warning, times in warnings_of(log)[:_FAILURES_EACH]]
        lines += _listed(f"What the log of {name} warns of:", often)
    return lines


def _payments(failures: Sequence[str]) -> list[str]:
    """Return the ids of the payments that are named, each once."""
    named = (failure.partition("#")[2].partition(" ")[0] for failure in failures)
    return list(dict.fromkeys(payment for payment in named if payment))


def _listed(title: str, lines: Sequence[str]) -> list[str]:
    return [title, *(f"    {line[:_LONGEST]}" for line in lines)] if lines else []
