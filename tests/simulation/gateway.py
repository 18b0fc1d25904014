"""Gateways behind Commerce Layer: what they hold of each payment, and how a refresh of it fails, where it does."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from payment_refresh.domain.payment import PaymentKey


class Failing(StrEnum):
    """How every refresh of a payment fails, while looks at its order are answered."""

    ERROR = "500"
    TIMEOUT = "no answer"
    REFUSED = "401"


class Shortfall(StrEnum):
    """What an order shows where less is authorized than it costs."""

    PARTLY = "partially_authorized"
    FLAGGED = "unpaid, with mismatched amounts"
    SETTLED = "authorized, with mismatched amounts"


@dataclass(slots=True, kw_only=True)
class Intent:
    """A payment as the gateway knows it, and how much of it Commerce Layer has heard.

    Attributes
    ----------
    account
        The gateway's account that it belongs to; several accounts may be of one type.
    transaction
        The gateway's id of what it authorized.
    money
        Cents that the gateway holds; None where it holds nothing.
    shortfall
        What the order shows where that is less than its total.
    failures
        Attempts that failed.
    speaks
        Whether such an attempt bears an error's code, and not a message alone.
    captured_after
        Seconds from the authorization to its capture, where that follows by itself.
    is_voided
        Whether what was authorized is voided at the same time.
    """

    key: PaymentKey
    order_id: str
    account: str
    transaction: str
    money: int | None = None
    shortfall: Shortfall = Shortfall.PARTLY
    failures: int = 0
    speaks: bool = True
    captured_after: float | None = None
    is_voided: bool = False
    heard_money: bool = False
    heard_failures: int = 0
