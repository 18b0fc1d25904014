"""Description of who watches an organization, as far as it decides what is right."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Watcher:
    """What is known of who watches.

    Attributes
    ----------
    refreshing
        Whether it sends refreshes, or only looks.
    late_after_s
        How long a cart must have been unchanged for its placement to come late; None where that is unknown.
    carts_end_after_s
        How long a cart must have been unchanged to be given up; None if none is given up and paid afterwards.
    echo_s
        How long after a refresh it takes what a look shows for the work of that; None where that is unknown.
    skew_s
        How long before a refresh it takes a change for the work of that already, since clocks may differ.
    """

    refreshing: bool = True
    late_after_s: float | None = None
    carts_end_after_s: float | None = None
    echo_s: float | None = None
    skew_s: float = 0.0
