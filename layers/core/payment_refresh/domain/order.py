"""The part of an order that shows the state of its payment: plain data."""

from __future__ import annotations

from dataclasses import dataclass, replace

from payment_refresh.domain.payment import REFRESHABLE, PaymentKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """An attempt to authorize one of the order's payments.

    Attributes
    ----------
    payment_id
        None where the document does not say; then it is the order's current payment.
    amount_cents
        In the smallest currency unit; None where it cannot be read.
    transaction_id
        The gateway's id of the transaction, which tells whether two records mean the same money.
    """

    id: str
    payment_id: str | None
    succeeded: bool
    error_code: str | None
    message: str | None = None
    created_at: str | None
    amount_cents: int | None = None
    transaction_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """A void or refund that succeeded: money that was given back; None where the document does not say."""

    payment_id: str | None = None
    transaction_id: str | None = None
    amount_cents: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The attributes of an order that determine the state of its payment.

    Times are ISO 8601 UTC with milliseconds (``2026-01-31T12:00:00.000Z``), so they compare as text.
    Attributes that the document left out are None. ``source_known`` distinguishes "the order has no payment
    source" from "the document did not include it"; so do ``authorizations_known`` and ``reversals_known``.

    Attributes
    ----------
    gateway_id
        The gateway's own id of the payment, such as Stripe's intent.
    payment_gateway_type, payment_gateway_id
        Commerce Layer's resource of the gateway.
    has_method
        Whether the order has a payment method; None where the document does not say.
    has_sessions
        Whether the document shows payments of the new model, which the order then is of; False proves nothing.
    mismatched
        Whether Commerce Layer says that the payment's amount is not the order's.
    auto_place, auto_capture
        What the payment method does by itself once a payment is authorized.
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
    payment_gateway_type: str | None = None
    payment_gateway_id: str | None = None
    has_method: bool | None = None
    has_sessions: bool = False
    mismatched: bool = False
    auto_place: bool | None = None
    auto_capture: bool | None = None
    authorizations: tuple[Authorization, ...] = ()
    authorizations_known: bool = False
    reversals: tuple[Reversal, ...] = ()
    reversals_known: bool = False

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
    if not refreshed.source_known and looked.source_known and looked.payment != payment:
        return looked
    kept: dict[str, object] = {name: getattr(looked, name) for name in _OF_THE_METHOD}
    if not refreshed.source_known:
        kept |= {name: getattr(looked, name) for name in _OF_THE_SOURCE}
    payments = {each.id: each.payment_id for each in looked.authorizations}
    kept["authorizations"] = tuple(
        replace(each, payment_id=each.payment_id or payments.get(each.id)) for each in refreshed.authorizations
    )
    if not refreshed.authorizations_known:
        kept["authorizations"] = looked.authorizations
        if refreshed.payment_status == looked.payment_status:
            kept |= {name: getattr(looked, name) for name in _OF_THE_MONEY}
    return replace(refreshed, **kept)  # type: ignore[arg-type]  # the fields are of many types


_OF_THE_METHOD = ("has_method", "auto_place", "auto_capture")
"""Only looks show it."""

_OF_THE_MONEY = ("authorizations_known", "reversals", "reversals_known")
"""Known from the look, as long as the money has not moved."""

_OF_THE_SOURCE = (
    "source_known",
    "source_type",
    "source_id",
    "gateway_id",
    "payment_gateway_type",
    "payment_gateway_id",
    "mismatched",
)
