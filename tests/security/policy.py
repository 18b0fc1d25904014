"""Permissions of a role's policies, as IAM decides: action, resource, and the keys of the items touched."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from tests.template.model import as_list, target

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.template.model import Template

KEYS = {"ForAllValues:StringLike": "dynamodb:LeadingKeys"}
"""The one kind of condition that the roles have."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a function: the right it takes, on what, and the keys of the items it touches."""

    action: str
    resource: str
    keys: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Grant:
    """One action on one resource, as a statement grants it."""

    sid: str
    action: str
    resource: str
    patterns: tuple[str, ...] | None

    def allows(self, call: Call) -> bool:
        """Say whether it covers a call."""
        if (self.action, self.resource) != (call.action, call.resource):
            return False
        patterns = self.patterns
        return patterns is None or all(any(fnmatchcase(key, each) for each in patterns) for key in call.keys)


def grants(template: Template, role: str) -> list[Grant]:
    """All that a role's statements grant."""
    return [
        Grant(statement["Sid"], action, target(resource), _patterns(statement))
        for statement in template.statements(role)
        for action in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
    ]


def refused(granted: Iterable[Grant], calls: Iterable[Call]) -> set[Call]:
    """The calls that nothing granted covers."""
    held = list(granted)
    return {call for call in calls if not any(grant.allows(call) for grant in held)}


def unused(granted: Iterable[Grant], calls: Iterable[Call]) -> set[tuple[str, str]]:
    """Rights that are granted and cover none of the calls, as statement and action."""
    made = list(calls)
    return {(grant.sid, grant.action) for grant in granted if not any(grant.allows(call) for call in made)}


def _patterns(statement: dict[str, Any]) -> tuple[str, ...] | None:
    condition = statement.get("Condition")
    if condition is None:
        return None
    ((operator, test),) = condition.items()
    ((key, patterns),) = test.items()
    assert KEYS[operator] == key
    return tuple(as_list(patterns))
