"""Faults on demand: which requests fail, how, and how often."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from typing import Any

type GatewayOf = Callable[[str], str | None]
"""Gives the id of the gateway of the payment that a path names."""

KINDS = ("status", "slow", "hang", "reset", "token")


@dataclass(slots=True)
class Fault:
    """A rule: requests of `route` go wrong in the way of `kind`.

    `route` is a pattern over ``METHOD /path``; a method or a path alone will do (``PATCH``, ``/oauth/token``,
    ``/api/orders*``). A rule takes a `share` of its requests, and if `count` is given, so many at most.
    """

    route: str = "*"
    kind: str = "status"
    """``status`` answers with `status`, a 404 with the edge's page and a 401 with UNAUTHORIZED; ``slow`` waits
    `seconds` and goes on; ``hang`` says nothing for `seconds` and closes; ``reset`` resets the connection;
    ``token`` refuses the token (at the token endpoint, the client)."""
    status: int = 503
    seconds: float = 60.0
    share: float = 1.0
    count: int | None = None
    gateway: str | None = None
    """Only requests of payments of this gateway, by its id."""
    after: bool = False
    """The request is served before its answer is lost: what it changed stays changed."""
    hits: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown kind of fault {self.kind!r}; known are {', '.join(KINDS)}")
        if not 400 <= self.status <= 599:
            raise ValueError(f"status of a fault must be 400 to 599, got {self.status}")
        if not 0 <= self.share <= 1:
            raise ValueError(f"share of a fault must be 0 to 1, got {self.share}")
        if self.seconds < 0 or (self.count is not None and self.count < 0):
            raise ValueError("seconds and count of a fault must not be negative")

    def matches(self, method: str, path: str) -> bool:
        """Say whether a request is of the rule's route."""
        if self.route.startswith("/"):
            return fnmatchcase(path, self.route)
        return fnmatchcase(f"{method} {path}" if " " in self.route else method, self.route)


class Faults:
    """The rules in force; the first that takes a request decides."""

    def __init__(self, gateway_of: GatewayOf) -> None:
        self._rules: list[Fault] = []
        self._played: list[Fault] = []
        self._gateway_of = gateway_of
        self._rng = random.Random(0)  # noqa: S311 - shares of faults, nothing secret

    def replace(self, rules: list[dict[str, Any]], seed: int = 0) -> None:
        """Put other rules in force.

        Raises
        ------
        ValueError
            When a rule has an unknown key or an impossible value; then the old rules stay.
        """
        try:
            replaced = [Fault(**rule) for rule in rules]
        except TypeError as error:
            raise ValueError(f"a fault cannot be read: {error}") from error
        self._rules = replaced
        self._rng = random.Random(seed)  # noqa: S311 - shares of faults, nothing secret

    def begin(self, rule: dict[str, Any]) -> Fault:
        """Put one more rule in force, which a scenario plays; those of the control API come first."""
        fault = Fault(**rule)
        self._played.append(fault)
        return fault

    def end(self, faults: Iterable[Fault]) -> None:
        """Take such rules out of force."""
        for fault in faults:
            self._played.remove(fault)

    def take(self, method: str, path: str) -> Fault | None:
        """Give the fault a request meets, if any, and count it."""
        for rule in (*self._rules, *self._played):
            exhausted = rule.count is not None and rule.hits >= rule.count
            meets = rule.matches(method, path) and rule.gateway in (None, self._gateway_of(path))
            if not exhausted and meets and self._rng.random() < rule.share:
                rule.hits += 1
                return rule
        return None

    def show(self) -> list[dict[str, Any]]:
        """Give the rules with their hits."""
        return [asdict(rule) for rule in (*self._rules, *self._played)]
