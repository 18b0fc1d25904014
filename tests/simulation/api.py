"""Commerce Layer as an environment reaches it: at the pace, and slow, down, limited or behind at times."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from payment_refresh.errors import (
    Declined,
    MayNotUpdate,
    NotFound,
    NoToken,
    RateLimited,
    ServerError,
    TimedOut,
)
from tests.simulation.environment import Look
from tests.simulation.shop import Cause, Patch
from tests.support.commerce_layer import not_found

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from payment_refresh.domain.discovery import Listing
    from payment_refresh.domain.listed import GatewayState, OrderPage, WebhookState
    from payment_refresh.domain.order import Order
    from payment_refresh.domain.payment import PaymentKey
    from payment_refresh.ports import RateLimiter
    from tests.simulation.environment import Environment
    from tests.simulation.shop import Shop
    from tests.support.listing import FakeOrderListing

BEHIND = 3.0
"""Seconds by which an answer may show an order as it was."""


@dataclass(frozen=True, slots=True)
class Api:
    """Keeps `payment_refresh.ports.CommerceLayer` and `payment_refresh.ports.OrderListing`."""

    environment: Environment
    shop: Shop
    listing: FakeOrderListing
    rate_limiter: RateLimiter

    def look(self, order_ids: Sequence[str]) -> Mapping[str, Order]:
        with self._asking("look", *order_ids):
            found = self.shop.api.look(order_ids)
            shown = {id_: self._shown(order) for id_, order in found.items() if not self._is_missed()}
        self._seen(shown)
        return shown

    def find_orders(self, payment_type: str, payment_ids: Sequence[str]) -> Mapping[str, str]:
        with self._asking("find_orders", *payment_ids):
            return self.shop.api.find_orders(payment_type, payment_ids)

    def retrieve(self, key: PaymentKey) -> Order | None:
        with self._asking("retrieve", key.id):
            try:
                self._may_miss(key)
                order = self.shop.api.retrieve(key)
            except NotFound:
                self.environment.doings.answers.add((str(key), "not_found"))
                raise
            order = None if order is None else self._shown(order)
        if order is not None:
            self._seen({order.id: order})
            self.environment.doings.retrieved[key] = self.environment.doings.looks[order.id]
        self.environment.doings.answers.add((str(key), "look"))
        return order

    def refresh(self, key: PaymentKey, on_sent: Callable[[], None]) -> Order | None:
        environment, shop = self.environment, self.shop
        refreshes = shop.refreshes.setdefault(key, [])
        number = len(refreshes)

        def sent() -> None:
            environment.rules.patching(environment, key)
            refreshes.insert(number, Patch(sent_at=environment.kernel.now))
            on_sent()

        with self._asking("refresh", key.id, on_sent=sent):
            try:
                order = self._refreshed(key)
            except NotFound:
                environment.doings.answers.add((str(key), "not_found"))
                raise
            except Declined:
                self._answered(key, refreshes[number])
                raise
        self._answered(key, refreshes[number])
        return order

    def list_orders(self, listing: Listing, after: str | None) -> OrderPage:
        with self._asking(f"list {listing.name}"):
            return self.listing.list_orders(listing, after)

    def list_webhooks(self) -> Sequence[WebhookState]:
        with self._asking("list webhooks"):
            return self.listing.list_webhooks()

    def list_gateways(self, gateway_type: str) -> Sequence[GatewayState]:
        with self._asking(f"list {gateway_type}"):
            return self.listing.list_gateways(gateway_type)

    def _refreshed(self, key: PaymentKey) -> Order | None:
        environment, shop = self.environment, self.shop
        if key in shop.poison:
            environment.die(f"refreshing {key.id}")
        if environment.weather.happens("rights"):
            raise MayNotUpdate("PATCH answered 401 UNAUTHORIZED", status=401, code="UNAUTHORIZED")
        self._may_miss(key)
        if key not in shop.api.payments:
            raise not_found(key)
        intent = shop.intents[key]
        if shop.habits.declines and not intent.money and shop.dice.random() < 0.3:
            raise Declined("PATCH answered 422", status=422, code="VALIDATION_ERROR")
        before = shop.api.orders.get(shop.api.payments[key])
        shop.hear(key, Cause("refresh", environment, environment.doings))
        after = shop.api.refresh(key, lambda: None)
        environment.rules.probes.refreshed(key, before, shop.api.orders.get(shop.api.payments[key]))
        if before is not None and after is not None and environment.weather.happens("lags"):
            return replace(before, authorizations=(), auto_place=False)
        return after

    def _answered(self, key: PaymentKey, patch: Patch) -> None:
        self.environment.doings.answers.add((str(key), "refresh"))
        patch.answered_at = self.environment.kernel.now

    @contextmanager
    def _asking(self, op: str, *about: str, on_sent: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Ask when there is a token and the pace has a slot; the answer may be one of many that help nobody."""
        environment, weather = self.environment, self.environment.weather
        if weather.happens("token"):
            raise NoToken("the token endpoint answered 503", status=503)
        self.rate_limiter.take()
        environment.rules.called(environment)
        on_sent()
        with environment.calling("api", op, self._outage(), *about):
            if weather.happens("limit"):
                self.rate_limiter.record_429(self.shop.dice.choice((None, 3.0)))
                raise RateLimited(f"{op} answered 429", status=429)
            yield

    def _outage(self) -> Exception:
        if self.shop.dice.random() < 0.5:
            return TimedOut("not answered: ReadTimeout", code="ReadTimeout")
        return ServerError("answered 503", status=503)

    def _may_miss(self, key: PaymentKey) -> None:
        """Answer 404 for what exists, in a spell that passes."""
        if self.environment.weather.happens("records"):
            raise not_found(key)

    def _shown(self, order: Order) -> Order:
        """An order as it stands, or as it stood a little while ago."""
        if not self.environment.weather.happens("lags"):
            return order
        behind = self.shop.dice.uniform(0, BEHIND)
        return self.shop.state_at(order.id, self.environment.kernel.now - behind)

    def _is_missed(self) -> bool:
        """Tell whether a list misses a record; absence proves nothing."""
        return self.environment.weather.happens("lags") and self.shop.dice.random() < 0.3

    def _seen(self, orders: Mapping[str, Order]) -> None:
        doings = self.environment.doings
        for id_, order in orders.items():
            doings.looks[id_] = Look(at=self.environment.kernel.now, shown=order)
            doings.answers.add((f"orders#{id_}", "look"))
