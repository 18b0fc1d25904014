"""Conversion between a watch and its DynamoDB item, whose attributes a person can read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from copy import replace
from dataclasses import fields
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from payment_refresh.domain.payment import PaymentKey
from payment_refresh.domain.vocabulary import (
    CheckSource,
    DueClass,
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
"""Version of the row's form; a release increments it that writes words or attributes which the one before lacks.

A row bears the highest version that wrote it. Nothing is decided by it: a row is read by what it has.
"""

Item = Mapping[str, Any]

_SERIALIZER, _DESERIALIZER = TypeSerializer(), TypeDeserializer()
_CHECK_FIELDS = tuple(field.name for field in fields(Check) if field.name != "unknown")
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
    "unknown",
    "later_due_class",
}
_PLAIN = tuple(field.name for field in fields(Watch) if field.name not in _CONVERTED)
"""What stands in an item as it stands in a watch."""

_WORDS = {"status", "class", "found_by", "due_class", "settled_by", "reason", "notice", "evidence"}
_READ = {*_PLAIN, *_WORDS, "pk", "schema_version", "outbox", "announced"}
"""The attributes of an item that this version reads, but for the checks."""


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
    }
    checks = {"L": [{"M": _to_map(check)} for check in watch.checks]}
    # What a later version wrote comes last: its schema version stands.
    return _serialized(values) | {"checks": checks} | dict(watch.unknown)


def from_item(item: Item) -> Watch:
    """Convert an item to a watch.

    A later version may have written it: words, kinds, attributes and parts of checks that this one does not know
    are kept in the watch, and written back as they were.

    Raises
    ------
    UnreadableRow
        The item lacks what every version writes, or has it in another type.
    """
    row: dict[str, Any] = {}
    try:
        row = _deserialized(item, _READ)
        unknown = {name: value for name, value in item.items() if name not in _READ and name != "checks"}
        if row.get("schema_version", 0) > SCHEMA_VERSION:
            unknown["schema_version"] = item["schema_version"]
        watch = Watch(
            key=PaymentKey.parse(row["pk"]),
            status=Status(row["status"]),
            watch_class=WatchClass(row["class"]),
            found_by=FoundBy(row.get("found_by", FoundBy.EVENT)),
            checks=tuple(_from_map(check["M"]) for check in item["checks"]["L"]) if "checks" in item else (),
            settled_by=SettledBy(row["settled_by"]) if "settled_by" in row else None,
            reason=Reason(row["reason"]) if "reason" in row else None,
            notice=Notice(row["notice"]) if "notice" in row else None,
            evidence=Evidence(row["evidence"]) if "evidence" in row else None,
            outbox=frozenset(map(OutboxItem, row.get("outbox", ()))),
            announced=frozenset(map(OutboxItem, row.get("announced", ()))),
            unknown=unknown,
            **{"due_at": None} | {name: row[name] for name in _PLAIN if name in row},
        )
        due_class = DueClass(row["due_class"]) if "due_class" in row else None
    except (KeyError, TypeError, ValueError, PaymentRefreshError) as error:
        raise UnreadableRow(f"row {row.get('pk', '?')!r:.100} cannot be read: {error!r:.200}") from error
    if due_class is not None and (watch.is_unknown_end or not due_class.is_known):
        return replace(watch, later_due_class=due_class)
    return watch


def _to_map(check: Check) -> dict[str, Any]:
    return _serialized({name: getattr(check, name) for name in _CHECK_FIELDS}) | dict(check.unknown)


def _from_map(values: Item) -> Check:
    known = _deserialized(values, _CHECK_FIELDS)
    unknown = {name: value for name, value in values.items() if name not in _CHECK_FIELDS}
    return Check(**known | {"by": CheckSource(known["by"])}, unknown=unknown)


def _serialized(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _SERIALIZER.serialize(value) for name, value in values.items() if value is not None}


def _deserialized(values: Item, names: Collection[str]) -> dict[str, Any]:
    return {name: _plain(_DESERIALIZER.deserialize(value)) for name, value in values.items() if name in names}


def _plain(value: Any) -> Any:
    """Convert the deserializer's ``Decimal`` values to ``int``: all our numbers are integers."""
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value if isinstance(value, str | bool) or value is None else int(value)
