"""The Commerce Layer organization that the local stack talks to."""

from __future__ import annotations

from dataclasses import dataclass, field

TOPICS = (
    "orders.pending",
    "orders.place",
    "orders.placing",
    "orders.authorize",
    "orders.pay",
    "orders.cancel",
    "orders.approve",
    "orders.void",
)
"""The order webhooks that the stack is to get."""

INCLUDED = ("payment_source", "payment_method", "authorizations")
"""What each of them has to include."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """Where an organization is, and the credentials of an integration in it. `mode` is `live` or `test`."""

    base_url: str
    auth_url: str
    slug: str
    mode: str
    client_id: str
    client_secret: str = field(repr=False)
