"""The rule of first checks: while all answer, a backlog or another's failures delay none by much."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from payment_refresh.domain.vocabulary import WatchClass
from tests.simulation.weather import MINUTE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from payment_refresh.domain.payment import PaymentKey
    from payment_refresh.domain.watch import Watch
    from tests.simulation.environment import Environment
    from tests.simulation.kernel import Kernel

QUEUED = 2 * MINUTE
"""Seconds of work that the queue may hold."""

SLACK = MINUTE
"""Seconds for a batch to be received and checked."""

SETTLES = 30 * MINUTE
"""Seconds after the last mishap in which leases and circuits may still be as that has left them."""


@dataclass(slots=True, kw_only=True)
class FirstChecks:
    """Watches how long each placed order's payment waits for its first check.

    Attributes
    ----------
    sweeps_every
        Seconds from one sweep to the next.
    most
        First checks in a sweep and the queue's two minutes up to which they need less than the budget.
    still_since
        Since when all answers; None while anything may fail.
    broken
        Called with the payment that waited too long.
    """

    kernel: Kernel
    sweeps_every: int
    most: float
    still_since: float | None = None
    broken: Callable[[PaymentKey], None] = lambda _key: None
    late: float = 0.0
    measured: int = 0
    _waiting: dict[PaymentKey, int] = field(default_factory=dict)
    _dues: deque[int] = field(default_factory=deque)

    @property
    def limit(self) -> float:
        """Seconds after which a first check must have been made."""
        return self.sweeps_every + QUEUED + SLACK

    def wrote(self, environment: Environment, old: Watch | None, new: Watch) -> None:
        """Take a write to the table that is no sweep's claim."""
        is_new = old is None or old.round != new.round
        if new.is_open and new.watch_class is WatchClass.PLACED and (is_new or self._became_placed(old)):
            self._wait(new)
        elif new.key in self._waiting:
            if not new.is_open or self._was_tried(old, new):
                self._check(new.key, self._waiting.pop(new.key))
            elif new.claim is None and new.due_at is not None and not environment.name.startswith("refresh"):
                self._waiting[new.key] = new.due_at

    def excuse(self, keys: Iterable[PaymentKey]) -> None:
        """Take no notice of payments that were checked by a process that died."""
        for key in keys:
            self._waiting.pop(key, None)

    def ends(self) -> None:
        """Check what still waits at the end of a time in which all answered."""
        for key, due_at in list(self._waiting.items()):
            if due_at + self.limit < self.kernel.now:
                self._check(key, self._waiting.pop(key))
        self.still_since = None

    def _wait(self, new: Watch) -> None:
        due_at = max(int(self.kernel.now), new.due_at or 0)
        self._waiting[new.key] = due_at
        self._dues.append(due_at)

    def _check(self, key: PaymentKey, due_at: int) -> None:
        """Check a payment whose first check was made now, or still is not."""
        if self.still_since is None or due_at < self.still_since + SETTLES + 2 * self.sweeps_every:
            return
        if self.sweeps_every > QUEUED:
            return  # far rarer than deployed: the queue runs dry, and what the budget did not reach waits for more
        while self._dues and self._dues[0] < due_at - self.limit:
            self._dues.popleft()
        if sum(each <= due_at + QUEUED for each in self._dues) > self.most:
            return
        self.measured += 1
        self.late = max(self.late, self.kernel.now - due_at)
        if self.kernel.now - due_at > self.limit:
            self.broken(key)

    def _became_placed(self, old: Watch | None) -> bool:
        return old is not None and old.watch_class is not WatchClass.PLACED

    def _was_tried(self, old: Watch | None, new: Watch) -> bool:
        if old is None:
            return True
        return new.checks != old.checks or new.consecutive_failures > old.consecutive_failures
