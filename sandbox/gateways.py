"""The payment gateways as the API shows them: resource types, their records, and their webhook endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.payments import fill
from sandbox.schema import Relation, ResourceType
from sandbox.store import Record, iso

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.config import Switches
    from sandbox.store import Ref, Store

_OWN: dict[str, dict[str, Any]] = {
    "stripe_gateways": {
        "connected_account": None,
        "auto_payments": False,
        "webhook_endpoint_id": "we_made_up_{id}",
        "webhook_endpoint_secret": "whsec_made_up_{id}",
    },
    "checkout_com_gateways": {
        "webhook_endpoint_id": "wf_made_up_{id}",
        "webhook_endpoint_secret": "whsec_made_up_{id}",
    },
    # Satispay calls the URL it is given with each payment: its gateway has no endpoint of its own.
    "satispay_gateways": {"token": "MADEUP", "key_id": "made-up-key-id"},
    "paypal_gateways": {},
    "manual_gateways": {"require_capture": True},
}
"""Attributes of each type besides those that all have; ``{id}`` stands for the gateway's id.

The secrets are made up and open nothing.
"""

REGISTERS = "_refresh_webhook_secrets"
"""The trigger with which a gateway's webhook endpoint is read again, or made: its id and its secret."""

TRIGGERS = {"stripe_gateways": frozenset({REGISTERS, "_update_webhooks", "_check"})}
"""The triggers of each type that has any."""

SECOND_GATEWAY = "sNdBxGtw04"
"""The second gateway of the type that has two."""

_ENDPOINT = ("webhook_endpoint_id", "webhook_endpoint_secret")

_GATEWAYS = (
    ("stripe_gateways", "sNdBxGtw01", "stripe gateway"),
    ("checkout_com_gateways", "sNdBxGtw02", "checkout_com gateway"),
    ("satispay_gateways", "sNdBxGtw03", "satispay gateway"),
    ("stripe_gateways", SECOND_GATEWAY, "second stripe gateway"),
    ("paypal_gateways", "sNdBxGtw05", "paypal gateway"),
    ("manual_gateways", "sNdBxGtw06", "bank transfers"),
)
"""Type, id and name of each gateway; a merchant with two brands has two of one type."""

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


def payment_type_of(name: str) -> str:
    """Name the type of the payments that gateways of a type make, e.g. ``stripe_payments``."""
    return "wire_transfers" if name == "manual_gateways" else name.replace("_gateways", "_payments")


GATEWAYS = tuple(
    ResourceType(
        name=name,
        attributes=(*_SHARED, *own),
        relations={
            "payment_methods": Relation(("payment_methods",), many=True),
            "event_stores": Relation(("event_stores",), many=True, filterable=False, includable=False),
            payment_type_of(name): Relation((payment_type_of(name),), many=True),
        },
        filterable=frozenset(
            {"name", "disabled_at", "created_at", "updated_at", "reference", "reference_origin", "metadata"}
        ),
        triggers=TRIGGERS.get(name, frozenset()),
        methods=frozenset({"list", "retrieve", "update"} if name in TRIGGERS else {"list", "retrieve"}),
    )
    for name, own in _OWN.items()
)
"""The gateways' types; of what can be changed of them, only a Stripe gateway's triggers are here."""

GATEWAY_TYPES = frozenset(_OWN)


def gateway_type(payment_type: str) -> str:
    """Name the type of the gateways of a payment type, e.g. ``stripe_gateways``."""
    return (
        "manual_gateways" if payment_type == "wire_transfers" else payment_type.replace("_payments", "_gateways")
    )


def gateway_of(store: Store, payment_type: str, gateway_id: str | None) -> Ref:
    """Name the gateway of a payment: that of the id if it is of the type, else the first of the type."""
    gateways = [gateway.ref for gateway in store.all(gateway_type(payment_type))]
    return next((gateway for gateway in gateways if gateway.id == gateway_id), gateways[0])


def add_gateways(store: Store, now: float) -> None:
    """Make the gateways."""
    for kind, gateway_id, name in _GATEWAYS:
        attributes = {
            "name": name,
            "webhook_endpoint_url": f"https://core.commercelayer.example/webhook_callbacks/{kind}/{gateway_id}",
            "metadata": {},
            "created_at": iso(now),
            "updated_at": iso(now),
            **fill(_OWN[kind], gateway_id),
        }
        store.add(Record(kind, gateway_id, attributes))


def pull_triggers(gateway: Record, attributes: Mapping[str, Any], now: float) -> None:
    """Do what the triggers say; the topics of an endpoint, and whether credentials are good, are not shown."""
    if attributes.get(REGISTERS):
        own = fill(_OWN[gateway.type], gateway.id)
        gateway.attributes |= {key: own[key] for key in _ENDPOINT if key in own} | {"updated_at": iso(now)}


def show_switches(store: Store, switches: Switches) -> None:
    """Let the gateways show what the switches say of them."""
    for name, own in _OWN.items():
        unregistered = name in switches.unregistered_gateways
        for gateway in store.all(name):
            gateway.attributes["force_payments"] = switches.force_payments
            for key in _ENDPOINT:
                if key in own:
                    gateway.attributes[key] = None if unregistered else fill(own, gateway.id)[key]
