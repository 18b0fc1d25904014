"""Whole lives of payments: a shop that changes, a virtual clock, and all use cases as they run on AWS."""

from __future__ import annotations

from collections import Counter
from copy import replace
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from payment_refresh.domain.deployment import RunMode
from payment_refresh.domain.payment import PaymentKey
from tests.situations.shop import SECONDS, Shop, seconds
from tests.support.clock import START

if TYPE_CHECKING:
    from collections.abc import Iterable

    from payment_refresh.domain.watch import Watch
    from tests.situations.shop_order import ShopOrder

CALLING = {
    "OrderAuthorizedNotPlaced",
    "OrderPlacedLate",
    "PaymentAmountMismatch",
    "PaymentMissing",
    "PaymentOnCancelledOrder",
    "PaymentStillPending",
    "PaymentSuperseded",
}
"""Kinds of events that call a person where they do not say themselves whether they do."""

TRIES = 500
"""Most batches at one moment: more would mean that a message comes back for ever."""


def days(text: str) -> float:
    """Read a duration in days, for comparisons that print well."""
    return seconds(text) / SECONDS["d"]


@dataclass(slots=True)
class Life(Shop):
    """A shop and its deployment, from ``START`` on; every moment is a duration since then.

    Attributes
    ----------
    counts
        All that the batches counted.
    """

    counts: Counter[str] = field(default_factory=Counter)
    _stamps: list[float] = field(default_factory=list)

    def configure(self, **settings: Any) -> None:
        """Change fields of the policy; one that this release does not have stays out."""
        known = {each.name for each in fields(self.world.policy)} & settings.keys()
        values = {name: type(getattr(self.world.policy, name))(settings[name]) for name in known}
        self.world.policy = replace(self.world.policy, **values)

    def calmly(self) -> None:
        """Let payments be asked about each four hours later on, which is enough where only the end counts."""
        self.configure(cap_idle=4 * 3600)

    def observe(self) -> None:
        """Let the deployment send no refresh."""
        self.world.run_mode = RunMode.OBSERVE

    def busy(self, utilisation: float) -> None:
        """Let so much of the rate limit be used, from 0 to 1."""
        reading = replace(self.world.rate_limiter.reading, utilisation=utilisation)
        self.world.rate_limiter.reading = reading

    def message(self, **message: object) -> None:
        """Send a message by hand."""
        self._counted(self.world.refresh(message).counts)

    def discover(self) -> None:
        """Run discover once."""
        self.world.discover()

    def until(self, moment: str, *, discovering: bool = False) -> None:
        """Live on until then: what falls due is checked; discover runs each quarter of an hour, if it does."""
        end, clock = START + seconds(moment), self.world.clock
        run_at = clock.now + (START - clock.now) % 900 if discovering else end + 1
        while (next_at := min(self._next_due(), run_at)) <= end:
            clock.now = max(clock.now, next_at)
            self._expire()
            if run_at <= clock.now:
                run_at = clock.now + 900
                self.discover()
            self.check_due()
            if self._next_due() <= clock.now:
                clock.now += 1
        clock.now = max(clock.now, end)
        self._expire()

    def check_due(self) -> None:
        """Sweep once, and handle all that was queued."""
        self.world.sweep()
        for _ in range(TRIES):
            if not self.world.queue.waiting:
                return
            self._counted(self.world.take_batch().counts)

    def _next_due(self) -> float:
        rows = self.world.table.rows.values()
        return min((row.due_at for row in rows if row.due_at is not None and not row.is_done), default=1e12)

    def _expire(self) -> None:
        rows = self.world.table.rows
        for key in [key for key, row in rows.items() if row.expires_at and row.expires_at <= self.world.now]:
            del rows[key]

    def _counted(self, counts: Counter[Any]) -> None:
        self.counts.update(counts)
        calls = len(self.world.commerce_layer.calls)
        self._stamps += [self.world.clock.now - START] * (calls - len(self._stamps))

    def row(self, order: ShopOrder) -> Watch:
        """The row of the order's first payment."""
        row = self.world.table.rows.get(order.key)
        assert row is not None, f"there is no row of {order.key}"
        return row

    def end(self, order: ShopOrder) -> tuple[str, str | None]:
        """Status and reason of the order's first payment."""
        row = self.world.table.rows.get(order.key)
        return ("no row", None) if row is None else (str(row.status), row.reason and str(row.reason))

    def ends(self, orders: Iterable[ShopOrder]) -> Counter[tuple[str, str | None]]:
        """How many ended in which way."""
        return Counter(map(self.end, orders))

    def ended_at(self, order: ShopOrder) -> float:
        """Days from ``START`` to the end."""
        ended = self.row(order).ended_at
        return -1.0 if ended is None else (ended - START) / SECONDS["d"]

    @property
    def events(self) -> dict[str, int]:
        """How many events of each kind were sent."""
        return dict(Counter(detail["kind"] for detail in self.world.events.details))

    def detail(self, kind: str) -> dict[str, Any]:
        """The detail of the only event of a kind."""
        found = [each for each in self.world.events.details if each["kind"] == kind]
        assert len(found) == 1, f"{len(found)} events of {kind}"
        return found[0]

    def needs_a_person(self, kind: str) -> object:
        """What the only event of a kind says of that."""
        return self.detail(kind).get("needs_a_person")

    @property
    def alarms(self) -> list[str]:
        """All that calls a person: reasons of dead letters, and kinds of events."""
        return _calling(self.world.letters.contents, self.world.events.details)

    def alarms_of(self, order: ShopOrder) -> list[str]:
        """The same of the order's first payment alone."""
        letters = [letter for letter in self.world.letters.contents if letter["id"] == order.key.id]
        events = self.world.events.details
        return _calling(letters, [each for each in events if (each["payment"] or {}).get("id") == order.key.id])

    def asked(self, order: ShopOrder, *methods: str, since: str = "0s") -> list[float]:
        """Days from ``START`` at which an order was asked about; only by these methods, if any are named."""
        about = {order.id, str(order.key), str(PaymentKey("orders", order.id)), order.key.id}
        calls = zip(self._stamps, self.world.commerce_layer.calls, strict=True)
        wanted = (at for at, (name, ids) in calls if about & {*ids} and (not methods or name in methods))
        return [at / SECONDS["d"] for at in wanted if at >= seconds(since)]

    def refreshed(self, order: ShopOrder, since: str = "0s") -> list[float]:
        """Days from ``START`` at which the order's first payment was refreshed."""
        return self.asked(order, "refresh", since=since)


def _calling(letters: Iterable[dict[str, Any]], details: Iterable[dict[str, Any]]) -> list[str]:
    return [
        *(f"letter: {letter['reason']}" for letter in letters),
        *(each["kind"] for each in details if each.get("needs_a_person", each["kind"] in CALLING)),
    ]


def occasions(times: Iterable[float], within: str = "10m") -> list[float]:
    """Take calls that follow each other closely for one: give the first of each group."""
    found: list[float] = []
    last = -1e12
    for at in sorted(times):
        if at - last > days(within):
            found.append(at)
        last = at
    return found
