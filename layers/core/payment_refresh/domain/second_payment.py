"""A second payment: evidence that the shopper paid an order twice. Evidence is money, not a record. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.domain.money import NOTHING, are_reversals_attributed, holdings
from payment_refresh.domain.vocabulary import Evidence

if TYPE_CHECKING:
    from payment_refresh.domain.money import Holding
    from payment_refresh.domain.order import Order
    from payment_refresh.domain.payment import PaymentKey


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondPayment:
    """The payment that holds an order's whole cost, while the watched one holds money as well.

    Attributes
    ----------
    payment_id
        Its id in Commerce Layer.
    held_cents
        What it holds; None where an amount cannot be read.
    evidence
        Whether it is certain that both hold money, or only that both were authorized once.
    """

    payment_id: str
    held_cents: int | None
    evidence: Evidence


def find_second_payment(order: Order, payment: PaymentKey) -> SecondPayment | None:
    """Find the payment that holds the order's whole cost while this one holds money under other ids."""
    if not order.authorizations_known:
        return None
    held = holdings(order)
    ours = held.get(payment.id, NOTHING)
    if not ours.is_money:
        return None
    for payment_id, other in sorted(held.items()):
        if payment_id != payment.id and _covers(other, order) and not ours.transactions & other.transactions:
            is_certain = (
                are_reversals_attributed(order)
                and None not in (ours.cents, other.cents, order.amount_cents)
                and ours.are_all_named
                and other.are_all_named
            )
            evidence = Evidence.MONEY if is_certain else Evidence.AUTHORIZATION_ONLY
            return SecondPayment(payment_id=payment_id, held_cents=other.cents, evidence=evidence)
    return None


def _covers(other: Holding, order: Order) -> bool:
    """Whether it holds all that the order costs, as far as amounts can be read."""
    if other.cents is None or order.amount_cents is None:
        return other.is_money
    return other.cents > 0 and other.cents >= order.amount_cents
