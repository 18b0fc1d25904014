"""Failures of the world and when they come: small ones all the time, and spells in which one part is down."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

    from tests.simulation.environment import Environment
    from tests.simulation.kernel import Kernel

MINUTE, HOUR, DAY = 60, 3600, 86400
CANARY = "canary-4f6d1a"
"""Stands for a secret in the text of an error that is not ours; it must not be found anywhere."""


class Strike(StrEnum):
    """A failure of a call; before it takes effect, or after."""

    FAILS = "fails"
    BREAKS = "breaks"
    DIES = "dies"


class Broken(Exception):
    """An error that nobody expects, whose text contains a secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chances:
    """Probabilities of the failures of each call to one part of the world.

    Attributes
    ----------
    before, after
        It fails, without any effect or once it took effect.
    dies
        The process is killed, before or after.
    breaks
        It fails in a way that nobody expects.
    refuses
        A queue or the bus refuses a single entry.
    slow
        It takes seconds.
    """

    before: float = 0.0
    after: float = 0.0
    dies: float = 0.0
    breaks: float = 0.0
    refuses: float = 0.0
    slow: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """A while in which the chances of a part are others; ``lasts`` bounds its length."""

    part: str
    chances: Chances
    lasts: tuple[float, float]


SPELLS = (
    Spell(part="table", chances=Chances(before=0.9, after=0.05), lasts=(MINUTE, 20 * MINUTE)),
    Spell(part="table", chances=Chances(before=0.15, after=0.1, slow=0.2), lasts=(HOUR, 6 * HOUR)),
    Spell(part="table", chances=Chances(dies=0.03), lasts=(10 * MINUTE, 3 * HOUR)),
    Spell(part="queue", chances=Chances(before=0.8, after=0.1), lasts=(5 * MINUTE, HOUR)),
    Spell(part="queue", chances=Chances(refuses=0.4, after=0.2), lasts=(HOUR, 12 * HOUR)),
    Spell(part="letters", chances=Chances(before=0.4, after=0.2, refuses=0.4), lasts=(HOUR, DAY)),
    Spell(part="bus", chances=Chances(before=0.3, after=0.2, refuses=0.4), lasts=(HOUR, DAY)),
    Spell(part="bus", chances=Chances(dies=0.2), lasts=(HOUR, 12 * HOUR)),
    Spell(part="letters", chances=Chances(dies=0.2), lasts=(HOUR, 12 * HOUR)),
    Spell(part="rate", chances=Chances(before=0.3, after=0.1), lasts=(5 * MINUTE, HOUR)),
    Spell(part="api", chances=Chances(before=0.97), lasts=(10 * MINUTE, 5 * HOUR)),
    Spell(part="api", chances=Chances(before=0.2, after=0.3, slow=0.3), lasts=(HOUR, 6 * HOUR)),
    Spell(part="api", chances=Chances(slow=0.9), lasts=(HOUR, 3 * HOUR)),
    Spell(part="token", chances=Chances(before=0.9), lasts=(5 * MINUTE, 2 * HOUR)),
    Spell(part="limit", chances=Chances(before=0.3), lasts=(5 * MINUTE, HOUR)),
    Spell(part="rights", chances=Chances(before=1.0), lasts=(HOUR, 6 * HOUR)),
    Spell(part="edge", chances=Chances(before=0.9), lasts=(10 * MINUTE, 3 * HOUR)),
    Spell(part="types", chances=Chances(before=1.0), lasts=(HOUR, 12 * HOUR)),
    Spell(part="records", chances=Chances(before=0.9), lasts=(HOUR, 6 * HOUR)),
    Spell(part="lists", chances=Chances(before=0.9), lasts=(HOUR, 6 * HOUR)),
    Spell(part="lags", chances=Chances(before=0.3), lasts=(HOUR, 6 * HOUR)),
    Spell(part="index", chances=Chances(before=0.8), lasts=(HOUR, 6 * HOUR)),
    Spell(part="sweeps", chances=Chances(before=1.0), lasts=(10 * MINUTE, 5 * HOUR)),
    Spell(part="sweeps", chances=Chances(after=0.5), lasts=(HOUR, 12 * HOUR)),
    Spell(part="polls", chances=Chances(before=1.0), lasts=(10 * MINUTE, 3 * HOUR)),
    Spell(part="mail", chances=Chances(before=0.3, after=0.3), lasts=(HOUR, DAY)),
)
"""``limit``: 429. ``rights``: refreshes are not allowed. ``edge``: a page of the edge's, with 404. ``types``: no
payment can be found, as under another version of the API. ``records``: what exists answers 404, while lists show
it. ``lists``: the other way round. ``lags``: orders are shown as they were. ``index``: the due index is behind.
``sweeps``: the schedule skips (before) or doubles (after). ``polls``: the queue is not read. ``mail``: messages
are delayed (before) or delivered twice (after)."""

FAIR = {
    "table": Chances(before=0.002, after=0.001, dies=0.0005, breaks=0.0002, slow=0.005),
    "queue": Chances(before=0.003, after=0.002, dies=0.001, breaks=0.0002, refuses=0.005, slow=0.005),
    "letters": Chances(before=0.02, after=0.02, dies=0.03, refuses=0.03, slow=0.02),
    "bus": Chances(before=0.01, after=0.01, dies=0.01, refuses=0.02, slow=0.02),
    "rate": Chances(before=0.001, after=0.0005, dies=0.0002),
    "api": Chances(before=0.01, after=0.01, dies=0.002, breaks=0.0003, slow=0.02),
    "token": Chances(before=0.001),
    "limit": Chances(before=0.002),
    "rights": Chances(),
    "edge": Chances(before=0.002),
    "types": Chances(),
    "records": Chances(),
    "lists": Chances(),
    "lags": Chances(before=0.03),
    "index": Chances(before=0.05),
    "sweeps": Chances(before=0.03, after=0.03),
    "polls": Chances(before=0.01),
    "mail": Chances(before=0.02, after=0.03),
}
"""On an ordinary day, before the seed's own roughness."""


@dataclass(slots=True, kw_only=True)
class Weather:
    """Decides for each call what goes wrong with it.

    Attributes
    ----------
    roughness
        What the chances of ordinary days are multiplied with.
    """

    kernel: Kernel
    dice: Random
    roughness: float = 1.0
    chances: dict[str, Chances] = field(default_factory=lambda: dict.fromkeys(FAIR, Chances()))
    _usual: dict[str, Chances] = field(default_factory=dict)
    _spells: list[Spell] = field(default_factory=list)
    _planned: list[tuple[float, float]] = field(default_factory=list)
    _is_calm: bool = False

    def forecast(self, days: float, spells: int) -> None:
        """Plan the spells of so many days; then all is calm."""
        for part, fair in FAIR.items():
            self._usual[part] = Chances(
                **{each.name: getattr(fair, each.name) * self.roughness for each in fields(Chances)}
            )
        self.chances = dict(self._usual)
        chosen = [self.dice.choice(SPELLS) for _ in range(spells)]
        for spell in chosen:
            begins = self.kernel.now + self.dice.uniform(0, days * DAY)
            self._plan(spell, begins, begins + self.dice.uniform(*spell.lasts))
        self.kernel.at(self.kernel.now + days * DAY, self.calm_down)

    def calm_down(self) -> None:
        """Let all be well from now on."""
        self._is_calm = True
        self.chances = dict.fromkeys(FAIR, Chances())

    def turn(self) -> None:
        """Let things go wrong again."""
        self._is_calm = False
        for part in FAIR:
            self._turn(part)

    def spell(self, spell: Spell, begins: float, ends: float) -> None:
        """Plan a spell."""
        self._plan(spell, begins, ends)

    def disturbed(self, since: float, until: float) -> float:
        """Say for how many seconds at most something was down in a time."""
        return sum(max(0.0, min(ends, until) - max(begins, since)) for begins, ends in self._planned)

    def before(self, part: str, _op: str, _environment: Environment) -> Strike | None:
        """Say what goes wrong with a call before it takes effect."""
        chances = self.chances[part]
        drawn = self.dice.random()
        if drawn < chances.before:
            return Strike.FAILS
        if drawn < chances.before + chances.dies / 2:
            return Strike.DIES
        if drawn < chances.before + chances.dies / 2 + chances.breaks:
            return Strike.BREAKS
        return None

    def after(self, part: str, _op: str, _environment: Environment) -> Strike | None:
        """Say what goes wrong with a call once it took effect."""
        chances = self.chances[part]
        drawn = self.dice.random()
        if drawn < chances.after:
            return Strike.FAILS
        return Strike.DIES if drawn < chances.after + chances.dies / 2 else None

    def happens(self, part: str) -> bool:
        """Say whether what ``before`` stands for happens now."""
        return self.dice.random() < self.chances[part].before

    def doubles(self, part: str) -> bool:
        """Say whether what ``after`` stands for happens now."""
        return self.dice.random() < self.chances[part].after

    def refuses(self, part: str) -> bool:
        """Say whether a single entry is refused."""
        return self.dice.random() < self.chances[part].refuses

    def latency(self, part: str, least: float, most: float, slow: float) -> float:
        """Say how long one way of a call takes, in seconds; ``slow`` is the longest."""
        drawn = self.dice.random()
        if drawn < self.chances[part].slow:
            return self.dice.uniform(most, slow)
        return least + (most - least) * drawn

    def _plan(self, spell: Spell, begins: float, ends: float) -> None:
        self._planned.append((begins, ends))

        def begin() -> None:
            self._spells.append(spell)
            self._turn(spell.part)

        def end() -> None:
            self._spells.remove(spell)
            self._turn(spell.part)

        self.kernel.at(begins, begin)
        self.kernel.at(ends, end)

    def _turn(self, part: str) -> None:
        """Let the spell that began last be felt, or an ordinary day."""
        if not self._is_calm:
            spells = [spell.chances for spell in self._spells if spell.part == part]
            self.chances[part] = spells[-1] if spells else self._usual.get(part, Chances())
