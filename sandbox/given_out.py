"""All secrets that a sandbox made or gave out, for a run to be searched for them. They open nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.gateways import GATEWAYS
from sandbox.payments import PAYMENT_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.world import World

_RECORDS = {
    "payment's secret": (tuple(PAYMENT_KINDS), ("client_secret", "payment_session_secret", "token")),
    "webhook's shared secret": (("webhooks",), ("shared_secret",)),
    "gateway's webhook secret": (tuple(kind.name for kind in GATEWAYS), ("webhook_endpoint_secret",)),
}
"""Which attributes of which records are secrets."""


def given_out(world: World) -> dict[str, list[str]]:
    """Give every secret, by what it is."""
    found = {
        "client id": [world.config.client.client_id],
        "client secret": [client.client_secret for client in world.config.clients.values()],
        "access token": list(world.tokens.issued),
    }
    for what, (types, names) in _RECORDS.items():
        records = (record for kind in types for record in world.store.all(kind))
        found[what] = [secret for record in records for secret in _texts(record.attributes, names)]
    return found


def _texts(attributes: dict[str, Any], names: tuple[str, ...]) -> Iterator[str]:
    """Give the texts under these names, however deep they stand."""
    for name, value in attributes.items():
        if isinstance(value, dict):
            yield from _texts(value, names)
        elif name in names and isinstance(value, str):
            yield value
