"""Courses of payments: scripts for shoppers, merchants and gateways, in seconds from step to step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from payment_refresh.domain.payment import REFRESHABLE, PaymentKey
from payment_refresh.times import to_iso
from tests.simulation.shop import MERCHANT, SHOPPER, WEBHOOK, Cause
from tests.simulation.weather import DAY, HOUR, MINUTE
from tests.support import samples

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from tests.simulation.kernel import Script
    from tests.simulation.shop import Shop

TYPES = tuple(REFRESHABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """Shares of the gateway's webhooks to Commerce Layer that are lost and late."""

    lost: float
    late: float


@dataclass(slots=True, kw_only=True)
class Case:
    """One order with its payments, and what can happen to it.

    Attributes
    ----------
    number
        Five digits, which are part of all its names.
    patience
        Seconds until a placed order is given up.
    """

    number: str
    shop: Shop
    dice: Random
    gateway: Gateway
    patience: float

    @property
    def order_id(self) -> str:
        """The order's id."""
        return f"o{self.number}"

    def key(self, letter: str = "a") -> PaymentKey:
        """The first payment, or another one; all are of one type."""
        return PaymentKey(TYPES[int(self.number) % 7 % len(TYPES)], f"p{self.number}{letter}")

    def opens(self, *, auto_place: bool = False) -> Script:
        """A cart, with a payment from the first or soon after."""
        now = self.shop.kernel.now
        cart = samples.cart(self.number, at=now, auto_place=auto_place)
        self.shop.open(replace(cart, id=self.order_id, source_type=None, source_id=None, gateway_id=None))
        yield self.dice.uniform(0.1, 20)
        self.chooses("a")
        yield self.dice.uniform(0.1, 30)

    def chooses(self, letter: str) -> None:
        """The shopper chooses how to pay."""
        key = self.key(letter)
        self.shop.intend(self.order_id, key.id, key.type)

    def places(self) -> None:
        """The shopper places the order."""
        order = self.shop.api.orders[self.order_id]
        if order.status == "pending":
            self.change(SHOPPER, status="placed", placed_at=to_iso(self.shop.kernel.now))

    def change(self, cause: Cause, **changes: Any) -> None:
        """Change the order."""
        self.shop.change(self.order_id, cause, **changes)

    def confirms(self, letter: str = "a", *, is_short: bool = False) -> Script:
        """The shopper pays; Commerce Layer hears of it by the gateway's webhook, if ever."""
        intent = self.shop.intents[self.key(letter)]
        intent.money, intent.is_short = True, is_short
        self.note("holds the money", letter)
        yield from self.news(letter)

    def declines(self) -> Script:
        """The gateway declines."""
        self.shop.intents[self.key()].failures += 1
        self.note("declines", "a")
        yield from self.news("a")

    def news(self, letter: str) -> Script:
        """The gateway's webhook comes, comes late, or never."""
        drawn = self.dice.random()
        if drawn < self.gateway.lost:
            return
        late = drawn < self.gateway.lost + self.gateway.late
        yield self.dice.choice((HOUR, 4 * DAY)) * self.dice.random() if late else self.dice.uniform(0.2, 4)
        self.shop.hear(self.key(letter), WEBHOOK)

    def note(self, what: str, letter: str) -> None:
        """Record what only the gateway knows."""
        self.shop.trace.note("gateway", what, self.order_id, self.key(letter).id)

    def soon(self) -> float:
        """Some seconds."""
        return self.dice.uniform(0.2, 20)

    def some_day(self) -> float:
        """Any time until a while after the order is given up."""
        return self.dice.random() * 1.2 * self.patience


def paid(case: Case) -> Script:
    yield from case.opens()
    case.places()
    yield case.soon()
    yield from case.confirms()


def paid_first(case: Case) -> Script:
    """Commerce Layer asks the gateway itself when an order is placed."""
    yield from case.opens()
    yield from case.confirms()
    yield case.soon()
    case.shop.hear(case.key(), SHOPPER)
    case.places()


def never_paid(case: Case) -> Script:
    yield from case.opens()
    case.places()


def declined(case: Case) -> Script:
    yield from case.opens()
    case.places()
    yield case.soon()
    yield from case.declines()
    if case.dice.random() < 0.5:
        yield case.dice.uniform(MINUTE, DAY)
        yield from case.confirms()


def debit(case: Case) -> Script:
    yield from case.opens()
    case.places()
    yield case.some_day()
    yield from case.confirms()


def cart(case: Case) -> Script:
    yield from case.opens()


def cart_paid(case: Case) -> Script:
    yield from case.opens(auto_place=case.dice.random() < 0.5)
    yield case.dice.choice((20, 2 * DAY)) * case.dice.random()
    yield from case.confirms()
    if case.dice.random() < 0.3:
        yield case.dice.uniform(MINUTE, HOUR)
        case.places()


def cart_placed_late(case: Case) -> Script:
    yield from case.opens()
    yield case.dice.uniform(0, 4 * DAY)
    case.places()
    yield case.soon()
    yield from case.confirms()


def cart_cancelled(case: Case) -> Script:
    yield from case.opens()
    case.change(MERCHANT, status="cancelled", cancelled_at=to_iso(case.shop.kernel.now))


def cancelled(case: Case) -> Script:
    """A placed order is cancelled before it is paid; a debit under way may still succeed."""
    yield from case.opens()
    case.places()
    yield case.dice.choice((MINUTE, DAY)) * case.dice.random()
    case.change(MERCHANT, status="cancelled", cancelled_at=to_iso(case.shop.kernel.now))
    if case.dice.random() < 0.5:
        yield case.some_day()
        yield from case.confirms()


def other_payment(case: Case) -> Script:
    """The shopper pays with another payment than the first; some pay with both."""
    yield from case.opens()
    case.chooses("b")
    yield case.soon()
    case.places()
    yield from case.confirms("b")
    if case.dice.random() < 0.3:
        yield case.dice.uniform(0, DAY)
        yield from case.confirms("a")


def old_payment(case: Case) -> Script:
    """The money comes by the payment that the shopper had left."""
    yield from case.opens()
    case.chooses("b")
    yield case.soon()
    yield from case.confirms("a")
    yield case.soon()
    case.places()


def short(case: Case) -> Script:
    """Less is authorized than the order costs, until a merchant mends it, or never."""
    yield from case.opens()
    case.places()
    yield from case.confirms(is_short=True)
    yield case.some_day()
    drawn = case.dice.random()
    if drawn < 0.3:
        case.change(MERCHANT, payment_status="paid", mismatched=False)
    elif drawn < 0.6:
        case.change(MERCHANT, payment_status="voided", status="cancelled")


def gone(case: Case) -> Script:
    yield from case.opens()
    case.places()
    yield case.dice.choice((MINUTE, 2 * DAY)) * case.dice.random()
    case.shop.remove(case.key())


def given_back(case: Case) -> Script:
    yield from case.opens()
    case.places()
    yield from case.confirms()
    yield case.dice.uniform(MINUTE, 2 * DAY)
    if case.shop.api.orders[case.order_id].payment_status in ("authorized", "paid"):
        case.change(MERCHANT, payment_status="refunded" if case.shop.habits.captures else "voided")


def free(case: Case) -> Script:
    yield from case.opens()
    case.change(MERCHANT, payment_status="free", amount_cents=0)
    yield case.soon()
    case.places()


def other_kind(case: Case) -> Script:
    """A payment that cannot be refreshed; its money may sit on an order that nobody places."""
    yield from case.opens()
    case.change(SHOPPER, source_type="paypal_payments", source_id=f"q{case.number}", gateway_id=None)
    yield case.soon()
    case.change(WEBHOOK, payment_status="authorized")


def poison(case: Case) -> Script:
    """Whoever refreshes it dies."""
    yield from case.opens()
    case.shop.poison.add(case.key())
    case.places()


STORIES: dict[Callable[[Case], Script], int] = {
    paid: 90,
    paid_first: 18,
    never_paid: 21,
    declined: 18,
    debit: 27,
    cart: 30,
    cart_paid: 24,
    cart_placed_late: 12,
    cart_cancelled: 6,
    cancelled: 15,
    other_payment: 12,
    old_payment: 9,
    short: 9,
    gone: 6,
    given_back: 6,
    free: 3,
    other_kind: 6,
    poison: 1,
}
"""Weight of each story."""
