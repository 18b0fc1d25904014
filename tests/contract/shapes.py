"""Answers of the real API, re-typed with made-up values: only their shapes matter."""

from __future__ import annotations

from typing import Any

TIME = "2026-01-31T12:00:00.000Z"
BASE: dict[str, Any] = {
    "created_at": TIME,
    "updated_at": TIME,
    "reference": None,
    "reference_origin": None,
    "metadata": {},
}
TOO_MANY = {"errors": {"title": "Too Many Requests", "code": "THROTTLED", "status": 429}}
NO_RECORD = {
    "errors": [
        {
            "title": "Record not found",
            "detail": "The requested resource was not found. Please double-check the resource id.",
            "code": "RECORD_NOT_FOUND",
            "status": "404",
        }
    ]
}
INVALID = {
    "errors": [
        {
            "title": "has already been taken",
            "detail": "name - has already been taken",
            "code": "VALIDATION_ERROR",
            "source": {"pointer": "/data/attributes/name"},
            "status": "422",
            "meta": {"error": "taken", "value": "made up"},
        }
    ]
}
TOKEN = {
    "access_token": "made.up.token",
    "token_type": "Bearer",
    "expires_in": 7200,
    "scope": "market:all",
    "created_at": 1_800_000_000,
}
WEBHOOK = BASE | {
    "name": "made up",
    "topic": "orders.place",
    "callback_url": "http://127.0.0.1:9/",
    "include_resources": ["payment_source"],
    "disabled_at": None,
    "circuit_state": "closed",
    "circuit_failure_count": 0,
    "shared_secret": "made-up",
}
METHOD = BASE | {
    "name": "made up",
    "payment_source_type": "stripe_payments",
    "currency_code": "EUR",
    "moto": False,
    "require_capture": True,
    "auto_place": False,
    "auto_capture": False,
    "price_amount_cents": 0,
    "price_amount_float": 0.0,
    "formatted_price_amount": "€0,00",
    "auto_capture_max_amount_cents": None,
    "auto_capture_max_amount_float": None,
    "formatted_auto_capture_max_amount": None,
    "disabled_at": None,
}
TRANSACTION = BASE | {
    "number": "1001/T/001",
    "currency_code": "EUR",
    "amount_cents": 4200,
    "amount_float": 42.0,
    "formatted_amount": "€42,00",
    "succeeded": True,
    "message": "Success!",
    "error_code": None,
    "error_detail": None,
    "token": "pi_made_up",
    "gateway_transaction_id": "pi_made_up",
}


def shape(value: Any) -> Any:
    """Give a JSON value's form: the names and kinds in it, without what they say."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    return [shape(each) for each in value] if isinstance(value, list) else type(value).__name__


def part(attributes: dict[str, Any], of: dict[str, Any]) -> dict[str, Any]:
    """Give the attributes that a re-typed record has; older answers lacked newer ones."""
    return {name: value for name, value in attributes.items() if name in of}
