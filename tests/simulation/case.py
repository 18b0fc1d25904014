"""A case: one order with its payments, what people and gateways do to it, and what must become of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from payment_refresh.domain.payment import REFRESHABLE, PaymentKey
from payment_refresh.times import to_iso
from tests.simulation.gateway import Intent, Shortfall
from tests.simulation.shop import MERCHANT, SHOPPER, WEBHOOK, Cause
from tests.simulation.truth import Truth
from tests.simulation.weather import DAY, HOUR
from tests.support import samples

if TYPE_CHECKING:
    from random import Random

    from payment_refresh.domain.order import Order
    from payment_refresh.domain.policy import Policy
    from tests.simulation.kernel import Script
    from tests.simulation.shop import Shop

TYPES = tuple(REFRESHABLE)
COST = 9900
"""Cents that every order costs."""


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
    kind
        The name of its kind.
    account
        The gateway's account that its payments belong to.
    moment
        When something happens to all of its group at once.
    silent
        Orders of which no event ever comes.
    truth
        What must become of it; a script that draws what happens says so here.
    """

    number: str
    shop: Shop
    dice: Random
    gateway: Gateway
    policy: Policy
    kind: str = ""
    account: str = "main"
    moment: float = 0.0
    silent: set[str] = field(default_factory=set)
    truth: Truth = field(default_factory=Truth)

    @property
    def order_id(self) -> str:
        """The order's id."""
        return f"o{self.number}"

    @property
    def order(self) -> Order | None:
        """The order as it stands; None once it was deleted."""
        return self.shop.api.orders.get(self.order_id)

    @property
    def now(self) -> float:
        """The time."""
        return self.shop.kernel.now

    @property
    def patience(self) -> int:
        """Seconds until a placed order is given up."""
        return self.policy.give_up

    def key(self, letter: str = "a") -> PaymentKey:
        """The first payment, or another one; all are of one type."""
        return PaymentKey(TYPES[int(self.number) % 7 % len(TYPES)], f"p{self.number}{letter}")

    def opens(self, *, auto_place: bool = False, announces: bool = True, **facts: Any) -> Script:
        """A cart, with a payment from the first or soon after."""
        captures = self.shop.habits.captures
        cart = replace(
            samples.cart(self.number, at=self.now, auto_place=auto_place, auto_capture=captures),
            id=self.order_id,
            source_type=None,
            source_id=None,
            gateway_id=None,
            authorizations_known=True,
            reversals_known=True,
        )
        self.shop.open(replace(cart, **facts), announces=announces)
        yield self.dice.uniform(0.1, 20)
        self.chooses("a")
        yield self.dice.uniform(0.1, 30)

    def chooses(self, letter: str, **intended: Any) -> None:
        """The shopper chooses how to pay."""
        key = self.key(letter)
        facts = {"account": f"{key.type}-{self.account}", "transaction": f"gw_{key.id}"} | intended
        self.shop.intend(self.order_id, Intent(key=key, order_id=self.order_id, **facts))

    def chooses_another_kind(self, kind: str) -> None:
        """The shopper chooses to pay by what cannot be refreshed."""
        self.change(
            SHOPPER,
            source_type=kind,
            source_id=f"q{self.number}",
            gateway_id=None,
            mismatched=False,
            payment_gateway_type=None,
            payment_gateway_id=None,
        )

    def places(self, status: str = "placed") -> None:
        """The shopper places the order."""
        if self.order is not None and self.order.status == "pending":
            self.change(SHOPPER, status=status, placed_at=to_iso(self.now))

    def cancels(self) -> None:
        """The merchant cancels the order."""
        if self.order is not None:
            self.change(MERCHANT, status="cancelled", cancelled_at=to_iso(max(self.now, self._newest() + 0.0011)))

    def change(self, cause: Cause, **changes: Any) -> None:
        """Change the order."""
        self.shop.change(self.order_id, cause, **changes)

    def confirms(
        self,
        letter: str = "a",
        *,
        cents: int = COST,
        shortfall: Shortfall = Shortfall.PARTLY,
        lost: bool | None = None,
    ) -> Script:
        """The shopper pays; Commerce Layer hears of it by the gateway's webhook, if ever."""
        intent = self.shop.intents[self.key(letter)]
        intent.money, intent.shortfall = cents, shortfall
        self.note("holds the money", letter)
        yield from self.news(letter, lost=lost)

    def declines(self, *, speaks: bool = True, lost: bool | None = None) -> Script:
        """The gateway declines."""
        intent = self.shop.intents[self.key()]
        intent.failures, intent.speaks = intent.failures + 1, speaks
        self.note("declines", "a")
        yield from self.news("a", lost=lost)

    def news(self, letter: str, *, lost: bool | None = None) -> Script:
        """The gateway's webhook comes, comes late, or never; with ``lost`` given, never or at once."""
        drawn = self.dice.random()
        if lost or (lost is None and drawn < self.gateway.lost):
            return
        late = lost is None and drawn < self.gateway.lost + self.gateway.late
        yield self.dice.choice((HOUR, 4 * DAY)) * self.dice.random() if late else self.dice.uniform(0.2, 4)
        self.shop.hear(self.key(letter), WEBHOOK)

    def note(self, what: str, letter: str) -> None:
        """Record what only the gateway knows."""
        self.shop.trace.note("gateway", what, self.order_id, self.key(letter).id)

    def comes(self) -> Script:
        """Wait for the moment at which it happens to the whole group."""
        yield max(0.0, self.moment - self.now)

    def soon(self) -> float:
        """Some seconds."""
        return self.dice.uniform(0.2, 20)

    def some_day(self) -> float:
        """Any time until a while after the order is given up."""
        return self.dice.random() * 1.2 * self.patience

    def likely(self, share: float) -> bool:
        """Draw whether something happens."""
        return self.dice.random() < share

    def _newest(self) -> float:
        return self.shop.history[self.order_id][-1].at
