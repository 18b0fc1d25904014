"""Incidents that many orders meet at once: when they begin and end, and which requests fail meanwhile. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.gateways import SECOND_GATEWAY
from sandbox.story import Incident

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.scenario import Scenario
    from sandbox.story import Story

_BEGIN: dict[str, float] = {"throttled": 0.2, "edge_404": 0.35, "broken_gateway": 0.55, "clean_up": 0.75}
"""At which share of the time in which orders are made each begins."""

_FAULTS: dict[str, tuple[float, tuple[dict[str, object], ...]]] = {
    "throttled": (2.0, ({"route": "/api/*", "status": 429},)),
    # Of the lists only two in a row: after more of them, nobody asks for anything for a while.
    "edge_404": (5.0, ({"route": "PATCH", "status": 404}, {"route": "GET", "status": 404, "count": 2})),
    "broken_gateway": (10.0, ({"route": "PATCH", "status": 500, "gateway": SECOND_GATEWAY},)),
}
"""How many seconds each lasts, and its rules; a clean-up is no fault."""


def begins_at(incident: str, duration_s: float) -> float:
    """Say at which second of a scenario an incident begins."""
    return _BEGIN[incident] * duration_s


def incidents(scenario: Scenario, stories: Iterable[Story]) -> list[Incident]:
    """Give the faults that a scenario's stories meet."""
    met = {story.name for story in stories}
    found = []
    for name, (lasts_s, rules) in _FAULTS.items():
        if name in met:
            at = begins_at(name, scenario.duration_s)
            found.append(Incident(name, at, at + lasts_s * scenario.time_scale, rules))
    return found
