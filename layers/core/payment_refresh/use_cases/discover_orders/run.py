"""Use case: reconcile. Find stuck orders for which no event arrived, and start watching their payments."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from payment_refresh.domain.cursor import Pass
from payment_refresh.domain.discovery import listings
from payment_refresh.domain.intake import decide_listed, is_mere_renewal, key_of_listed
from payment_refresh.domain.moment import Moment
from payment_refresh.errors import CommerceLayerError, Conflict, UnreadableRow
from payment_refresh.metrics import Counts, Metric
from payment_refresh.rate_limit.budget import READS, carts_share
from payment_refresh.use_cases.api_failures import report_failure
from payment_refresh.use_cases.new_model import count_new_model

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from payment_refresh.domain.cursor import Cursor
    from payment_refresh.domain.discovery import Listing
    from payment_refresh.domain.order import Order
    from payment_refresh.domain.policy import Policy
    from payment_refresh.domain.window import Window
    from payment_refresh.ports import Circuits, Clock, CursorTable, Log, OrderListing, StateTable
    from payment_refresh.use_cases.discover_orders.webhook_health import WebhookHealth


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscoverReport:
    """Result of one run.

    Attributes
    ----------
    complete
        Whether all passes are complete.
    ages
        Seconds since the last complete pass of each kind ended.
    counts
        Orders listed, watches started, calls and failures, by metric.
    """

    complete: bool
    ages: Mapping[Pass, int]
    counts: Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscoverOrders:
    """Lists orders page by page; a pass that does not fit into one run resumes in the next.

    Attributes
    ----------
    calls
        How many pages one run may list, which is its share of the budget; carts get `carts_share` of them at most.
    """

    orders: OrderListing
    table: StateTable
    cursors: CursorTable
    health: WebhookHealth
    circuits: Circuits
    policy: Policy
    window: Window
    calls: int
    clock: Clock
    log: Log

    def run(self, has_time: Callable[[], bool]) -> DiscoverReport:
        """Do one run.

        Parameters
        ----------
        has_time
            Returns whether there is time for one more call.

        Raises
        ------
        StateUnavailable
            The table did not answer; the next run resumes.
        """
        now = int(self.clock())
        cursors = {of: self.cursors.read(of).begun(now) for of in self.window.passes}
        run = _Run(parts=self, has_time=has_time, cursors=cursors)
        try:
            run.go()
        except CommerceLayerError as error:
            report_failure(error, run.counts, self.log)
        except Conflict:
            self.log.warning("cursor_conflict", extra={"detail": "another run continues this pass"})
        now = int(self.clock())
        return DiscoverReport(
            complete=all(each.begun_at is None for each in cursors.values()),
            ages={of: each.age(now) for of, each in cursors.items()},
            counts=run.counts,
        )


@dataclass(slots=True, kw_only=True)
class _Run:
    """State of one run, which resumes where the last one stopped."""

    parts: DiscoverOrders
    has_time: Callable[[], bool]
    cursors: dict[Pass, Cursor]
    counts: Counts = field(default_factory=lambda: Counts({Metric.LISTED: 0, Metric.DISCOVERED: 0}))
    _pages: int = 0

    def go(self) -> None:
        """Process placed orders first, as they are few and a shopper waits for each; carts get the rest."""
        calls = self.parts.calls
        self._pass(Pass.ORDERS, calls)
        self.parts.health.check(self.has_time, self.counts)
        if Pass.CARTS in self.cursors:
            self._pass(Pass.CARTS, min(calls, self._pages + carts_share(calls)))

    def _pass(self, of: Pass, most: int) -> None:
        """Continue a pass until the run has listed ``most`` pages."""
        todo = listings(self.cursors[of], self.parts.window, self.parts.policy)
        names = [listing.name for listing in todo]
        stopped_in = self.cursors[of].listing
        if stopped_in in names:
            todo = todo[names.index(stopped_in) :]
        for listing in todo:
            if self.cursors[of].listing != listing.name:
                self._save(self.cursors[of].moved(listing.name, None))
            if not self._read(listing, of, most):
                return
        self._save(self.cursors[of].ended(int(self.parts.clock())))

    def _read(self, listing: Listing, of: Pass, most: int) -> bool:
        """Read a listing; returns whether its end was reached."""
        while self._pages < most and self.has_time():
            self._pages += 1
            self.counts[Metric.LIST_CALLS] += 1
            page = self.parts.circuits.call(
                READS, partial(self.parts.orders.list_orders, listing, self.cursors[of].after)
            )
            self._take(listing, page.orders)
            if page.after is None:
                return True
            self._save(self.cursors[of].moved(listing.name, page.after))
        return False

    def _take(self, listing: Listing, orders: Sequence[Order]) -> None:
        """Start the watches that the table lacks."""
        parts = self.parts
        self.counts[Metric.LISTED] += len(orders)
        self.counts.update(count_new_model(orders, parts.log))
        wanted = {
            key: order for order in orders if listing.wants(order) and (key := key_of_listed(order)) is not None
        }
        rows = parts.table.read_many(wanted)
        for key, order in wanted.items():
            at = Moment(now=int(parts.clock()), policy=parts.policy)
            watch = decide_listed(key, rows.get(key), order, at)
            if watch is None:
                continue
            try:
                parts.table.write(watch)
            except Conflict:
                # Another writer was first: its order event did arrive.
                parts.log.info("watch_known_meanwhile", extra={"payment": str(key)})
            except UnreadableRow as error:
                # One unreadable row must not keep all others from being found.
                parts.log.error("row_unreadable", extra={"detail": str(error)})
            else:
                self.counts[Metric.DISCOVERED] += not is_mere_renewal(rows.get(key), watch)

    def _save(self, cursor: Cursor) -> None:
        self.cursors[cursor.of] = self.parts.cursors.write(cursor)
