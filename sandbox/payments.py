"""Attributes of each payment type by stage: made, authorized, declined. Data, not code."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

_INSTRUMENT = {"payment_instrument": {"issuer": "cl bank", "card_type": "visa"}}


@dataclass(frozen=True, slots=True)
class PaymentKind:
    """Attributes of one payment type by stage; ``{id}`` stands for the payment's id.

    `intent_id` is the gateway's own id of the payment, which all transactions of it bear.
    """

    method_name: str
    intent_id: str
    made: dict[str, Any]
    authorized: dict[str, Any]
    declined: dict[str, Any] = field(default_factory=dict)


PAYMENT_KINDS: dict[str, PaymentKind] = {
    "stripe_payments": PaymentKind(
        method_name="Stripe Payment",
        intent_id="pi_{id}",
        made={
            "stripe_id": "pi_{id}",
            "client_secret": "pi_{id}_secret_made_up",
            "publishable_key": "pk_made_up_{id}",
            "options": {},
            "mismatched_amounts": False,
        },
        authorized={
            "charge_id": "ch_{id}",
            "payment_method": {"id": "pm_{id}", "card": {"brand": "visa", "last4": "4242"}},
            **_INSTRUMENT,
        },
    ),
    "checkout_com_payments": PaymentKind(
        method_name="Checkout.com Payment",
        intent_id="pay_{id}",
        made={
            "public_key": "pk_made_up_{id}",
            "token": "tok_{id}",
            "payment_session": {"id": "ps_{id}", "payment_session_secret": "pss_made_up_{id}"},
            "redirect_uri": "https://api.checkout.example/3ds/{id}",
            "payment_response": {"id": "pay_{id}", "status": "Pending"},
            "mismatched_amounts": False,
        },
        authorized={"payment_response": {"id": "pay_{id}", "status": "Authorized"}, **_INSTRUMENT},
        declined={"payment_response": {"id": "pay_{id}", "status": "Declined"}},
    ),
    "satispay_payments": PaymentKind(
        method_name="Satispay Payment",
        intent_id="sp_{id}",
        made={
            "payment_id": "sp_{id}",
            "flow": "MATCH_CODE",
            "status": "PENDING",
            "payment_url": "https://online.satispay.example/pay/{id}",
            "payment_response": {"id": "sp_{id}", "status": "PENDING"},
        },
        authorized={"status": "ACCEPTED", "payment_response": {"id": "sp_{id}", "status": "ACCEPTED"}},
    ),
    "paypal_payments": PaymentKind(
        method_name="PayPal Payment",
        intent_id="PAYID-{id}",
        made={
            "paypal_id": "PAYID-{id}",
            "status": "created",
            "approval_url": "https://paypal.example/approve/{id}",
            "mismatched_amounts": False,
        },
        authorized={"status": "approved", "paypal_payer_id": "PAYER{id}"},
    ),
    "wire_transfers": PaymentKind(
        method_name="Bank transfer",
        intent_id="wt_{id}",
        made={},
        authorized={},
    ),
}


def fill(attributes: dict[str, Any], record_id: str) -> dict[str, Any]:
    """Put a record's id into the attributes of its kind."""
    return {name: _fill(value, record_id) for name, value in attributes.items()}


def _fill(value: Any, record_id: str) -> Any:
    if isinstance(value, dict):
        return fill(value, record_id)
    return value.replace("{id}", record_id) if isinstance(value, str) else value
