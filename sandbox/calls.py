"""Record of the API's requests: counters, and the last refresh requests word for word."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

from sandbox.resources import PAYMENT_TYPES

_COUNTED = ("orders", *PAYMENT_TYPES)
_LAST = 50


def route_of(path: str) -> str:
    """Name the endpoint of a path: ``/api/orders/abc`` is ``/api/orders/:id``."""
    parts = path.strip("/").split("/")
    if parts[0] == "api" and len(parts) > 2:
        parts[2] = ":id"
    return "/" + "/".join(parts)


@dataclass(slots=True)
class Calls:
    """All requests that arrived, refused and failed ones included."""

    by_route: Counter[str] = field(default_factory=Counter)
    by_status: Counter[str] = field(default_factory=Counter)
    by_version: Counter[str] = field(default_factory=Counter)
    """API requests by the version that their paths named; those that named none stand under ``""``."""
    rate_limited: int = 0
    refreshes: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=_LAST))

    def arrived(self, method: str, path: str, version: str | None) -> None:
        """Count a request."""
        self.by_route[f"{method} {route_of(path)}"] += 1
        if path.startswith("/api/"):
            self.by_version[version or ""] += 1

    def answered(self, status: int) -> None:
        """Count an answer."""
        self.by_status[str(status)] += 1
        self.rate_limited += status == 429

    def show(self) -> dict[str, Any]:
        """Give everything; webhook administration is in `by_route` only."""
        return {
            "patch_calls": self._sum("PATCH /api/{}/:id"),
            "list_calls": self._sum("GET /api/{}"),
            "retrieve_calls": self._sum("GET /api/{}/:id"),
            "token_calls": self.by_route["POST /oauth/token"],
            "rate_limited": self.rate_limited,
            "by_route": dict(self.by_route),
            "by_status": dict(self.by_status),
            "by_version": dict(self.by_version),
            "refreshes": list(self.refreshes),
        }

    def _sum(self, route: str) -> int:
        return sum(self.by_route[route.format(name)] for name in _COUNTED)
