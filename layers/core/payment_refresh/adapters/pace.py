"""The pace of one environment: its even share of the budget, no bursts.

Environments do not know of each other yet: each takes its share of ``CallsPerMinute`` as if all ran at once, so
the budget is kept, and partly idle while only one runs. A pace shared through the state table takes this
module's place behind the same port.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ENVIRONMENTS = 2
"""The queue's ``MaximumConcurrency``: so many environments call Commerce Layer at once."""


@dataclass(slots=True, kw_only=True)
class EvenPace:
    """Spaces calls evenly; keeps `payment_refresh.ports.Pace`.

    Attributes
    ----------
    calls_per_minute
        The budget of all environments together.
    """

    calls_per_minute: int
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _next: float = field(default=0.0, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def take(self) -> None:
        with self._lock:
            now = self.clock()
            slot = max(now, self._next)
            self._next = slot + 60 * ENVIRONMENTS / self.calls_per_minute
        if slot > now:
            self.sleep(slot - now)
