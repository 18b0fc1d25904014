"""A kind of case: its script, how often it comes, and what must become of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulation.case import Case
    from tests.simulation.kernel import Script
    from tests.simulation.truth import Truth


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of case.

    Attributes
    ----------
    weight
        How often it comes, or a whole group of it.
    truth
        What must become of it, unless its script says otherwise.
    on_purpose
        Whether nobody is called in a world of only such kinds.
    group
        How many of it come together, at least and at most.
    within
        The earliest and the latest moment of a group, as shares of the time until a placed order is given up.
    """

    script: Callable[[Case], Script]
    weight: int
    truth: Truth
    on_purpose: bool = False
    group: tuple[int, int] = (1, 1)
    within: tuple[float, float] = (0.0, 0.0)

    @property
    def name(self) -> str:
        """The script's name."""
        return self.script.__name__
