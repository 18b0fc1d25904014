"""Commerce Layer as an environment reaches it: rate limited, and at times slow, down or behind."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.adapters.commerce_layer.responses import read_answer
from payment_refresh.errors import CommerceLayerError, Declined, NotFound, NoToken, RateLimited, TimedOut
from tests.simulation.environment import Look
from tests.simulation.gateway import Failing
from tests.simulation.shop import Cause, Patch
from tests.support.commerce_layer import bare, not_found

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

TIMEOUT = 10.0
"""Seconds after which a call is given up that gets no answer at all."""

EDGE_PAGE = b"<!DOCTYPE html><html><head><title>Not found</title></head></html>"


def _nothing() -> None:
    """Nothing is to be done as a call is sent."""


def refusal(status: int, code: str | None, what: str) -> CommerceLayerError:
    """Make the error that an answer is read as; without a code, it is the edge's page."""
    content = EDGE_PAGE
    if code is not None:
        content = json.dumps({"errors": [{"status": str(status), "code": code}]}).encode()
    try:
        read_answer(status, {}, content, what)
    except CommerceLayerError as error:
        return error
    raise AssertionError(f"{status} is no error")


@dataclass(frozen=True, slots=True)
class Api:
    """Implements the `CommerceLayer` and `OrderListing` ports over the simulated shop."""

    environment: Environment
    shop: Shop
    listing: FakeOrderListing
    rate_limiter: RateLimiter

    def look(self, order_ids: Sequence[str], on_sent: Callable[[], None]) -> Mapping[str, Order]:
        with self._asking("look", *order_ids, on_sent=on_sent):
            found = self.shop.api.look(order_ids, _nothing)
            shown = {id_: self._shown(order) for id_, order in found.items() if not self._is_missed()}
        self._seen(shown)
        self.environment.doings.answers |= {(f"orders#{id_}", "list") for id_ in order_ids}
        return shown

    def find_orders(
        self, payment_type: str, payment_ids: Sequence[str], on_sent: Callable[[], None]
    ) -> Mapping[str, str | None]:
        with self._asking("find_orders", *payment_ids, on_sent=on_sent):
            found = self.shop.api.find_orders(payment_type, payment_ids, _nothing)
            if self.environment.weather.happens("types"):
                found = {}
            found = {id_: order_id for id_, order_id in found.items() if not self._is_missed()}
        self.environment.doings.answers |= {(f"{payment_type}#{id_}", "list") for id_ in payment_ids}
        return found

    def retrieve(self, key: PaymentKey, on_sent: Callable[[], None]) -> Order | None:
        with self._asking("retrieve", key.id, on_sent=on_sent), self._recording_absence(key):
            self._may_miss(key)
            order = self.shop.api.retrieve(key, _nothing)
            order = None if order is None else self._shown(order)
        if order is not None:
            self._seen({order.id: order})
            self.environment.doings.retrieved[key] = self.environment.doings.looks[order.id]
        self.environment.doings.answers.add((str(key), "look"))
        return order

    def refresh(self, key: PaymentKey, on_sent: Callable[[], None]) -> Order | None:
        environment = self.environment
        refreshes = self.shop.refreshes.setdefault(key, [])
        number = len(refreshes)

        def sent() -> None:
            environment.rules.patching(environment, key)
            refreshes.insert(number, Patch(sent_at=environment.kernel.now))
            on_sent()

        with self._asking("refresh", key.id, on_sent=sent), self._recording_absence(key):
            try:
                order = self._refreshed(key)
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
            raise refusal(401, "UNAUTHORIZED", f"PATCH /api/{key.type}/{key.id}")
        self._may_miss(key)
        if key not in shop.api.payments:
            raise not_found(key)
        self._may_fail(key)
        intent = shop.intents[key]
        if shop.habits.declines and intent.money is None and shop.dice.random() < 0.3:
            raise refusal(422, "VALIDATION_ERROR", f"PATCH /api/{key.type}/{key.id}")
        order_id = shop.api.payments[key] or ""
        before = shop.api.orders.get(order_id)
        shop.hear(key, Cause("refresh", environment, environment.doings))
        after = shop.api.refresh(key, _nothing)
        environment.rules.probes.refreshed(key, before, shop.api.orders.get(order_id))
        if before is not None and after is not None and environment.weather.happens("lags"):
            return bare(before)
        return after

    def _may_fail(self, key: PaymentKey) -> None:
        """Fail where every refresh of this payment does, or of its gateway's account."""
        failing = self.shop.fails(key)
        if failing is Failing.TIMEOUT:
            self.environment.wait(TIMEOUT)
            raise TimedOut("PATCH was not answered: ReadTimeout", code="ReadTimeout")
        if failing is Failing.ERROR:
            raise refusal(500, None, f"PATCH /api/{key.type}/{key.id}")
        if failing is Failing.REFUSED:
            raise refusal(401, "UNAUTHORIZED", f"PATCH /api/{key.type}/{key.id}")

    def _answered(self, key: PaymentKey, patch: Patch) -> None:
        self.environment.doings.answers.add((str(key), "refresh"))
        patch.answered_at = self.environment.kernel.now

    @contextmanager
    def _asking(self, op: str, *about: str, on_sent: Callable[[], None] | None = None) -> Iterator[None]:
        """Ask once there is a token and a slot of the rate limiter; the answer may be any kind of error."""
        environment, weather = self.environment, self.environment.weather
        try:
            if weather.happens("token"):
                raise NoToken("the token endpoint answered 503", status=503)
            self.rate_limiter.take()
            environment.rules.called(environment)
            (on_sent or _nothing)()
            with environment.calling("api", op, self._outage(), *about):
                if weather.happens("limit"):
                    self.rate_limiter.record_429(self.shop.dice.choice((None, 3.0)))
                    raise RateLimited(f"{op} answered 429", status=429)
                if weather.happens("edge"):
                    raise refusal(404, None, op)
                yield
        except CommerceLayerError:
            environment.doings.refused |= set(about)
            raise

    @contextmanager
    def _recording_absence(self, key: PaymentKey) -> Iterator[None]:
        """Record the answer that there is no such record."""
        try:
            yield
        except NotFound:
            self.environment.doings.answers.add((str(key), "not_found"))
            raise

    def _outage(self) -> Exception:
        if self.shop.dice.random() < 0.5:
            return TimedOut("not answered: ReadTimeout", code="ReadTimeout")
        return refusal(503, None, "the call")

    def _may_miss(self, key: PaymentKey) -> None:
        """Answer that what exists does not, in a spell that passes: to single calls, or of all payments."""
        weather = self.environment.weather
        if weather.happens("records") or (not key.is_order and weather.happens("types")):
            self.shop.hidden.add(key)
            raise not_found(key)

    def _shown(self, order: Order) -> Order:
        """An order as it stands, or as it stood a little while ago; with what answers include."""
        if self.environment.weather.happens("lags"):
            behind = self.shop.dice.uniform(0, BEHIND)
            stood = self.shop.state_at(order.id, self.environment.kernel.now - behind)
            order = stood if order.authorizations_known else bare(stood)
        return self.shop.habits.looked_at(order)

    def _is_missed(self) -> bool:
        """Say whether a list misses a record; absence proves nothing."""
        weather = self.environment.weather
        return weather.happens("lists") or (weather.happens("lags") and self.shop.dice.random() < 0.3)

    def _seen(self, orders: Mapping[str, Order]) -> None:
        doings = self.environment.doings
        for id_, order in orders.items():
            doings.looks[id_] = Look(at=self.environment.kernel.now, shown=order)
            doings.answers.add((f"orders#{id_}", "look"))
