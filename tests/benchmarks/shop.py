"""A shop whose payments settle as drawn, and a client of it that books a slot for each call."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from payment_refresh.domain.listed import OrderPage
from tests.support.commerce_layer import bare
from tests.support.samples import authorized, order

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from payment_refresh.adapters.rate_limiter import SharedRateLimiter
    from payment_refresh.domain.discovery import Listing
    from payment_refresh.domain.listed import GatewayState, WebhookState
    from payment_refresh.domain.order import Order
    from payment_refresh.domain.payment import PaymentKey
    from tests.benchmarks.population import Payment

PAGE = 25


@dataclass(slots=True, kw_only=True)
class Shop:
    """Commerce Layer and the gateway behind it.

    Attributes
    ----------
    unpaid
        Orders that no listing has shown to be paid, by id.
    moved
        When a refresh moved an order, by its payment's number.
    delays
        How long the gateway had had the money by then.
    calls
        By kind.
    """

    clock: Callable[[], float]
    payments: dict[str, Payment] = field(default_factory=dict)
    unpaid: dict[str, Payment] = field(default_factory=dict)
    moved: dict[int, float] = field(default_factory=dict)
    delays: list[float] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)

    def add(self, payment: Payment) -> Order:
        """Let an order be placed."""
        self.payments[f"{payment.number:08}"] = self.unpaid[f"order-{payment.number:08}"] = payment
        return self.order(payment)

    def order(self, payment: Payment) -> Order:
        """Say how an order stands."""
        placed = order(f"{payment.number:08}", at=payment.placed_at)
        moved_at = min(self.moved.get(payment.number, payment.moves_at), payment.moves_at)
        return authorized(placed, moved_at) if moved_at <= self.clock() else placed

    def refreshed(self, payment: Payment) -> Order:
        """Let a refresh bring what the gateway knows."""
        now = self.clock()
        if payment.settles_at <= now < min(payment.moves_at, self.moved.get(payment.number, now + 1)):
            self.moved[payment.number] = now
            self.delays.append(now - payment.settles_at)
        return bare(self.order(payment))

    def listed(self, listing: Listing, after: str | None) -> list[Order]:
        """List a page."""
        found: list[Order] = []
        for id_, payment in list(self.unpaid.items()):
            shown = self.order(payment)
            if shown.payment_status != "unpaid":
                del self.unpaid[id_]
            elif (after is None or id_ > after) and listing.wants(shown):
                found.append(shown)
                if len(found) == PAGE:
                    break
        return found


@dataclass(slots=True, kw_only=True)
class Client:
    """Implements the `CommerceLayer` and `OrderListing` ports; every call takes a slot."""

    shop: Shop
    rate_limiter: SharedRateLimiter

    def look(self, order_ids: Sequence[str], on_sent: Callable[[], None]) -> Mapping[str, Order]:
        """List orders by id."""
        self._call("looks")
        on_sent()
        return {id_: self.shop.order(self.shop.payments[id_.removeprefix("order-")]) for id_ in order_ids}

    def refresh(self, key: PaymentKey, on_sent: Callable[[], None]) -> Order | None:
        """Refresh a payment."""
        self._call("refreshes")
        on_sent()
        return self.shop.refreshed(self.shop.payments[key.id.removeprefix("pay-")])

    def retrieve(self, key: PaymentKey, on_sent: Callable[[], None]) -> Order | None:  # noqa: ARG002  never sent
        """Read a payment's order."""
        raise AssertionError(f"looks find every order, and {key} was asked for by itself")

    def find_orders(
        self,
        payment_type: str,
        payment_ids: Sequence[str],
        on_sent: Callable[[], None],  # noqa: ARG002  never sent
    ) -> Mapping[str, str | None]:
        """Find payments' orders."""
        raise AssertionError(f"every {payment_type}' order is known, and was asked for: {payment_ids}")

    def list_orders(self, listing: Listing, after: str | None) -> OrderPage:
        """List a page of orders."""
        self._call("lists")
        page = self.shop.listed(listing, after)
        return OrderPage(orders=page, after=page[-1].id if len(page) == PAGE else None)

    def list_webhooks(self) -> Sequence[WebhookState]:
        """List webhooks: none."""
        self._call("lists")
        return ()

    def list_gateways(self, gateway_type: str) -> Sequence[GatewayState]:  # noqa: ARG002  there are none of any
        """List gateways: none."""
        self._call("lists")
        return ()

    def _call(self, kind: str) -> None:
        self.rate_limiter.take()
        self.shop.calls[kind] += 1
