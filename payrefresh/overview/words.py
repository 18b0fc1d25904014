"""The vocabulary of watches in sentences that a support person understands.

Every word of `payment_refresh.domain.vocabulary` that a row can bear has its sentence here. A word of a later
version has none, and is shown as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from payment_refresh.domain.verdict import Kind
from payment_refresh.domain.vocabulary import (
    CheckSource,
    Evidence,
    FoundBy,
    Notice,
    OutboxItem,
    Reason,
    SettledBy,
    Status,
    WatchClass,
)
from payment_refresh.domain.watch import NOT_FOUND

if TYPE_CHECKING:
    from collections.abc import Mapping


class Advice(NamedTuple):
    """What something means, and what to do about it; empty where there is nothing to do."""

    meaning: str
    to_do: str = ""


STATUSES: Mapping[str, str] = {
    Status.WATCHING: "the payment is pending and is asked about again and again",
    Status.SETTLED: "the payment was authorized or paid",
    Status.CLOSED: "nothing is left to wait for",
    Status.MISSING: "Commerce Layer has no such payment any more, and its order was placed",
    Status.REPORTED: "the payment stayed pending to the end, and nothing is done about it unasked",
    Status.ABANDONED: "the shopper never came back to this cart",
    Status.DEAD_LETTERED: "the payment stayed pending to the end, and waits for a person",
}

REASONS: Mapping[str, Advice] = {
    Reason.STAYED_PENDING: Advice(
        "it was asked about to the end, and was never authorized",
        "look the payment up at the gateway; if it was paid there, find out why Commerce Layer does not see it",
    ),
    Reason.REFRESH_FAILING: Advice(
        "Commerce Layer answered whenever it was looked at, but never when it was to be refreshed",
        "look the payment up at the gateway, whose account may be closed, and ask Commerce Layer's support",
    ),
    Reason.CANNOT_PROCESS: Advice(
        "its processing crashed at every attempt, which is a defect of this stack",
        "read the log of the function refresh (message_failed, a crash, or a timeout), and report the defect",
    ),
    Reason.CANCELLED: Advice("the order was cancelled"),
    Reason.REPLACED: Advice("the order has another payment source now"),
    Reason.DELETED: Advice("the cart, or its payment, was deleted"),
    Reason.REVERSED: Advice("the payment was voided or refunded"),
    Reason.FREE: Advice("the order costs nothing, and was not placed"),
    Reason.ACKNOWLEDGED: Advice("a person said that nothing is left to do"),
}

NOTICES: Mapping[str, Advice] = {
    Notice.ATTEMPT_FAILED: Advice(
        "the gateway declined the last attempt to pay; the shopper may try again with the same payment"
    ),
    Notice.AMOUNT_MISMATCH: Advice(
        "less is held than the order costs, or another amount was authorized",
        "compare what is held with the order's total, and decide: refund, charge the rest, or accept it",
    ),
    Notice.SUPERSEDED: Advice(
        "the order was paid with another payment, and this one holds money as well",
        "void or refund one of the two payments",
    ),
    Notice.ON_CANCELLED_ORDER: Advice("money came to the order after its cancellation", "void or refund it"),
    Notice.KEPT_AFTER_CANCELLATION: Advice(
        "money from before the cancellation was still held a day after it",
        "void or refund it, unless it is to be kept",
    ),
    Notice.NOT_PLACED: Advice(
        "the money is there, but the order was never placed", "place the order, or give the money back"
    ),
}

CLASSES: Mapping[str, str] = {WatchClass.PLACED: "placed order", WatchClass.CART: "cart"}

FOUND_BY: Mapping[str, str] = {
    FoundBy.EVENT: "an order event announced it",
    FoundBy.DISCOVER: "discover found it, without an order event",
    FoundBy.MANUAL: "a person asked for it",
    FoundBy.REDRIVE: "its dead letter was redriven",
}

SETTLED_BY: Mapping[str, str] = {
    SettledBy.WEBHOOK: "by the gateway's webhook",
    SettledBy.REFRESH: "by a refresh of this stack",
}

EVIDENCE: Mapping[str, str] = {
    Evidence.MONEY: "both payments hold money",
    Evidence.AUTHORIZATION_ONLY: "both were authorized; whether one was voided or refunded could not be read",
}

CHECKS: Mapping[str, str] = {
    CheckSource.EVENT: "An order event came",
    CheckSource.LOOK: "Looked at the order",
    CheckSource.REFRESH: "Asked Commerce Layer to refresh the payment",
}
"""How the state of an order was seen, as the beginning of a sentence."""

VERDICTS: Mapping[str, str] = {
    Kind.PENDING: "the payment was still pending",
    Kind.SETTLED: "the money was there, and the order placed",
    Kind.SETTLED_UNPLACED: "the money was there, but the order was not placed",
    Kind.CLOSED: "there was nothing left to wait for",
    NOT_FOUND: "Commerce Layer did not show the payment",
}
"""What was seen then, as the end of that sentence."""

OUTBOX: Mapping[str, str] = {
    OutboxItem.DEAD_LETTER: "the dead letter",
    OutboxItem.NOT_PLACED: "that the money is there and the order is not placed",
    OutboxItem.PLACED_AFTER_ALL: "that the order was placed after all",
    OutboxItem.PLACED_LATE: "that a refresh placed a cart long after its shopper left, who may have ordered again",
    OutboxItem.ABANDONED: "that the cart was abandoned",
    OutboxItem.AMOUNT_MISMATCH: "that another amount was authorized than the order costs",
    OutboxItem.ATTEMPT_FAILED: "that the gateway declined an attempt to pay",
    OutboxItem.CLOSED: "that nothing is left to wait for",
    OutboxItem.MISSING: "that the payment is gone from Commerce Layer",
    OutboxItem.ON_CANCELLED_ORDER: "that a cancelled order has money",
    OutboxItem.SETTLED: "that the payment settled",
    OutboxItem.STILL_PENDING: "that the payment stayed pending to the end",
    OutboxItem.SUPERSEDED: "that the order may have been charged twice",
}
"""What is sent, as the end of a sentence."""

GATEWAYS: Mapping[str, str] = {
    "stripe_payments": "Stripe",
    "checkout_com_payments": "Checkout.com",
    "satispay_payments": "Satispay",
}
"""Names of the gateways, by the type of their payments."""


def sentence(text: str) -> str:
    """The text with a capital letter and a full stop."""
    return f"{text[:1].upper()}{text[1:]}."


def said(words: Mapping[str, str], word: str) -> str:
    """The sentence of a word; a word of a later version stands for itself."""
    return words.get(word, f"{word} (a word of a later version)")


def advised(words: Mapping[str, Advice], word: str) -> Advice:
    """What a word means and what to do; a word of a later version stands for itself."""
    return words.get(word, Advice(f"{word} (a word of a later version)"))
