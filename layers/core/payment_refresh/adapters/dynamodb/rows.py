"""Conversion between a watch and its DynamoDB item, whose attributes a person can read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from payment_refresh.domain.payment import PaymentKey
from payment_refresh.domain.vocabulary import (
    CheckSource,
    Evidence,
    FoundBy,
    Notice,
    OutboxItem,
    Reason,
    SettledBy,
    Status,
    WatchClass,
)
from payment_refresh.domain.watch import Check, Watch
from payment_refresh.errors import PaymentRefreshError, UnreadableRow

SCHEMA_VERSION = 1
"""Version of the row's schema; incremented when a release writes rows that the previous one cannot read."""

Item = Mapping[str, Any]

_SERIALIZER, _DESERIALIZER = TypeSerializer(), TypeDeserializer()
_CHECK_FIELDS = tuple(field.name for field in fields(Check))
_CONVERTED = {
    "key",
    "status",
    "watch_class",
    "found_by",
    "checks",
    "settled_by",
    "reason",
    "notice",
    "evidence",
    "outbox",
    "announced",
}
_PLAIN = tuple(field.name for field in fields(Watch) if field.name not in _CONVERTED)
"""What stands in an item as it stands in a watch."""


def to_item(watch: Watch) -> dict[str, Any]:
    """Convert a watch to an item; None values are left out, so a watch that is not due is not in the index."""
    values: dict[str, Any] = {name: getattr(watch, name) for name in _PLAIN}
    values |= {
        "pk": str(watch.key),
        "schema_version": SCHEMA_VERSION,
        "status": watch.status.value,
        "class": watch.watch_class.value,
        "found_by": watch.found_by.value,
        "due_class": None if watch.due_at is None else watch.due_class.value,
        "settled_by": watch.settled_by and watch.settled_by.value,
        "reason": watch.reason and watch.reason.value,
        "notice": watch.notice and watch.notice.value,
        "evidence": watch.evidence and watch.evidence.value,
        "outbox": sorted(item.value for item in watch.outbox) or None,
        "announced": sorted(item.value for item in watch.announced) or None,
        "checks": [
            {name: value for name in _CHECK_FIELDS if (value := getattr(check, name)) is not None}
            for check in watch.checks
        ],
    }
    return {name: _SERIALIZER.serialize(value) for name, value in values.items() if value is not None}


def from_item(item: Item) -> Watch:
    """Convert an item to a watch.

    Raises
    ------
    UnreadableRow
        The item cannot be read by this version.
    """
    row: dict[str, Any] = {}
    try:
        row = {name: _plain(_DESERIALIZER.deserialize(value)) for name, value in item.items()}
        return Watch(
            key=PaymentKey.parse(row["pk"]),
            status=Status(row["status"]),
            watch_class=WatchClass(row["class"]),
            found_by=FoundBy(row.get("found_by", FoundBy.EVENT)),
            checks=tuple(Check(**check | {"by": CheckSource(check["by"])}) for check in row.get("checks", ())),
            settled_by=SettledBy(row["settled_by"]) if "settled_by" in row else None,
            reason=Reason(row["reason"]) if "reason" in row else None,
            notice=Notice(row["notice"]) if "notice" in row else None,
            evidence=Evidence(row["evidence"]) if "evidence" in row else None,
            outbox=frozenset(map(OutboxItem, row.get("outbox", ()))),
            announced=frozenset(map(OutboxItem, row.get("announced", ()))),
            **{"due_at": None} | {name: row[name] for name in _PLAIN if name in row},
        )
    except (KeyError, TypeError, ValueError, PaymentRefreshError) as error:
        raise UnreadableRow(f"row {row.get('pk', '?')!r:.100} cannot be read: {error!r:.200}") from error


def _plain(value: Any) -> Any:
    """Convert the deserializer's ``Decimal`` values to ``int``: all our numbers are integers."""
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    return value if isinstance(value, str | bool) or value is None else int(value)
