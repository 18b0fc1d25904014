"""Settings that contradict each other: the one that is too small is taken for larger, and that is noted."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Clamps:
    """Takes settings for what makes sense with the others.

    Towards the larger, since the smaller of two would check more often, give up sooner or see less than the
    merchant asked for with the other.
    """

    _notes: list[str] = field(default_factory=list)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was taken for larger than it is set, and why: one sentence each."""
        return tuple(self._notes)

    def at_least[N: (int, float)](self, name: str, value: N, other: str, least: N) -> N:
        """Take a setting for no smaller than another is."""
        if value >= least:
            return value
        self._notes.append(f"{name} is taken for {least} instead of {value}: it must not be smaller than {other}")
        return least

    def longer(self, name: str, value: int, other: str, than: int) -> int:
        """Take a duration for longer than another: for twice that, where it is not; seconds."""
        if value > than:
            return value
        taken = 2 * than
        self._notes.append(f"{name} is taken for {taken} s instead of {value} s: it must be longer than {other}")
        return taken

    def growing(self, name: str, ages: tuple[int, ...]) -> tuple[int, ...]:
        """Take ages in the order in which they are reached; seconds."""
        taken = tuple(sorted(set(ages)))
        if taken != ages:
            self._notes.append(f"{name} is taken in growing order, each age once")
        return taken
