"""A shop whose orders change: shoppers, merchants and gateways, and what Commerce Layer shows of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from payment_refresh.times import to_epoch, to_iso
from tests.situations.shop_order import LOOK, STRIPE, WEBHOOK, ShopOrder, payment
from tests.support.clock import START

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.world import World

SECONDS = {"d": 86400, "h": 3600, "m": 60, "s": 1}


def seconds(text: str) -> int:
    """Read a duration such as ``1d12h`` or ``45m``."""
    sign = -1 if text.startswith("-") else 1
    return sign * sum(int(number) * SECONDS[unit] for number, unit in re.findall(r"(\d+)([dhms])", text))


@dataclass(slots=True)
class Shop:
    """A shop on Commerce Layer; what it does happens now, by the world's clock."""

    world: World

    @property
    def begun_at(self) -> float:
        """When this life began, in epoch seconds."""
        return START

    @property
    def now(self) -> str:
        """The time, as attributes have it."""
        return to_iso(self.world.clock.now)

    def order(
        self,
        name: str = "a",
        kind: str = STRIPE,
        *,
        age: str = "0s",
        event: bool = True,
        method: dict[str, Any] | None = None,
        **attributes: Any,
    ) -> ShopOrder:
        """Let a placed, unpaid order appear, as old as this, with a payment method where one is described."""
        placed = self.world.clock.now - seconds(age)
        made = ShopOrder(
            name=name,
            kind=kind,
            attributes={
                "number": f"10{name}",
                "status": "placed",
                "payment_status": "unpaid",
                "currency_code": "EUR",
                "total_amount_with_taxes_cents": 9900,
                "placed_at": to_iso(placed),
                "cancelled_at": None,
                "payment_updated_at": None,
                "created_at": to_iso(placed - 300),
                "updated_at": to_iso(placed),
            }
            | attributes,
            payments={f"pay-{name}": payment(kind, f"pay-{name}")},
            source=(kind, f"pay-{name}"),
            method=method or {},
        )
        self.show(made)
        if event:
            self.event(made)
        return made

    def cart(self, name: str = "a", kind: str = STRIPE, *, age: str = "0s", **more: Any) -> ShopOrder:
        """Let a cart appear, as old as this, with a payment that its shopper chose."""
        at = to_iso(self.world.clock.now - seconds(age))
        unplaced: dict[str, Any] = {"status": "pending", "placed_at": None, "created_at": at}
        return self.order(name, kind, age=age, **unplaced | more)

    def show(self, order: ShopOrder) -> None:
        """Let Commerce Layer answer with the order as it stands."""
        self.world.commerce_layer.put(order.shown(LOOK))

    def event(self, order: ShopOrder, relations: tuple[str, ...] = WEBHOOK) -> None:
        """Send the order as an event, and relay what is due at once."""
        self.world.event(order.shown(relations))

    def change(self, order: ShopOrder, *, event: bool = True, **attributes: Any) -> None:
        """Change an order now; an event says so, where one is sent."""
        was = order.attributes
        at = to_iso(max(self.world.clock.now, to_epoch(was["updated_at"]) + 0.001))
        moved = attributes.get("payment_status", was["payment_status"]) != was["payment_status"]
        order.attributes = was | {"updated_at": at} | ({"payment_updated_at": at} if moved else {}) | attributes
        self.show(order)
        if event:
            self.event(order)

    def cancel(self, order: ShopOrder, *, event: bool = True, **attributes: Any) -> None:
        """Let the merchant cancel an order."""
        self.change(order, event=event, **{"status": "cancelled", "cancelled_at": self.now} | attributes)

    def pay(
        self,
        order: ShopOrder,
        payment_status: str = "authorized",
        *,
        by: tuple[str, str] | None = None,
        amount: int | str | None = None,
        transaction: str | None = None,
        event: bool = False,
        **attributes: Any,
    ) -> None:
        """Let money come to an order: an authorization of its payment source or another payment."""
        of = by or order.source
        cents = order.attributes["total_amount_with_taxes_cents"] if amount is None else amount
        self.authorize(order, of=of, amount=cents, transaction=transaction)
        self.change(order, event=event, payment_status=payment_status, **attributes)

    def authorize(
        self,
        order: ShopOrder,
        *,
        of: tuple[str, str] | None = None,
        amount: int | str = 9900,
        transaction: str | None = None,
        **attributes: Any,
    ) -> None:
        """Record an authorization that changes nothing else."""
        payment_of = of or (order.kind, order.key.id)
        known = {"amount_cents": amount, "gateway_transaction_id": transaction or f"txn_{payment_of[1]}"}
        known["created_at"] = self.now
        order.record("authorizations", of=payment_of, **known | attributes)
        self.show(order)

    def on_refresh(self, order: ShopOrder, effect: Callable[[], object]) -> None:
        """Let the next refresh of the order's first payment do this, once; later ones do nothing."""
        left = [effect]
        self.world.commerce_layer.on_refresh(order.key, lambda: left.pop()() if left else None)

    def paid_at_gateway(
        self, order: ShopOrder, payment_status: str = "authorized", *, places: bool = False, forced: bool = False
    ) -> None:
        """Let the gateway hold the money from now on, its webhook lost: only a refresh shows it.

        It may place the order, and may be forced onto an order that has another payment source by then.
        """

        def show() -> None:
            if forced:
                order.use(order.kind, order.key.id)
            placed: dict[str, Any] = {"status": "placed", "placed_at": self.now} if places else {}
            self.pay(order, payment_status, by=(order.kind, order.key.id), **placed)

        self.on_refresh(order, show)

    def refuse(self, order: ShopOrder, error: Exception) -> None:
        """Let every refresh of the order's first payment meet this."""
        self.world.commerce_layer.fail("refresh", str(order.key), error)

    def delete(self, *orders: ShopOrder, payment_only: bool = False) -> None:
        """Delete orders with their payments, or the payments alone, as Commerce Layer does it."""
        for order in orders:
            self.world.commerce_layer.payments.pop(order.key, None)
            if not payment_only:
                self.world.commerce_layer.orders.pop(order.id, None)
