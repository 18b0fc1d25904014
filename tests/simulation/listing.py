"""Commerce Layer's lists over many orders: only those that changed lately enough are looked through."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.times import to_epoch
from tests.simulation.habits import listed
from tests.support.listing import FakeOrderListing
from tests.support.samples import without_source

if TYPE_CHECKING:
    from collections.abc import Iterable

    from payment_refresh.domain.discovery import Listing
    from payment_refresh.domain.order import Order
    from tests.simulation.shop import Shop


@dataclass(slots=True, kw_only=True)
class KeptListing(FakeOrderListing):
    """A `FakeOrderListing` whose pages cost what changed within a listing's bounds, not what is stored."""

    shop: Shop

    def candidates(self, listing: Listing) -> Iterable[str]:
        """Name the orders that changed since a listing's bound, by id."""
        if not self.narrow:
            return sorted(self.commerce_layer.orders)
        first = bisect_left(self.shop.changes, (to_epoch(listing.updated_from) - 1, ""))
        changed = {order_id for _, order_id in self.shop.changes[first:]}
        return sorted(changed & self.commerce_layer.orders.keys())

    def _shown(self, order: Order) -> Order:
        return listed(order if self.shows_source else without_source(order))
