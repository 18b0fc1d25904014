"""Transactions: authorizations, captures, voids and refunds of an order's payments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.payments import PAYMENT_KINDS, fill
from sandbox.store import Record, iso, new_id

if TYPE_CHECKING:
    import random

    from sandbox.config import Clock
    from sandbox.store import Store


_KINDS = ("authorizations", "captures", "voids", "refunds")


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a transaction.

    Attributes
    ----------
    message
        The gateway's own words; a failed one may bear nothing else.
    follows
        The transaction it follows on: what a capture or void is of, or a refund.
    """

    amount_cents: int
    message: str
    succeeded: bool = True
    error_code: str | None = None
    follows: Record | None = None


class Transactions:
    """Makes transactions, and finds those of an order."""

    def __init__(self, store: Store, clock: Clock, ids: random.Random) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids

    def add(self, kind: str, order: Record, payment: Record, result: Result) -> Record:
        """Make a transaction of the order, e.g. of ``authorizations``."""
        now = iso(self._clock())
        number = sum(len(order.many.get(each, ())) for each in _KINDS) + 1
        # A gateway has one id for an intent and all that comes of it.
        intent = fill({"id": PAYMENT_KINDS[payment.type].intent_id}, payment.id)["id"]
        transaction = Record(
            kind,
            new_id(self._ids),
            {
                "number": f"{order.attributes['number']}/T/{number:03d}",
                "type": kind,
                "payment_method_type": "credit card",
                "succeeded": result.succeeded,
                "message": result.message,
                "error_code": result.error_code,
                "error_detail": result.message if result.error_code else None,
                "token": intent,
                "gateway_transaction_id": intent,
                "currency_code": order.attributes["currency_code"],
                **money("amount", result.amount_cents),
                "created_at": now,
                "updated_at": now,
                "metadata": {},
            },
            one={"order": order.ref, "payment_source": payment.ref},
            oddities=order.oddities,
        )
        order.many[kind] = (*order.many.get(kind, ()), transaction.ref)
        if result.follows is not None:
            transaction.one[f"reference_{result.follows.type.removesuffix('s')}"] = result.follows.ref
            result.follows.many[kind] = (*result.follows.many.get(kind, ()), transaction.ref)
        return self._store.add(transaction)

    def succeeded(self, kind: str, order: Record) -> list[Record]:
        """Give an order's transactions of a kind that went well, the oldest first."""
        found = (self._store.must(ref) for ref in order.many.get(kind, ()))
        return [each for each in found if each.attributes["succeeded"]]


def money(name: str, cents: int) -> dict[str, Any]:
    """Write an amount in the three forms that it has: in cents, as a float, formatted."""
    formatted = f"€{cents // 100},{cents % 100:02d}"
    return {f"{name}_cents": cents, f"{name}_float": cents / 100, f"formatted_{name}": formatted}
