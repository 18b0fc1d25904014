"""What passes through the ports and is no word of the domain of its own.

Apart from the protocols: these are needed when functions run, and a cold start would pay for the protocols too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payment_refresh.order import Order
    from payment_refresh.payment import PaymentKey

READS = "reads"
"""The circuit of all calls that only read; each payment type's refreshes have one of their own."""


@dataclass(frozen=True, slots=True)
class OrderPage:
    """One page of a listing.

    Attributes
    ----------
    after
        The id behind which the next page begins; None where this was the last.
    """

    orders: Sequence[Order]
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookState:
    """One of the organization's webhooks; ``broken`` where its circuit is open or somebody disabled it."""

    id: str
    topic: str
    callback_url: str
    broken: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayState:
    """One payment gateway, and whether a webhook of ours is registered there (``webhook_endpoint_id``)."""

    type: str
    id: str
    name: str
    has_webhook: bool


@dataclass(frozen=True, slots=True)
class Due:
    """A row of the due index: all that a claim needs.

    Attributes
    ----------
    key
        The row's key.
    due_at
        Epoch seconds UTC; the claim is conditional on it.
    """

    key: PaymentKey
    due_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaceReading:
    """How the pace stands: both averages from 0 to 1, and in how many seconds the next slot is free."""

    utilisation: float
    unsettled_share: float
    free_in: float
