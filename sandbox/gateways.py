"""The payment gateways as the API shows them: resource types, one record of each, and their webhook endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.schema import Relation, ResourceType
from sandbox.store import Record, iso

if TYPE_CHECKING:
    from sandbox.config import Switches
    from sandbox.store import Store

_OWN: dict[str, dict[str, Any]] = {
    "stripe_gateways": {
        "connected_account": None,
        "auto_payments": False,
        "webhook_endpoint_id": "we_made_up_stripe",
        "webhook_endpoint_secret": "whsec_made_up_stripe",
    },
    "checkout_com_gateways": {
        "webhook_endpoint_id": "wf_made_up_checkout",
        "webhook_endpoint_secret": "whsec_made_up_checkout",
    },
    # Satispay calls the URL it is given with each payment: its gateway has no endpoint of its own.
    "satispay_gateways": {"token": "MADEUP", "key_id": "made-up-key-id"},
}
"""Attributes of each type besides those that all have. The secrets are made up and open nothing."""

_SHARED = (
    "name",
    "force_payments",
    "credential_keys",
    "disabled_at",
    "webhook_endpoint_url",
    "created_at",
    "updated_at",
    "reference",
    "reference_origin",
    "metadata",
)

GATEWAYS = tuple(
    ResourceType(
        name=name,
        attributes=(*_SHARED, *own),
        relations={
            "payment_methods": Relation(("payment_methods",), many=True),
            "event_stores": Relation(("event_stores",), many=True, filterable=False, includable=False),
            name.replace("_gateways", "_payments"): Relation((name.replace("_gateways", "_payments"),), many=True),
        },
        filterable=frozenset(
            {"name", "disabled_at", "created_at", "updated_at", "reference", "reference_origin", "metadata"}
        ),
    )
    for name, own in _OWN.items()
)
"""The gateways' types; read only here."""


def add_gateways(store: Store, now: float) -> None:
    """Make one gateway of each type."""
    for number, (name, own) in enumerate(_OWN.items(), 1):
        gateway_id = f"sNdBxGtw{number:02d}"
        attributes = {
            "name": f"{name.removesuffix('_gateways')} gateway",
            "webhook_endpoint_url": f"https://core.commercelayer.example/webhook_callbacks/{name}/{gateway_id}",
            "metadata": {},
            "created_at": iso(now),
            "updated_at": iso(now),
            **own,
        }
        store.add(Record(name, gateway_id, attributes))


def show_switches(store: Store, switches: Switches) -> None:
    """Let the gateways show what the switches say of them."""
    for name, own in _OWN.items():
        unregistered = name in switches.unregistered_gateways
        for gateway in store.all(name):
            gateway.attributes["force_payments"] = switches.force_payments
            for key in ("webhook_endpoint_id", "webhook_endpoint_secret"):
                if key in own:
                    gateway.attributes[key] = None if unregistered else own[key]
