"""A shop in virtual time: orders come, are paid or not, and the gateway's webhook reports it or does not."""

from __future__ import annotations

import heapq
from copy import replace
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from payment_refresh.times import to_iso
from tests.alarms.ground import DAY, HOUR
from tests.support import samples
from tests.support.alarm_rules import MINUTE

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from payment_refresh.domain.order import Order
    from tests.alarms.ground import Ground

KEPT = 2 * DAY
"""Seconds after which an order that has come to rest is forgotten, so that a long run does not fill the memory."""


@dataclass(slots=True, kw_only=True)
class Shop:
    """Plans what happens to orders, and lets it happen minute by minute.

    Attributes
    ----------
    lost
        Share of the gateway's webhooks that never come.
    hears
        Whether order events reach the stack.
    """

    ground: Ground
    dice: Random
    lost: float = 0.0
    hears: bool = True
    _plans: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    _numbers: count[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        """Let what is planned happen as the minutes pass."""
        self.ground.acts.append(self._act)

    def at(self, moment: float, what: Callable[[], None]) -> None:
        """Plan something for a moment, in epoch seconds."""
        heapq.heappush(self._plans, (moment, next(self._numbers), what))

    def after(self, seconds: float, what: Callable[[], None]) -> None:
        """Plan something for so many seconds from now."""
        self.at(self.now + seconds, what)

    @property
    def now(self) -> float:
        """The time."""
        return self.ground.world.clock.now

    def new(self, *, placed: bool = True) -> Order:
        """Make a new order, and announce it."""
        make = samples.order if placed else samples.cart
        name = f"{next(self._numbers)}"
        order = make(name, at=self.now, authorizations_known=True, reversals_known=True)
        self.change(order)
        return order

    def change(self, order: Order, **changes: object) -> Order:
        """Change an order, and announce it; returns it as it is now."""
        order = replace(order, updated_at=to_iso(self.now), **changes)  # type: ignore[arg-type]  # fields of all types
        self.ground.world.commerce_layer.put(order)
        if self.hears:
            self.ground.order_event(order)
        return order

    def current(self, order: Order) -> Order | None:
        """The order as it stands; None once it is gone."""
        return self.ground.world.commerce_layer.orders.get(order.id)

    def pay(self, order: Order) -> None:
        """Let the shopper pay: the webhook reports of it in seconds, or only a refresh does."""
        if self.dice.random() >= self.lost:
            self.after(5, lambda: self._authorize(order, is_announced=True))
            return
        key = order.payment
        assert key is not None
        self.ground.world.commerce_layer.on_refresh(key, lambda: self._authorize(order, is_announced=False))

    def sell(self, gap: float, until: float, live: Callable[[], None]) -> None:
        """Let orders come at random, ``gap`` seconds apart in the mean, each living its life."""

        def come() -> None:
            live()
            moment = self.now + self.dice.expovariate(1 / gap)
            if moment < until:
                self.at(moment, come)

        self.after(self.dice.expovariate(1 / gap), come)

    def forget(self, order: Order) -> None:
        """Forget an order in a while, with its row."""

        def gone() -> None:
            self.ground.world.commerce_layer.delete(order)
            if order.payment is not None:
                self.ground.world.table.rows.pop(order.payment, None)

        self.after(KEPT, gone)

    def _authorize(self, order: Order, *, is_announced: bool) -> None:
        now = self.current(order)
        if now is None or now.payment_status != "unpaid" or now.status == "cancelled":
            return
        through = samples.through(f"auth-{order.id}", order.payment, self.now) if order.payment else None
        paid = {
            "payment_status": "authorized",
            "payment_updated_at": to_iso(self.now),
            "authorizations": (through,) if through else (),
        }
        if is_announced:
            self.change(now, **paid)
        else:  # the answer to a refresh; the event of it comes later
            self.ground.world.commerce_layer.put(replace(now, updated_at=to_iso(self.now), **paid))  # type: ignore[arg-type]  # fields of all types
        self.forget(order)

    def _act(self) -> None:
        clock, end = self.ground.world.clock, self.now
        while self._plans and self._plans[0][0] <= end:
            moment, _, what = heapq.heappop(self._plans)
            clock.now = max(moment, end - MINUTE)
            what()
        clock.now = end


def buys(shop: Shop) -> None:
    """A shopper fills a cart, places the order and pays."""
    shop.pay(shop.new())


def abandons(shop: Shop) -> None:
    """A shopper leaves a cart behind."""
    cart = shop.new(placed=False)
    shop.after(20 * DAY, lambda: shop.forget(cart))


def never_pays(shop: Shop) -> None:
    """A placed order is never paid, and nobody cancels it."""
    shop.new()


def cancels(shop: Shop) -> None:
    """A placed order is never paid, and the merchant cancels it after some hours or days."""
    order = shop.new()

    def cancel() -> None:
        now = shop.current(order)
        if now is not None:
            shop.change(now, status="cancelled", cancelled_at=to_iso(shop.now))

    shop.after(shop.dice.choice((HOUR, 8 * HOUR, 3 * DAY)), cancel)


def pays_late(shop: Shop) -> None:
    """A bank debit: the gateway reports days later."""
    order = shop.new()
    shop.after(shop.dice.uniform(2, 8) * DAY, lambda: shop.pay(order))


def returns(shop: Shop) -> None:
    """An order is paid, cancelled an hour later, and its money given back at once."""
    order = shop.new()
    shop.pay(order)

    def give_back() -> None:
        now = shop.current(order)
        if now is not None and now.payment_status == "authorized":
            shop.change(
                now,
                status="cancelled",
                cancelled_at=to_iso(shop.now),
                payment_status="voided",
                payment_updated_at=to_iso(shop.now),
                authorizations=(),
            )

    shop.after(HOUR, give_back)


def cleans_up(shop: Shop) -> None:
    """A cart is left behind, and a script deletes it a day later."""
    cart = shop.new(placed=False)
    shop.after(DAY, lambda: shop.ground.world.commerce_layer.delete(cart))


TIDY = (buys,)
MESSY = (buys,) * 12 + (abandons, abandons, never_pays, cancels, pays_late, returns, cleans_up)
