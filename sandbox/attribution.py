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
ARRIVED_S = 0.5
"""Within so long a call has arrived that is sent, also on a busy machine."""
HANDLED_S = 3.0
"""Within so long an answer is handled, also where the rest of its batch takes its time."""


def settled_by(
    intent: Intent, looks: Sequence[float], echo_s: float | None, *, reported_at: float | None
) -> list[str]:
    """Name the gateway's webhook or a refresh, or both where the two look alike.

    Parameters
    ----------
    looks
        When the order was looked at.
    echo_s
        How long after a refresh its watcher takes what a look shows for the work of that; None if that is unknown.
    reported_at
        When an order event that shows the money had first been taken; None if there was none.
    """
    if intent.moved_at is None:
        return ["refresh"] if intent.webhook_lost else ["refresh", "webhook"]
    moved_at = intent.moved_at
    if intent.moved_by == "refresh":
        is_late = echo_s is not None and not any(moved_at < each < moved_at + echo_s - HANDLED_S for each in looks)
        return ["refresh", "webhook"] if intent.lagged and is_late else ["refresh"]
    known_at, after, tries = moved_at + BEFORE_S, AFTER_S, intent.refreshes
    if echo_s is not None:
        # Between a look and the refresh that it leads to lie other calls of its batch. Until that refresh arrives,
        # only another look or an event can show that the money is there already.
        shown = [at for at in looks if at > moved_at] + ([] if reported_at is None else [reported_at])
        known_at = max(min(shown, default=float("inf")), known_at + ARRIVED_S)
        after, tries = AFTER_S + echo_s, tried(intent)
    close = any(arrived_at <= known_at and moved_at <= answered_at + after for arrived_at, answered_at in tries)
    return ["refresh", "webhook"] if close else ["webhook"]


def tried(intent: Intent) -> list[tuple[float, float]]:
    """Give when each refresh arrived and was answered, those that were not served among them."""
    return [*intent.refreshes, *((arrived_at, arrived_at) for arrived_at in intent.unserved)]
