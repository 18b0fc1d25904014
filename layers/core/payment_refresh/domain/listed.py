"""What Commerce Layer's lists tell: pages of orders, webhooks, gateways."""

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
"""The topics whose webhooks tell us of payments; each needs one of its own."""


GATEWAYS = ("stripe_gateways", "checkout_com_gateways")
"""Gateways that tell whether Commerce Layer's webhook is registered with them; Satispay's do not."""
