"""Money: what the payments of an order hold, as its transactions show it. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payment_refresh.domain.order import Authorization, Order, Reversal


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What one payment of an order holds.

    Attributes
    ----------
    cents
        Succeeded authorizations less what was given back; None where an amount cannot be read.
    transactions
        The gateway's ids of these authorizations.
    are_all_named
        Whether each authorization has such an id, so that it is certain that no other means the same money.
    """

    cents: int | None
    transactions: frozenset[str]
    are_all_named: bool

    @property
    def is_money(self) -> bool:
        """Whether anything is held."""
        return self.cents is None or self.cents > 0


NOTHING = Holding(cents=0, transactions=frozenset(), are_all_named=True)


def holdings(order: Order) -> Mapping[str, Holding]:
    """Give what each payment of an order holds, by the payment's id.

    Two records of one gateway transaction are counted once: they mean the same money.
    """
    succeeded = _succeeded(order)
    given_back: dict[str, list[Reversal]] = defaultdict(list)
    for reversal in order.reversals:
        given_back[_owner_of_reversal(reversal, succeeded) or ""].append(reversal)
    return {
        payment_id: _holding(authorizations, given_back[payment_id])
        for payment_id, authorizations in succeeded.items()
    }


def owner(authorization: Authorization, order: Order) -> str:
    """Name the payment of an authorization; one without a payment source belongs to the order's current one."""
    return authorization.payment_id or order.source_id or ""


def are_reversals_attributed(order: Order) -> bool:
    """Whether it is known what was given back, and of which payment."""
    succeeded = _succeeded(order)
    return order.reversals_known and all(_owner_of_reversal(each, succeeded) for each in order.reversals)


def total_held(order: Order) -> int | None:
    """Give what all payments of an order hold together; None where that cannot be read.

    An order that has money and shows no succeeded authorization at all shows nothing that can be read.
    """
    if not order.authorizations_known or not any(each.succeeded for each in order.authorizations):
        return None
    total, seen = 0, set[str]()
    for holding in holdings(order).values():
        if holding.cents is None:
            return None
        total += 0 if seen & holding.transactions else holding.cents
        seen |= holding.transactions
    return total


def _succeeded(order: Order) -> Mapping[str, list[Authorization]]:
    """Give the succeeded authorizations of each payment, one for each gateway transaction."""
    found: dict[str, dict[str, Authorization]] = defaultdict(dict)
    for each in order.authorizations:
        if each.succeeded:
            found[owner(each, order)].setdefault(each.transaction_id or each.id, each)
    return {payment_id: list(by_transaction.values()) for payment_id, by_transaction in found.items()}


def _holding(authorizations: list[Authorization], reversals: list[Reversal]) -> Holding:
    held = [each.amount_cents for each in authorizations]
    back = [each.amount_cents for each in reversals]
    cents: int | None
    if None in back:  # it does not say how much: what it reverses is the whole
        cents = 0
    elif None in held:
        cents = None
    else:
        cents = max(0, sum(filter(None, held)) - sum(filter(None, back)))
    return Holding(
        cents=cents,
        transactions=frozenset(each.transaction_id or each.id for each in authorizations),
        are_all_named=all(each.transaction_id for each in authorizations),
    )


def _owner_of_reversal(reversal: Reversal, succeeded: Mapping[str, list[Authorization]]) -> str | None:
    """Name the payment whose money was given back: as it says, or by its transaction, or the only one there is."""
    if reversal.payment_id is not None:
        return reversal.payment_id
    named = [
        payment_id
        for payment_id, authorizations in succeeded.items()
        if reversal.transaction_id in {each.transaction_id for each in authorizations}
    ]
    if reversal.transaction_id is not None and named:
        return named[0]
    return next(iter(succeeded)) if len(succeeded) == 1 else None
