"""Use case: list orders that look stuck and that nobody told us of, and begin to watch their payments."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from payment_refresh.domain.cursor import Pass
from payment_refresh.domain.discovery import listings
from payment_refresh.domain.intake import key_of_listed, listed_step
from payment_refresh.errors import CommerceLayerError, Conflict, UnreadableRow
from payment_refresh.metrics import Counts, Metric
from payment_refresh.rate_limit.budget import READS, carts_share
from payment_refresh.use_cases.api_failures import report_failure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from payment_refresh.domain.cursor import Cursor
    from payment_refresh.domain.discovery import Listing, Window
    from payment_refresh.domain.order import Order
    from payment_refresh.domain.policy import Policy
    from payment_refresh.ports import Circuits, Clock, CursorTable, Log, OrderListing, StateTable
    from payment_refresh.use_cases.discover_orders.webhook_health import WebhookHealth


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscoverReport:
    """What one run did.

    Attributes
    ----------
    complete
        Whether all passes came to their end.
    ages
        Seconds since the last complete pass of each kind ended.
    counts
        Orders listed, watches begun, calls and failures, by metric.
    """

    complete: bool
    ages: Mapping[Pass, int]
    counts: Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscoverOrders:
    """Goes through the orders, page by page, and on with the same pass in the next run where one does not suffice.

    Attributes
    ----------
    calls
        How many pages one run may list, which is its share of the budget; carts get `carts_share` of them at most.
    """

    orders: OrderListing
    table: StateTable
    progress: CursorTable
    health: WebhookHealth
    circuits: Circuits
    policy: Policy
    window: Window
    calls: int
    clock: Clock
    log: Log

    def run(self, has_time: Callable[[], bool]) -> DiscoverReport:
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
        now = int(self.clock())
        progress = {of: self.progress.read(of).begun(now) for of in self.window.passes}
        run = _Run(parts=self, has_time=has_time, progress=progress)
        try:
            run.go()
        except CommerceLayerError as error:
            report_failure(error, run.counts, self.log)
        except Conflict:
            self.log.warning("cursor_conflict", extra={"detail": "another run goes on with this pass"})
        now = int(self.clock())
        return DiscoverReport(
            complete=all(each.begun_at is None for each in progress.values()),
            ages={of: each.age(now) for of, each in progress.items()},
            counts=run.counts,
        )


@dataclass(slots=True, kw_only=True)
class _Run:
    """One run: it goes on where the last one stopped."""

    parts: DiscoverOrders
    has_time: Callable[[], bool]
    progress: dict[Pass, Cursor]
    counts: Counts = field(default_factory=lambda: Counts({Metric.LISTED: 0, Metric.DISCOVERED: 0}))
    _pages: int = 0

    def go(self) -> None:
        """Placed orders come first: they are few, and a shopper waits for each; carts take what is left."""
        calls = self.parts.calls
        self._pass(Pass.ORDERS, calls)
        self.parts.health.check(self.has_time, self.counts)
        if Pass.CARTS in self.progress:
            self._pass(Pass.CARTS, min(calls, self._pages + carts_share(calls)))

    def _pass(self, of: Pass, most: int) -> None:
        """Go on with a pass while the run has listed less than ``most`` pages."""
        todo = listings(self.progress[of], self.parts.window, self.parts.policy)
        names = [listing.name for listing in todo]
        stopped_in = self.progress[of].listing
        if stopped_in in names:
            todo = todo[names.index(stopped_in) :]
        for listing in todo:
            if self.progress[of].listing != listing.name:
                self._save(self.progress[of].moved(listing.name, None))
            if not self._read(listing, of, most):
                return
        self._save(self.progress[of].ended(int(self.parts.clock())))

    def _read(self, listing: Listing, of: Pass, most: int) -> bool:
        """Read a listing to its end; tells whether it came so far."""
        while self._pages < most and self.has_time():
            self._pages += 1
            self.counts[Metric.LIST_CALLS] += 1
            page = self.parts.circuits.call(
                READS, partial(self.parts.orders.list_orders, listing, self.progress[of].after)
            )
            self._take(listing, page.orders)
            if page.after is None:
                return True
            self._save(self.progress[of].moved(listing.name, page.after))
        return False

    def _take(self, listing: Listing, orders: Sequence[Order]) -> None:
        """Begin the watches that the table lacks."""
        parts = self.parts
        self.counts[Metric.LISTED] += len(orders)
        wanted = {
            key: order for order in orders if listing.wants(order) and (key := key_of_listed(order)) is not None
        }
        rows = parts.table.read_many(wanted)
        for key, order in wanted.items():
            watch = listed_step(key, rows.get(key), order, int(parts.clock()), parts.policy)
            if watch is None:
                continue
            try:
                parts.table.write(watch)
            except Conflict:
                # Somebody else wrote it first: its order event came after all.
                parts.log.info("watch_known_meanwhile", extra={"payment": str(key)})
            except UnreadableRow as error:
                # One row that a person must mend shall not keep all others from being found.
                parts.log.error("row_unreadable", extra={"detail": str(error)})
            else:
                self.counts[Metric.DISCOVERED] += 1

    def _save(self, progress: Cursor) -> None:
        self.progress[progress.of] = self.parts.progress.write(progress)
