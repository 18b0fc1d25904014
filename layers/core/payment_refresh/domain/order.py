"""The part of an order that shows the state of its payment: plain data."""

from __future__ import annotations

from dataclasses import dataclass, replace

from payment_refresh.domain.payment import REFRESHABLE, PaymentKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """An attempt to authorize one of the order's payments."""

    id: str
    payment_id: str | None
    succeeded: bool
    error_code: str | None
    created_at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The attributes of an order that determine the state of its payment.

    Times are ISO 8601 UTC with milliseconds (``2026-01-31T12:00:00.000Z``), so they compare as text.
    Attributes that the document left out are None. ``source_known`` distinguishes "the order has no payment
    source" from "the document did not include it".
    """

    id: str
    number: str | None = None
    status: str
    payment_status: str
    amount_cents: int | None = None
    currency: str | None = None
    placed_at: str | None = None
    cancelled_at: str | None = None
    created_at: str | None = None
    updated_at: str | None = None
    payment_updated_at: str | None = None
    source_known: bool = False
    source_type: str | None = None
    source_id: str | None = None
    gateway_id: str | None = None
    mismatched: bool = False
    auto_place: bool = False
    authorizations: tuple[Authorization, ...] = ()

    @property
    def payment(self) -> PaymentKey | None:
        """The order's current payment; None if it has none that can be refreshed."""
        if self.source_type in REFRESHABLE and self.source_id is not None:
            return PaymentKey(self.source_type, self.source_id)
        return None


def merge_refresh_answer(looked: Order, refreshed: Order | None, payment: PaymentKey) -> Order:
    """Combine a look with the response to the refresh that followed it.

    The response to a refresh contains less than a look; the rest is taken from the look. If its order is older
    than the look, it is stale and ignored. If the order had another payment source and the response does not
    include the current one, only the next look can decide: Commerce Layer may have switched the order to the
    refreshed payment.
    """
    if refreshed is None or refreshed.id != looked.id:
        return looked
    if refreshed.updated_at and looked.updated_at and refreshed.updated_at < looked.updated_at:
        return looked
    if refreshed.source_known:
        return replace(refreshed, auto_place=looked.auto_place, authorizations=looked.authorizations)
    if looked.source_known and looked.payment != payment:
        return looked
    return replace(
        refreshed,
        source_known=looked.source_known,
        source_type=looked.source_type,
        source_id=looked.source_id,
        gateway_id=looked.gateway_id,
        mismatched=looked.mismatched,
        auto_place=looked.auto_place,
        authorizations=looked.authorizations,
    )
