"""The lease on a watch: who may act on it, and until when."""

from __future__ import annotations

from copy import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from payment_refresh.domain.watch import Watch

    pass


def claim(watch: Watch, token: str, until: int) -> Watch:
    """Hand the watch to the message that bears the token, for one lease."""
    return replace(watch, claim=token, due_at=until, claims=watch.claims + 1)


def release(watch: Watch, now: int) -> Watch:
    """Take a claim back whose message was never sent: it was no try, so it does not count as one."""
    return replace(watch, claim=None, due_at=now, claims=max(0, watch.claims - 1))


def mark_event(watch: Watch) -> Watch:
    """Remember that an order event came while the watch was claimed."""
    return replace(watch, event_during_lease=True)
