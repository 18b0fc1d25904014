"""The lease on a watch: a claim gives one message the right to act on it until the lease ends."""

from __future__ import annotations

from copy import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from payment_refresh.domain.watch import Watch


def claim(watch: Watch, token: str, until: int) -> Watch:
    """Give the message that carries the token a lease on the watch until ``until`` (epoch seconds UTC)."""
    return replace(watch, claim=token, due_at=until, claims=watch.claims + 1)


def release(watch: Watch, due_at: int) -> Watch:
    """Release the lease of a watch to which nothing was done: this is no attempt, so the claim does not count."""
    return replace(watch, claim=None, due_at=due_at, claims=max(0, watch.claims - 1))
