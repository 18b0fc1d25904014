"""The ledger: what each order costs, where it stands, and what each of its payments holds right now."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.store import Record, Ref
    from sandbox.world import World

_SIGNS = {"authorizations": 1, "voids": -1, "refunds": -1}
"""Which transactions add to what a payment holds, and which take away from it."""

_SHOWN = ("status", "payment_status", "currency_code", "placed_at", "cancelled_at", "payment_updated_at")


def ledger(world: World) -> Iterator[dict[str, Any]]:
    """Give a line for each order that exists; amounts in cents."""
    for order in world.store.all("orders"):
        source = order.one.get("payment_source")
        yield {
            "order_id": order.id,
            "order_number": order.attributes["number"],
            "story": world.player.stories.get(order.id, "manual"),
            **{name: order.attributes.get(name) for name in _SHOWN},
            "amount_cents": order.attributes["total_amount_with_taxes_cents"],
            "source": None if source is None else {"type": source.type, "id": source.id},
            "has_method": "payment_method" in order.one,
            "held_cents": {payment.id: cents for payment, cents in _held(world, order).items()},
        }


def _held(world: World, order: Record) -> dict[Ref, int]:
    """Give what each payment has authorized of an order, less what was given back."""
    held: Counter[Ref] = Counter()
    for kind, sign in _SIGNS.items():
        for transaction in world.organization.transactions.succeeded(kind, order):
            held[transaction.one["payment_source"]] += sign * transaction.attributes["amount_cents"]
    return dict(held)
