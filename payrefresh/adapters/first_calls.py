"""A rate limiter that lets the first calls of a command go at once: a person waits for them."""

from __future__ import annotations

from copy import replace
from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.rate_limit.budget import MOST_CALLS
from payrefresh.adapters.own_rate import own_rate_limiter

if TYPE_CHECKING:
    from payment_refresh.ports import RateLimiter
    from payrefresh.adapters.commerce_layer import Organization

AT_ONCE = 20
"""Calls that do not wait. In test mode the API answers 25 to an endpoint within ten seconds, live twice that."""


@dataclass(slots=True)
class FirstCallsAtOnce:
    """Implements the `RateLimiter` port: passes all on to another limiter, but for the first calls."""

    limiter: RateLimiter
    left: int = AT_ONCE

    def take(self) -> None:
        if self.left > 0:
            self.left -= 1
        else:
            self.limiter.take()

    def record_429(self, retry_after: float | None) -> None:
        self.left = 0
        self.limiter.record_429(retry_after)

    def record_remaining(self, remaining: int, limit: int) -> None:
        self.limiter.record_remaining(remaining, limit)

    def record_look(self, total: int, unsettled: int) -> None:
        self.limiter.record_look(total, unsettled)

    def utilisation(self) -> float:
        return self.limiter.utilisation()

    def unsettled_share(self) -> float:
        return self.limiter.unsettled_share()


def in_a_hurry(organization: Organization) -> Organization:
    """The organization, called as fast as its API allows: for a few dozen calls that a person waits for."""
    limiter = FirstCallsAtOnce(own_rate_limiter(MOST_CALLS[organization.mode]))
    return replace(organization, transport=replace(organization.transport, rate_limiter=limiter))
