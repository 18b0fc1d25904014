"""Waits until the stack has done what it was asked: the row says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from payment_refresh.domain.payment import PaymentKey
    from payment_refresh.domain.watch import Watch
    from payment_refresh.ports import Clock
    from payrefresh.ports import Rows

FIRST_LOOK, LONGEST_PAUSE = 0.5, 5.0
"""Seconds until the rows are read for the first time, and at most between two reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Reads rows again and again, ever more rarely, until each is as it is waited for.

    Attributes
    ----------
    longest
        Seconds after which whatever is not so yet is given up.
    """

    rows: Rows
    clock: Clock
    sleep: Callable[[float], None]
    longest: float

    def until(
        self,
        keys: Iterable[PaymentKey],
        is_done: Callable[[Watch], bool],
        so_far: Callable[[int], None] = lambda _: None,
    ) -> Mapping[PaymentKey, Watch]:
        """Return the rows that are as waited for; ``so_far`` is called with their number after each read."""
        left = set(keys)
        done: dict[PaymentKey, Watch] = {}
        pause, end = FIRST_LOOK, self.clock() + self.longest
        while left:
            self.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 1.5)
            rows = self.rows.read_many(left)
            done |= {key: watch for key, watch in rows.items() if is_done(watch)}
            left -= done.keys()
            so_far(len(done))
            if self.clock() >= end:
                break
        return done
