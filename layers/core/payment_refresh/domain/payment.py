"""The payment types that can be refreshed, and the key of a payment.

Commerce Layer offers ``_refresh`` on exactly these types
(https://docs.commercelayer.io/core/api-reference, attributes of each payment resource).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from payment_refresh.errors import InvalidKey

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentType:
    """A payment resource of Commerce Layer that has the ``_refresh`` trigger.

    Attributes
    ----------
    name
        JSON:API type; also the path segment of the resource.
    gateway_id
        Attribute that holds the gateway's id of the payment; None if there is none.
    mismatch
        Whether the resource has ``mismatched_amounts`` (its amount differs from the order's).
    """

    name: str
    gateway_id: str | None
    mismatch: bool

    @property
    def fields(self) -> tuple[str, ...]:
        """The attributes to request; client secrets of the payment are not among them."""
        wanted = (self.gateway_id, "mismatched_amounts" if self.mismatch else None, "updated_at")
        return tuple(name for name in wanted if name)


REFRESHABLE = {
    kind.name: kind
    for kind in (
        PaymentType(name="stripe_payments", gateway_id="stripe_id", mismatch=True),
        PaymentType(name="checkout_com_payments", gateway_id=None, mismatch=True),
        PaymentType(name="satispay_payments", gateway_id="payment_id", mismatch=False),
    )
}

NOT_REFRESHABLE = (
    "adyen_payments",
    "axerve_payments",
    "braintree_payments",
    "external_payments",
    "klarna_payments",
    "paypal_payments",
    "wire_transfers",
)
"""Other payment sources an order may have; some contain client tokens."""

GATEWAYS = (
    "adyen_gateways",
    "axerve_gateways",
    "braintree_gateways",
    "checkout_com_gateways",
    "external_gateways",
    "klarna_gateways",
    "manual_gateways",
    "paypal_gateways",
    "satispay_gateways",
    "stripe_gateways",
)
"""The gateways a payment method may have; their records contain keys and webhook secrets."""

ORDERS = "orders"
"""Type in the key of an order whose payment source is not known yet."""


@dataclass(frozen=True, slots=True, order=True)
class PaymentKey:
    """Identifies one payment; its text form ``{type}#{id}`` is the key of its row.

    Raises
    ------
    InvalidKey
        The type cannot be refreshed, or the id is not safe in a URL.
    """

    type: str
    id: str

    def __post_init__(self) -> None:
        if self.type not in REFRESHABLE and self.type != ORDERS:
            known = ", ".join(REFRESHABLE)
            raise InvalidKey(f"type {self.type!r:.80} cannot be refreshed; send one of {known}")
        if not is_id(self.id):
            raise InvalidKey(f"id {self.id!r:.80} is not an id of Commerce Layer")

    def __str__(self) -> str:
        return f"{self.type}#{self.id}"

    @property
    def is_order(self) -> bool:
        """Whether only the order is known, and its payment source must be looked up."""
        return self.type == ORDERS

    @classmethod
    def parse(cls, text: str) -> PaymentKey:
        """Parse ``{type}#{id}``."""
        kind, _, payment_id = text.partition("#")
        return cls(kind, payment_id)


def is_id(text: object) -> bool:
    """Return whether this can be a Commerce Layer id: 1 to 64 letters, digits, ``-`` or ``_``."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None
