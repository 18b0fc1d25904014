"""The circumstances of a transition: when it happens, and under which rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from payment_refresh.domain.policy import Policy


def no_jitter() -> float:
    """Leave every interval as long as the policy says."""
    return 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When a transition happens, and under which rules.

    Attributes
    ----------
    now
        Epoch seconds UTC.
    policy
        The merchant's rules, as they are under the present load.
    jitter
        Gives a number from -1 to 1. A step that is repeated on a newer row must get the same one.
    """

    now: int
    policy: Policy
    jitter: Callable[[], float] = no_jitter
