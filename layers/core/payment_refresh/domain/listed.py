"""Results of Commerce Layer's lists: pages of orders, webhooks, gateways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payment_refresh.domain.order import Order


@dataclass(frozen=True, slots=True)
class OrderPage:
    """One page of a listing.

    Attributes
    ----------
    after
        Id after which the next page begins; None if this was the last page.
    """

    orders: Sequence[Order]
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookState:
    """One of the organization's webhooks.

    Attributes
    ----------
    is_open
        Whether its circuit is open: Commerce Layer sends it no more until a person resets it.
    is_disabled
        Whether somebody disabled it, or has not enabled it yet.
    failures
        How many deliveries in a row failed, retries included; at thirty, the circuit opens.
    """

    id: str
    topic: str
    callback_url: str
    is_open: bool = False
    is_disabled: bool = False
    failures: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayState:
    """A payment gateway, and whether Commerce Layer has a webhook endpoint there (``webhook_endpoint_id``)."""

    type: str
    id: str
    name: str
    has_webhook: bool


TOPICS = (
    "orders.pending",
    "orders.placing",
    "orders.place",
    "orders.authorize",
    "orders.pay",
    "orders.cancel",
    "orders.approve",
    "orders.void",
)
"""The topics of the order webhooks that this stack needs; each topic is a webhook of its own."""


GATEWAYS = ("stripe_gateways", "checkout_com_gateways")
"""Gateway types with a ``webhook_endpoint_id``; Satispay's has none."""
