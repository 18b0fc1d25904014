"""Commerce Layer's lists in memory: the orders of a `FakeCommerceLayer` by id, webhooks and gateways."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from payment_refresh.domain.listed import OrderPage
from tests.support.faults import Faults
from tests.support.samples import without_source

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from payment_refresh.domain.discovery import Listing
    from payment_refresh.domain.listed import GatewayState, WebhookState
    from payment_refresh.domain.order import Order
    from tests.support.commerce_layer import FakeCommerceLayer


@dataclass(slots=True, kw_only=True)
class FakeOrderListing:
    """Implements the `OrderListing` port in memory.

    Attributes
    ----------
    narrow
        Whether orders are filtered; without, every order is on the pages, as where all filters are refused.
    page
        How many orders a full page has.
    shows_source
        Whether an order's payment source comes with it.
    calls
        The pages of orders that were asked for: the listing's name, and the id behind which.
    faults
        Failures to come, by method name.
    """

    commerce_layer: FakeCommerceLayer
    narrow: bool = True
    page: int = 25
    shows_source: bool = True
    webhooks: list[WebhookState] = field(default_factory=list)
    gateways: list[GatewayState] = field(default_factory=list)
    calls: list[tuple[str, str | None]] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)

    def list_orders(self, listing: Listing, after: str | None) -> OrderPage:
        """List a page of orders by id."""
        with self.faults.around("list_orders"):
            self.calls.append((listing.name, after))
            orders = self.commerce_layer.orders
            found = (orders[id_] for id_ in self.candidates(listing) if after is None or id_ > after)
            shown = (self._shown(order) for order in found if not self.narrow or listing.wants(order))
            page = list(islice(shown, self.page))
            return OrderPage(orders=page, after=page[-1].id if len(page) == self.page else None)

    def candidates(self, _listing: Listing) -> Iterable[str]:
        """Name the orders to look through, by id: all."""
        return sorted(self.commerce_layer.orders)

    def list_webhooks(self) -> Sequence[WebhookState]:
        """List the webhooks."""
        with self.faults.around("list_webhooks"):
            return list(self.webhooks)

    def list_gateways(self, gateway_type: str) -> Sequence[GatewayState]:
        """List the gateways of a type."""
        with self.faults.around(gateway_type):
            return [gateway for gateway in self.gateways if gateway.type == gateway_type]

    def _shown(self, order: Order) -> Order:
        return order if self.shows_source else without_source(order)
