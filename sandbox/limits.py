"""Rate limits per client address: sliding windows, one set for each method, in which refused calls count too."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from sandbox.config import Clock, Switches

AVERAGE = (200, 60.0)
"""Calls and seconds of each method, over all endpoints, in live mode."""
BURST = (50, 10.0)
"""Calls and seconds of each method for each endpoint, in live mode."""
TOKENS = (30, 60.0)
"""Calls and seconds of the token endpoint, in both modes."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a call may go on, and what its headers say: the average limit only, the burst is not shown."""

    allowed: bool
    limit: int
    interval_s: int
    remaining: int
    retry_after_s: int

    def headers(self) -> dict[str, str]:
        """Give the headers of every answer."""
        return {
            "X-Ratelimit-Limit": str(self.limit),
            "X-Ratelimit-Interval": str(self.interval_s),
            "X-Ratelimit-Remaining": str(self.remaining),
        }


class _Window:
    """The times of the calls in the last `interval` seconds."""

    def __init__(self, interval: float) -> None:
        self.interval = interval
        self.calls: deque[float] = deque()

    def count(self, now: float) -> int:
        while self.calls and self.calls[0] <= now - self.interval:
            self.calls.popleft()
        return len(self.calls)

    def wait(self, now: float, limit: int) -> float:
        """Return how many seconds without a call it takes until a call would be let through."""
        surplus = self.count(now) - limit
        return self.calls[surplus] + self.interval - now if surplus >= 0 else 0.0


class RateLimiter:
    """Counts calls per address, method and endpoint."""

    def __init__(self, clock: Clock, mode: Literal["live", "test"], switches: Switches) -> None:
        self._clock = clock
        self._share = 0.5 if mode == "test" else 1.0
        self._switches = switches
        self._windows: dict[tuple[str, ...], _Window] = {}

    def call(self, address: str, method: str, endpoint: str) -> Verdict:
        """Count one call and return whether it is within the limits."""
        if endpoint == "/oauth/token":
            return self._judge([(("token", address), TOKENS, 1.0)])
        average = ("average", address, "any" if self._switches.rate_limit_shared else method)
        burst = ("burst", address, method, endpoint)
        return self._judge([(average, AVERAGE, self._share), (burst, BURST, self._share)])

    def _judge(self, rules: list[tuple[tuple[str, ...], tuple[int, float], float]]) -> Verdict:
        now = self._clock()
        allowed, waits, shown = True, 0.0, (0, 0.0, 0)
        for position, (key, (calls, interval), share) in enumerate(rules):
            limit = max(1, int(calls * share * self._switches.rate_limit_factor))
            window = self._windows.setdefault(key, _Window(interval))
            allowed = allowed and window.count(now) < limit
            window.calls.append(now)
            waits = max(waits, window.wait(now, limit))
            if position == 0:
                shown = (limit, interval, max(0, limit - len(window.calls)))
        return Verdict(allowed, shown[0], int(shown[1]), shown[2], max(1, math.ceil(waits)))
