"""Rare situations that the simulation must reach: what no run came across, no run has shown to hold.

They are seen from outside the code under test: by the rows it writes, its log, and its calls to the fakes. The
names of its own that this takes are in this module, and nowhere else.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from payment_refresh.domain.intake import Result, key_of
from payment_refresh.rate_limit import gcra
from tests.simulation.probe import Probe
from tests.simulation.written import reached_by_write

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from payment_refresh.adapters.dynamodb.rate_item import Recorded
    from payment_refresh.domain.order import Order
    from payment_refresh.domain.payment import PaymentKey
    from payment_refresh.domain.watch import Due, Watch
    from payment_refresh.rate_limit.gcra import Booking, RateState
    from payment_refresh.use_cases.apply_order import Applied
    from tests.simulation.environment import Doings, Environment
    from tests.simulation.shop import Cause


LOGGED: Mapping[tuple[str, str | None], Probe] = {
    ("message_dropped", "stale_duplicate"): Probe.STALE_DUPLICATE,
    ("message_dropped", "letter_of_another_round"): Probe.LETTER_OF_ANOTHER_ROUND,
    ("outbox_already_taken", None): Probe.OUTBOX_TAKEN,
    ("release_lost", None): Probe.RELEASE_LOST,
}
"""What the log reports outright: messages, each with its reason."""


class ProbeMissed(AssertionError):
    """A probe was not reached by any run."""


def check_reached(counts: Mapping[Probe, int]) -> None:
    """Fail where a probe was not reached.

    Parameters
    ----------
    counts
        How often each was, in all runs taken together.

    Raises
    ------
    ProbeMissed
        It names those that were not.
    """
    missed = [probe.value for probe in Probe if not counts.get(probe)]
    if missed:
        raise ProbeMissed(f"{len(missed)} of {len(Probe)} probes never reached: {', '.join(missed)}")


@dataclass(slots=True)
class Probes:
    """Watches one run, and counts what it reaches; it changes nothing, and draws no dice.

    Attributes
    ----------
    counts
        How often each probe was reached.
    """

    counts: Counter[Probe] = field(default_factory=Counter)
    _writers: dict[tuple[PaymentKey, int, str], Doings] = field(default_factory=dict)
    _slots: dict[str, list[int]] = field(default_factory=dict)

    def logged(self, message: str, why: object) -> None:
        """Take a line of the log."""
        probe = LOGGED.get((message, None if why is None else str(why)))
        if probe is not None:
            self.counts[probe] += 1

    def listed(self, environment: Environment, found: Sequence[Due]) -> None:
        """Take what a sweep lists as due."""
        rows = environment.rules.table.rows
        environment.doings.listed |= {due.key: rows[due.key].revision for due in found}

    def lost_claim(self, environment: Environment, row: Watch | None) -> None:
        """Take a claim that was not written; where the row is as it was listed, only the index was behind."""
        changed = row is not None and row.revision != environment.doings.listed.get(row.key)
        self.counts[Probe.LOST_CLAIM] += changed

    def took(self, environment: Environment, order: Order, taken: Applied) -> None:
        """Take an order event that was handled."""
        key = key_of(order)
        row = environment.rules.table.rows.get(key) if key is not None else None
        if taken.result is not Result.DEFERRED or row is None:
            return
        cause = _cause(environment, order)
        if cause.doings is None:
            self.counts[Probe.EVENT_WHILE_CLAIMED] += 1
        elif row.claim in cause.doings.tokens:
            self.counts[Probe.ECHO_WHILE_CLAIMED] += 1

    def wrote(self, environment: Environment, old: Watch | None, new: Watch) -> None:
        """Take a write to the table that is no sweep's claim."""
        self.counts.update(reached_by_write(environment, old, new))
        self._keep_writers(environment, old, new)

    def sent(self, environment: Environment, what: tuple[PaymentKey, int, str]) -> None:
        """Take what a queue or the bus took of an outbox."""
        writer = self._writers.get(what)
        self.counts[Probe.OUTBOX_RELAYED] += writer is not None and writer is not environment.doings

    def refreshed(self, key: PaymentKey, before: Order | None, after: Order | None) -> None:
        """Take a refresh, with its order before and after."""
        forced = before is not None and before.source_id not in (None, key.id)
        self.counts[Probe.FORCED_SOURCE] += forced and after is not None and after.source_id == key.id

    def half_opened(self, _circuit: str) -> None:
        """Take a call that an open circuit lets through."""
        self.counts[Probe.HALF_OPEN] += 1

    def booked(self, environment: Environment, booking: Booking, now: int, written: Recorded) -> None:
        """Take slots that an environment booked after others; it books when it has none."""
        if written.done and written.before is not None:
            self._slots[environment.name] = list(gcra.slots(written.before, now, booking))

    def called(self, environment: Environment) -> None:
        """Take a call: it used the first slot."""
        del self._slots.get(environment.name, [])[:1]

    def swapped(self, environment: Environment, old: RateState | None, new: RateState, written: Recorded) -> None:
        """Take a write of the whole rate limiter: a first slot, or a 429, which begins a new epoch."""
        if not written.done:
            return
        held = self._slots.pop(environment.name, [])
        is_void = old is not None and new.epoch != old.epoch
        self.counts[Probe.SLOT_VOIDED] += is_void and any(at > environment.clock() * 1000 for at in held)

    def _keep_writers(self, environment: Environment, old: Watch | None, new: Watch) -> None:
        """Remember which refresh invocation wrote what is to be sent; what others write, they never send."""
        before = set() if old is None else {(old.key, old.round, what) for what in old.outbox}
        after = {(new.key, new.round, what) for what in new.outbox}
        for what in before - after:
            self._writers.pop(what, None)
        if environment.name.startswith("refresh"):
            self._writers |= dict.fromkeys(after - before, environment.doings)


def _cause(environment: Environment, order: Order) -> Cause:
    """Name what moved an order to the state that its event shows."""
    shown = (order.updated_at, order.payment_status)
    states = environment.rules.shop.history[order.id]
    return next(state.cause for state in states if (state.order.updated_at, state.order.payment_status) == shown)
