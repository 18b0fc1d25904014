"""Use case: list orders that look stuck and that nobody told us of, and begin to watch their payments."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from payment_refresh.errors import CommerceLayerError, Conflict
from payment_refresh.listing import CARTS, listings
from payment_refresh.order_events import first_news, news_of_ended
from payment_refresh.payment import ORDERS, PaymentKey
from payment_refresh.ports import READS
from payment_refresh.troubles import tell_trouble
from payment_refresh.watch import FoundBy

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from payment_refresh.health import Health
    from payment_refresh.listing import Listing, Window
    from payment_refresh.order import Order
    from payment_refresh.policy import Policy
    from payment_refresh.ports import Circuits, Clock, Log, OrderListing, ProgressTable, StateTable
    from payment_refresh.progress import Progress
    from payment_refresh.watch import Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscoverReport:
    """What one run did.

    Attributes
    ----------
    complete
        Whether the pass came to its end.
    age
        Seconds since the last complete pass ended.
    counts
        Orders listed, watches begun, calls and troubles, by metric name.
    """

    complete: bool
    age: int
    counts: Counter[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Discover:
    """Goes through the orders, page by page, and on with the same pass in the next run where one does not suffice.

    Attributes
    ----------
    calls
        How many pages one run may list, which is its share of the pace; carts get at most half of them.
    """

    orders: OrderListing
    table: StateTable
    progress: ProgressTable
    health: Health
    circuits: Circuits
    policy: Policy
    window: Window
    calls: int
    clock: Clock
    log: Log

    def __call__(self, has_time: Callable[[], bool]) -> DiscoverReport:
        """Run once.

        Parameters
        ----------
        has_time
            Tells whether there is time for one more call.

        Raises
        ------
        StateUnavailable
            The table did not answer; the next run goes on.
        """
        progress = self.progress.read().begun(int(self.clock()))
        run = _Run(parts=self, has_time=has_time, progress=progress)
        try:
            self.health(has_time, run.counts)
            run.go()
        except CommerceLayerError as error:
            tell_trouble(error, run.counts, self.log)
        except Conflict:
            self.log.warning("discover_overtaken", extra={"detail": "another run goes on with this pass"})
        complete = run.progress.begun_at is None
        return DiscoverReport(complete=complete, age=run.progress.age(int(self.clock())), counts=run.counts)


@dataclass(slots=True, kw_only=True)
class _Run:
    """One run: it goes on where the last one stopped."""

    parts: Discover
    has_time: Callable[[], bool]
    progress: Progress
    counts: Counter[str] = field(default_factory=lambda: Counter(Listed=0, Discovered=0))
    _pages: int = 0

    def go(self) -> None:
        parts = self.parts
        todo = listings(self.progress, parts.window, parts.policy)
        names = [listing.name for listing in todo]
        if self.progress.listing in names:
            todo = todo[names.index(self.progress.listing) :]
        for listing in todo:
            if self.progress.listing != listing.name:
                self._save(self.progress.moved(listing.name, None))
            if not self._read(listing, parts.calls // 2 if listing.name == CARTS else parts.calls):
                return
        self._save(self.progress.ended(int(parts.clock())))

    def _read(self, listing: Listing, most: int) -> bool:
        """Read a listing to its end; tells whether it came so far."""
        until = self._pages + most
        while self._pages < min(until, self.parts.calls) and self.has_time():
            self._pages += 1
            self.counts["ListCalls"] += 1
            page = self.parts.circuits.call(
                READS, partial(self.parts.orders.list_orders, listing, self.progress.after)
            )
            self._take(listing, page.orders)
            if page.after is None:
                return True
            self._save(self.progress.moved(listing.name, page.after))
        return False

    def _take(self, listing: Listing, orders: Sequence[Order]) -> None:
        """Begin the watches that the table lacks."""
        parts = self.parts
        self.counts["Listed"] += len(orders)
        wanted = {key: order for order in orders if listing.wants(order) and (key := _key(order)) is not None}
        rows = parts.table.read_many(wanted)
        for key, order in wanted.items():
            watch = _found(key, rows.get(key), order, int(parts.clock()), parts.policy)
            if watch is None:
                continue
            try:
                parts.table.write(watch)
            except Conflict:
                # Somebody else wrote it first: its order event came after all.
                parts.log.info("watch_known_meanwhile", extra={"payment": str(key)})
            else:
                self.counts["Discovered"] += 1

    def _save(self, progress: Progress) -> None:
        self.progress = self.parts.progress.write(progress)


def _key(order: Order) -> PaymentKey | None:
    """Name the row of a listed order.

    Money on an order that was not placed is looked after whatever its payment is; an unpaid order without a
    payment source has nothing to wait for.
    """
    if order.payment is not None:
        return order.payment
    waits = order.payment_status != "unpaid" or not order.source_known
    return PaymentKey(ORDERS, order.id) if waits else None


def _found(key: PaymentKey, watch: Watch | None, order: Order, now: int, policy: Policy) -> Watch | None:
    """Make the row of an order that was listed; None where there is nothing to write.

    A watch that ended begins again only for an order that changed since our own last answer: else what our own
    refresh touched would bring it back.
    """
    if watch is None:
        return first_news(key, order, now, policy, FoundBy.DISCOVER)[1]
    known = watch.order_updated_at if watch.order_id == order.id else None
    if watch.is_open or (known is not None and (order.updated_at or "") <= known):
        return None
    return news_of_ended(watch, order, now, policy, FoundBy.DISCOVER)[1]
