"""Finds the log events of the code: their names, levels and fields."""

from __future__ import annotations

import ast
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

LEVELS = {"debug": "debug", "info": "info", "warning": "warning", "error": "error", "exception": "error"}
LOGS = frozenset({"log", "logger"})


@dataclass(slots=True)
class LogEvent:
    """One event, over all places that log it."""

    levels: set[str] = field(default_factory=set)
    fields: set[str] = field(default_factory=set)


def log_events(paths: Iterable[Path]) -> dict[str, LogEvent]:
    """Read the events that these modules log."""
    found: dict[str, LogEvent] = defaultdict(LogEvent)
    for path in paths:
        for scope in _scopes(ast.parse(path.read_text())):
            _read(scope, path, found)
    return dict(found)


def _scopes(module: ast.Module) -> Iterator[ast.AST]:
    """Every function: what a name stands for is looked up in the one that logs."""
    return (node for node in ast.walk(module) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def _read(scope: ast.AST, path: Path, found: dict[str, LogEvent]) -> None:
    values = {
        node.targets[0].id: node.value
        for node in ast.walk(scope)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    for call in (node for node in ast.walk(scope) if isinstance(node, ast.Call)):
        levels = _levels(call.func, values)
        if not levels:
            continue
        where = f"{path.name}:{call.lineno}"
        name = call.args[0]
        assert isinstance(name, ast.Constant), f"{where}: a log event's name must be a text"
        event = found[str(name.value)]
        event.levels |= levels
        event.fields |= _fields(call, values, where)


def _levels(function: ast.expr, values: dict[str, ast.expr]) -> set[str]:
    """The levels a call logs at; none where it does not log."""
    if isinstance(function, ast.Attribute) and function.attr in LEVELS and _last_name(function.value) in LOGS:
        return {LEVELS[function.attr]}
    if isinstance(function, ast.Name) and isinstance(chosen := values.get(function.id), ast.IfExp):
        return _levels(chosen.body, {}) | _levels(chosen.orelse, {})
    return set()


def _last_name(value: ast.expr) -> str | None:
    if isinstance(value, ast.Attribute):
        return value.attr
    return value.id if isinstance(value, ast.Name) else None


def _fields(call: ast.Call, values: dict[str, ast.expr], where: str) -> set[str]:
    extra = next((keyword.value for keyword in call.keywords if keyword.arg == "extra"), None)
    if extra is None:
        return set()
    if isinstance(extra, ast.Name):
        extra = values.get(extra.id, extra)
    assert isinstance(extra, ast.Dict), f"{where}: extra must be a dictionary that is written out"
    names = {key.value for key in extra.keys if isinstance(key, ast.Constant)}
    assert len(names) == len(extra.keys), f"{where}: extra's keys must be texts"
    return {str(name) for name in names}
