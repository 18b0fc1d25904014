"""Contents of the state table, the dead-letter queue and the outcome bus, as plain values."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

ORDERS = "orders"
"""What the key of an order's own row begins with; the others begin with a payment type."""
_MARK = "mark#"
_deserialize = TypeDeserializer().deserialize


@dataclass(frozen=True, slots=True)
class Row:
    """One watch, as far as somebody outside the functions needs it. Times are seconds since the epoch."""

    key: str
    status: str
    settled_by: str | None = None
    due_at: float | None = None
    ended_at: float | None = None
    order_id: str | None = None
    round: int = 1
    refreshes: int = 0
    outbox: bool = False
    found_by: str | None = None
    notice: str | None = None
    reason: str | None = None

    @property
    def open(self) -> bool:
        """Whether something is still to be done for it."""
        return self.status == "watching" or self.outbox

    @property
    def is_order(self) -> bool:
        """Whether it is of an order whose payment was not known."""
        return self.key.startswith(f"{ORDERS}#")


@dataclass(frozen=True, slots=True)
class Letter:
    """One message of the dead-letter queue. `key` is the row's, None if the message is no letter of ours."""

    key: str | None
    round: int | None
    reason: str | None
    body: str


@dataclass(frozen=True, slots=True)
class Event:
    """One outcome event as it came off the bus.

    Attributes
    ----------
    kind
        The detail type, which rules match on.
    key
        The key of the watch it is about; None where the detail names neither payment nor order.
    """

    kind: str
    detail: Mapping[str, Any]
    key: str | None

    @property
    def needs_a_person(self) -> bool:
        """Whether it says that somebody must look at it."""
        return self.detail.get("needs_a_person") is True

    @property
    def id(self) -> str:
        """What an event that was sent again has in common with its first copy, and with no other."""
        return str(self.detail.get("id"))


def row_from_item(item: Mapping[str, AttributeValueTypeDef]) -> Row | None:
    """Return the watch that a table item is, or None for the marks that share the table."""
    values: Mapping[str, Any] = {name: _deserialize(value) for name, value in item.items()}
    if values["pk"].startswith(_MARK):
        return None
    return Row(
        key=values["pk"],
        status=values["status"],
        settled_by=values.get("settled_by"),
        due_at=_seconds(values.get("due_at")),
        ended_at=_seconds(values.get("ended_at")),
        order_id=values.get("order_id"),
        round=int(values.get("round", 1)),
        refreshes=int(values.get("refreshes", 0)),
        outbox=bool(values.get("outbox")),
        found_by=values.get("found_by"),
        notice=values.get("notice"),
        reason=values.get("reason"),
    )


def letter_from_body(body: str) -> Letter:
    """Return the letter that a message of the dead-letter queue is; any text is accepted."""
    try:
        parsed = json.loads(body)
    except json.JSONDecodeError:
        parsed = None
    if not isinstance(parsed, dict) or not {"type", "id", "round"} <= parsed.keys():
        return Letter(None, None, None, body)
    return Letter(f"{parsed['type']}#{parsed['id']}", parsed["round"], parsed.get("reason"), body)


def event_from_body(body: str) -> Event:
    """Return the event that a message from an EventBridge rule carries."""
    event = json.loads(body)
    detail = event["detail"]
    payment, order = detail.get("payment"), detail.get("order") or {}
    key: str | None = f"{ORDERS}#{order['id']}" if order.get("id") else None
    if payment:
        key = f"{payment.get('type')}#{payment.get('id')}"
    return Event(event["detail-type"], detail, key)


def _seconds(value: Any) -> float | None:
    return None if value is None else float(value)
