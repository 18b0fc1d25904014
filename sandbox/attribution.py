"""Attribution of a settled payment, as far as anybody outside can know. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.gateway import Intent

BEFORE_S = 0.25
"""A webhook that moved an order this shortly before a refresh arrived: from outside, the two look alike."""
AFTER_S = 0.5
"""The same while a refresh is served, and this shortly after."""
_DELIVERED_S = 2.0
"""Within so long an order event has arrived, also on a busy machine."""
ARRIVED_S = 0.5
"""Within so long a call has arrived that is sent, also on a busy machine."""
HANDLED_S = 3.0
"""Within so long an answer is handled, also where the rest of its batch takes its time."""


def settled_by(intent: Intent, looks: Sequence[float], echo_s: float | None, *, was_reported: bool) -> list[str]:
    """Name the gateway's webhook or a refresh, or both where the two look alike.

    Parameters
    ----------
    looks
        When the order was looked at.
    echo_s
        How long after a refresh its watcher takes what a look shows for the work of that; None if that is unknown.
    was_reported
        Whether an order event reported the money.
    """
    if intent.moved_at is None:
        return ["refresh"] if intent.webhook_lost else ["refresh", "webhook"]
    moved_at = intent.moved_at
    if intent.moved_by == "refresh":
        is_late = echo_s is not None and not any(moved_at < each < moved_at + echo_s - HANDLED_S for each in looks)
        return ["refresh", "webhook"] if intent.lagged and is_late else ["refresh"]
    before, after, tries = BEFORE_S, AFTER_S, intent.refreshes
    if echo_s is not None:
        before, after, tries = (_DELIVERED_S if was_reported else echo_s), AFTER_S + echo_s, tried(intent)
    close = any(arrived_at - before <= moved_at <= answered_at + after for arrived_at, answered_at in tries)
    return ["refresh", "webhook"] if close else ["webhook"]


def tried(intent: Intent) -> list[tuple[float, float]]:
    """Give when each refresh arrived and was answered, those that were not served among them."""
    return [*intent.refreshes, *((arrived_at, arrived_at) for arrived_at in intent.unserved)]
