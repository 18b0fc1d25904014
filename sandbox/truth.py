"""Outcome of every payment as it really was, and what a watcher must have ended with."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sandbox.scene import Scene
from sandbox.store import epoch

if TYPE_CHECKING:
    from sandbox.gateway import Intent
    from sandbox.store import Record
    from sandbox.watcher import Watcher
    from sandbox.world import World


def truth(world: World, watcher: Watcher, act_after: float | None) -> list[dict[str, Any]]:
    """Give one row for each payment; final once the scenario is finished.

    Times are epoch seconds.

    Parameters
    ----------
    watcher
        Who watches; for one that only observes, what no webhook moves stays as it is.
    act_after
        Orders placed (carts: created) before this are only observed.
    """
    by_order: defaultdict[str, list[Intent]] = defaultdict(list)
    for intent in world.gateway.intents.values():
        by_order[intent.order.id].append(intent)
    rows = []
    for intent in world.gateway.intents.values():
        order = world.store.ever(intent.order)
        acts = watcher.refreshing and (act_after is None or _placed_or_created(order) >= act_after)
        scene = Scene(
            store=world.store,
            order=order,
            intents=by_order[order.id],
            switches=world.switches,
            heard=world.delivery.heard,
            looks=world.gateway.looks[intent.order],
            watcher=replace(watcher, refreshing=acts),
        )
        rows.append(_facts(world, order, intent) | {"expect": scene.expect(intent).show()})
    return rows


def _facts(world: World, order: Record, intent: Intent) -> dict[str, Any]:
    payment = intent.payment
    gateway = world.store.ever(payment).one["payment_gateway"]
    return {
        "order_id": order.id,
        "order_number": order.attributes["number"],
        "payment_type": payment.type,
        "payment_id": payment.id,
        "story": world.player.stories.get(order.id, "manual"),
        "is_source": order.one.get("payment_source") == payment,
        "heard": payment in world.delivery.heard.open,
        "events_lost": order.id in world.delivery.unheard,
        "order_status": order.attributes["status"],
        "payment_status": order.attributes["payment_status"],
        "intent": intent.state,
        "webhook_lost": intent.webhook_lost,
        "created_at": epoch(order.attributes["created_at"]),
        "placed_at": _time(order.attributes.get("placed_at")),
        "authorized_at": intent.authorized_at,
        "moved_at": intent.moved_at,
        "settled_at": intent.moved_at,
        "moved_by": intent.moved_by,
        "amount_cents": order.attributes["total_amount_cents"],
        "currency": order.attributes["currency_code"],
        "gateway": gateway._asdict(),
    }


def _placed_or_created(order: Record) -> float:
    return epoch(order.attributes.get("placed_at") or order.attributes["created_at"])


def _time(text: str | None) -> float | None:
    return None if text is None else epoch(text)
