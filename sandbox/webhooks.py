"""The rules of webhook records: one topic each, a generated secret, and their triggers."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sandbox.errors import ApiError, validation_error
from sandbox.query import parse_include
from sandbox.resources import TYPES
from sandbox.store import Record, iso

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.store import Store

CIRCUIT_OPENS_AT = 30
"""Failures in a row after which a webhook is called no more."""
CIRCUIT_STATES = ("closed", "open")
_TRANSACTION = "create failed succeeded"
TOPICS = frozenset(
    f"{resource}.{event}"
    for resource, events in {
        "orders": "approve authorize cancel cancel_fulfilling cancel_subscriptions create create_subscriptions "
        "destroy draft fulfill pay pending place placing rebuild_shipments refund start_editing "
        "start_fulfilling stop_editing tagged tax_calculation_failed void",
        "authorizations": _TRANSACTION,
        "captures": _TRANSACTION,
        "refunds": _TRANSACTION,
        "voids": _TRANSACTION,
        "transactions": "create refused",
    }.items()
    for event in events.split()
)
"""All topics that can be registered; the sandbox fires those of orders and authorizations it can bring about."""


def new_webhook(webhook_id: str, attributes: Mapping[str, Any], now: float) -> Record:
    """Make a webhook from the attributes of a request.

    Raises
    ------
    ApiError
        422 when the topic is not exactly one known topic, or the callback URL or an include cannot be.
    """
    record = Record(
        "webhooks",
        webhook_id,
        {
            "name": None,
            "topic": None,
            "callback_url": None,
            "include_resources": [],
            "disabled_at": None,
            "circuit_state": "closed",
            "circuit_failure_count": 0,
            "shared_secret": secrets.token_hex(16),
            "metadata": {},
            "created_at": iso(now),
        },
    )
    update_webhook(record, attributes, now)
    return record


def update_webhook(record: Record, attributes: Mapping[str, Any], now: float) -> None:
    """Change a webhook: plain attributes, and triggers that are true."""
    triggers = {name for name, value in attributes.items() if name.startswith("_") and value}
    changed = record.attributes | {name: value for name, value in attributes.items() if not name.startswith("_")}
    _validate(changed)
    changed["updated_at"] = iso(now)
    if "_disable" in triggers:
        changed["disabled_at"] = iso(now)
    if "_enable" in triggers:
        changed["disabled_at"] = None
    if "_reset_circuit" in triggers:
        changed |= {"circuit_state": "closed", "circuit_failure_count": 0}
    if "_regenerate_shared_secret" in triggers:
        changed["shared_secret"] = secrets.token_hex(16)
    record.attributes = changed


def set_circuits(store: Store, wanted: Mapping[str, Any]) -> list[str]:
    """Set the circuits as if calls had failed or not.

    `circuit_state` is needed; `circuit_failure_count` says how many calls failed in a row (else none, or as many
    as open it), and `topic` means the webhooks of one only.

    Returns
    -------
    The topics whose webhooks were set.

    Raises
    ------
    ValueError
        When something is unknown, or no webhook is meant.
    """
    state, topic = wanted.get("circuit_state"), wanted.get("topic")
    failures = wanted.get("circuit_failure_count", CIRCUIT_OPENS_AT if state == "open" else 0)
    if state not in CIRCUIT_STATES or wanted.keys() - {"circuit_state", "circuit_failure_count", "topic"}:
        raise ValueError(
            f"circuit_state must be one of {', '.join(CIRCUIT_STATES)}; "
            "topic and circuit_failure_count are all else that is known"
        )
    if type(failures) is not int or failures < 0:
        raise ValueError(f"circuit_failure_count must be a whole number, 0 or more, got {failures!r}")
    meant = [each for each in store.all("webhooks") if topic in (None, each.attributes["topic"])]
    if not meant:
        raise ValueError(f"no webhook of topic {topic}" if topic else "no webhook is registered")
    for webhook in meant:
        webhook.attributes |= {"circuit_state": state, "circuit_failure_count": failures}
    return [each.attributes["topic"] for each in meant]


def _validate(attributes: Mapping[str, Any]) -> None:
    topic, url, include = (attributes[name] for name in ("topic", "callback_url", "include_resources"))
    if not isinstance(topic, str) or topic not in TOPICS:
        raise validation_error(
            "topic must be exactly one known topic", "topic", {"error": "inclusion", "value": topic}
        )
    parts = urlsplit(url if isinstance(url, str) else "")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise validation_error("callback_url must be a URL", "callback_url", {"error": "invalid", "value": url})
    if not isinstance(include, list) or not all(isinstance(each, str) for each in include):
        raise validation_error("include_resources must be a list of relations", "include_resources")
    resource = TYPES.get(topic.partition(".")[0])
    try:
        if resource is not None:
            parse_include(resource, include)
    except ApiError as error:
        raise validation_error(str(error), "include_resources", {"error": "invalid"}) from error
