"""What really happened, order by order: what a watcher must have ended with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.organization import order_of
from sandbox.store import epoch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.gateway import Gateway, Intent
    from sandbox.store import Record, Store

BEFORE_S = 0.25
"""A webhook that moved an order this shortly before a refresh arrived: nobody outside can tell them apart."""
AFTER_S = 0.5
"""The same while a refresh is served, and this shortly after."""


def truth(store: Store, gateway: Gateway, stories: Mapping[str, str], *, refreshing: bool) -> list[dict[str, Any]]:
    """Give one row for each payment; final once the scenario is finished.

    `refreshing` is False for a watcher that only observes: what no webhook moves then stays as it is. Times
    are epoch seconds.
    """
    rows = []
    for intent in gateway.intents.values():
        payment = store.must(intent.payment)
        order = order_of(store, payment)
        status = _status(order, intent, _movers(gateway, store, order), refreshing=refreshing)
        rows.append(
            {
                "order_id": order.id,
                "order_number": order.attributes["number"],
                "payment_type": payment.type,
                "payment_id": payment.id,
                "story": stories.get(order.id, "by_hand"),
                "expect": {
                    "status": status,
                    "settled_by": _settled_by(intent) if status == ["settled"] else [],
                },
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
            }
        )
    return rows


def _movers(gateway: Gateway, store: Store, order: Record) -> list[Intent]:
    return [
        each
        for each in gateway.intents.values()
        if each.moved_by is not None and order_of(store, store.must(each.payment)) is order
    ]


def _status(order: Record, intent: Intent, movers: list[Intent], *, refreshing: bool) -> list[str]:
    if intent in movers:
        # Authorized and later voided: which of both a watcher saw last is its own affair.
        return ["settled"] if order.attributes["payment_status"] != "voided" else ["settled", "closed"]
    if movers or order.attributes["status"] == "cancelled":
        return ["closed"]
    if intent.state == "authorized" and (refreshing or not intent.webhook_lost):
        return ["settled"]
    return ["abandoned"] if order.attributes["status"] == "pending" else ["dead_lettered"]


def _settled_by(intent: Intent) -> list[str]:
    if intent.moved_at is None:
        return ["refresh"] if intent.webhook_lost else ["refresh", "webhook"]
    if intent.moved_by == "refresh":
        return ["refresh"]
    moved_at = intent.moved_at
    close = any(
        arrived_at - BEFORE_S <= moved_at <= answered_at + AFTER_S for arrived_at, answered_at in intent.refreshes
    )
    return ["refresh", "webhook"] if close else ["webhook"]


def _time(text: str | None) -> float | None:
    return None if text is None else epoch(text)
