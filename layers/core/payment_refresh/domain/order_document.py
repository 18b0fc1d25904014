"""Parse an order from a JSON:API document: a webhook body, a look, or the response to a refresh."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payment_refresh.domain.order import Authorization, Order
from payment_refresh.domain.payment import REFRESHABLE, is_id
from payment_refresh.errors import UnreadableOrder
from payment_refresh.times import read_time

if TYPE_CHECKING:
    from collections.abc import Mapping

ORDER_FIELDS = (
    "number",
    "status",
    "payment_status",
    "total_amount_with_taxes_cents",
    "currency_code",
    "placed_at",
    "cancelled_at",
    "payment_updated_at",
    "created_at",
    "updated_at",
)


ORDER_RELATIONS = ("payment_source", "authorizations", "payment_method")


AUTHORIZATION_FIELDS = ("succeeded", "error_code", "created_at", "payment_source")


PAYMENT_METHOD_FIELDS = ("payment_source_type", "auto_place")


LONGEST_TEXT = 256


LARGEST_AMOUNT = 10**15
"""Cents; larger values are dropped, as DynamoDB stores at most 38 digits."""


def read_order(document: object) -> Order:
    """Parse the order that is a document's primary data.

    Raises
    ------
    UnreadableOrder
        The document is not JSON:API, its data is not a single order, or the order has no status.
    """
    if not isinstance(document, dict):
        raise UnreadableOrder("the body is not a JSON:API document: send the order as a webhook does")
    return order_from(document.get("data"), index_included(document))


def index_included(document: Mapping[str, Any]) -> dict[tuple[str, str], Mapping[str, Any]]:
    """Index a document's included records by type and id; anything that is not a record is skipped."""
    included = document.get("included")
    if not isinstance(included, list):
        return {}
    return {
        (record["type"], record["id"]): record
        for record in included
        if isinstance(record, dict) and isinstance(record.get("type"), str) and isinstance(record.get("id"), str)
    }


def order_from(record: object, included: Mapping[tuple[str, str], Mapping[str, Any]]) -> Order:
    """Parse one order record, with the records that the document included.

    Raises
    ------
    UnreadableOrder
        As `read_order`.
    """
    if not isinstance(record, dict) or record.get("type") != "orders" or not is_id(record.get("id")):
        raise UnreadableOrder("data is not an order: type must be 'orders', and id an id of Commerce Layer")
    attributes = _mapping(record.get("attributes"))
    status, payment_status = text(attributes, "status"), text(attributes, "payment_status")
    if status is None or payment_status is None:
        raise UnreadableOrder(f"order {record['id']} has no status and payment_status")
    source_known, source = linked(record, "payment_source")
    source_type, source_id = source or (None, None)
    payment = _mapping(_mapping(included.get(source or ("", ""))).get("attributes"))
    kind = REFRESHABLE.get(source_type or "")
    _, method = linked(record, "payment_method")
    method_attributes = _mapping(_mapping(included.get(method or ("", ""))).get("attributes"))
    return Order(
        id=record["id"],
        number=text(attributes, "number"),
        status=status,
        payment_status=payment_status,
        amount_cents=_amount(attributes.get("total_amount_with_taxes_cents")),
        currency=text(attributes, "currency_code"),
        placed_at=read_time(attributes.get("placed_at")),
        cancelled_at=read_time(attributes.get("cancelled_at")),
        created_at=read_time(attributes.get("created_at")),
        updated_at=read_time(attributes.get("updated_at")),
        payment_updated_at=read_time(attributes.get("payment_updated_at")),
        source_known=source_known,
        source_type=source_type,
        source_id=source_id,
        gateway_id=text(payment, kind.gateway_id) if kind and kind.gateway_id else None,
        mismatched=payment.get("mismatched_amounts") is True,
        auto_place=method_attributes.get("auto_place") is True,
        authorizations=_authorizations(record, included),
    )


def _authorizations(
    record: Mapping[str, Any], included: Mapping[tuple[str, str], Mapping[str, Any]]
) -> tuple[Authorization, ...]:
    links = _mapping(_mapping(record.get("relationships")).get("authorizations")).get("data")
    found = []
    for link in links if isinstance(links, list) else []:
        authorization = included.get(_identity(link) or ("", ""))
        if authorization is None:
            continue
        attributes = _mapping(authorization.get("attributes"))
        _, source = linked(authorization, "payment_source")
        found.append(
            Authorization(
                id=authorization["id"],
                payment_id=source[1] if source else None,
                succeeded=attributes.get("succeeded") is True,
                error_code=text(attributes, "error_code"),
                created_at=read_time(attributes.get("created_at")),
            )
        )
    return tuple(found)


def linked(record: Mapping[str, Any], relation: str) -> tuple[bool, tuple[str, str] | None]:
    """Return whether a relation has data (only included relations do), and return the identity it refers to."""
    relationship = _mapping(_mapping(record.get("relationships")).get(relation))
    return "data" in relationship, _identity(relationship.get("data"))


def _identity(link: object) -> tuple[str, str] | None:
    if isinstance(link, dict) and isinstance(link.get("type"), str) and is_id(link.get("id")):
        return link["type"], link["id"]
    return None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _amount(value: object) -> int | None:
    return value if type(value) is int and abs(value) <= LARGEST_AMOUNT else None


def text(attributes: Mapping[str, Any], name: str) -> str | None:
    """Read a string to store and log; None if it is not one, is too long, or contains an unpaired surrogate."""
    value = attributes.get(name)
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        return None
    try:
        value.encode()
    except UnicodeEncodeError:
        return None
    return value
