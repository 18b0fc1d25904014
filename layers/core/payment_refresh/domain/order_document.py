"""Parse an order from a JSON:API document: a webhook body, a look, or the response to a refresh."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from payment_refresh.domain.order import Authorization, Order, Reversal
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


REVERSALS = ("voids", "refunds")
"""Relations of an order that show which money was given back."""


NEW_MODEL_RELATIONS = (
    "payment_sessions",
    "payment_transactions",
    "payment_authorizations",
    "payment_captures",
    "payment_voids",
    "payment_refunds",
)
"""Relations in which only orders of the new payments model have anything; webhooks may include them."""


AUTHORIZATION_FIELDS = (
    "succeeded",
    "error_code",
    "message",
    "amount_cents",
    "gateway_transaction_id",
    "created_at",
    "payment_source",
)


REVERSAL_FIELDS = ("succeeded", "amount_cents", "gateway_transaction_id", "payment_source")


PAYMENT_METHOD_FIELDS = ("payment_source_type", "auto_place", "auto_capture", "payment_gateway")


LONGEST_TEXT = 256

_AMOUNT = re.compile(r"-?[0-9]{1,16}")


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
    paid_with = included.get(source or ("", ""))
    payment = _attributes(paid_with)
    kind = REFRESHABLE.get(source_type or "")
    method = included.get(linked(record, "payment_method")[1] or ("", ""))
    gateway_type, gateway_id = _gateway(paid_with) or _gateway(method) or (None, None)
    authorizations_known, authorizations = _related(record, "authorizations", included)
    reversals = [_related(record, relation, included) for relation in REVERSALS]
    return Order(
        id=record["id"],
        number=_number(attributes),
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
        payment_gateway_type=gateway_type,
        payment_gateway_id=gateway_id,
        has_method=_has_one(record, "payment_method"),
        has_sessions=_has_sessions(record),
        mismatched=payment.get("mismatched_amounts") is True,
        auto_place=_flag(method, "auto_place"),
        auto_capture=_flag(method, "auto_capture"),
        authorizations=tuple(map(_authorization, authorizations)),
        authorizations_known=authorizations_known,
        reversals=tuple(_reversal(each) for _, found in reversals for each in found if _succeeded(each)),
        reversals_known=all(known for known, _ in reversals),
    )


def _has_sessions(record: Mapping[str, Any]) -> bool:
    """Whether a document shows payments of the new model.

    That it has a place for them tells only the version in which it is written. Neither does the version with which
    the order was created (``meta.created_with_version``) decide on the model.
    """
    taken = _attributes(record).get("payment_taken_sessions_count")
    relations = _mapping(record.get("relationships"))
    lists = (_mapping(relations.get(name)).get("data") for name in NEW_MODEL_RELATIONS)
    return (type(taken) is int and taken > 0) or any(isinstance(links, list) and links for links in lists)


def _has_one(record: Mapping[str, Any], relation: str) -> bool | None:
    """Whether a relation refers to a record; None where the document does not say."""
    is_known, identity = linked(record, relation)
    return identity is not None if is_known else None


def _related(
    record: Mapping[str, Any], relation: str, included: Mapping[tuple[str, str], Mapping[str, Any]]
) -> tuple[bool, list[Mapping[str, Any]]]:
    """Whether a list of records came with the document, all of it, and what came."""
    relationship = _mapping(_mapping(record.get("relationships")).get(relation))
    links = relationship.get("data")
    if not isinstance(links, list):
        return False, []
    found = [included.get(_identity(link) or ("", "")) for link in links]
    return None not in found, [each for each in found if each is not None]


def _authorization(record: Mapping[str, Any]) -> Authorization:
    attributes = _attributes(record)
    return Authorization(
        id=record["id"],
        payment_id=_source_id(record),
        succeeded=_succeeded(record),
        error_code=text(attributes, "error_code"),
        message=_message(attributes),
        created_at=read_time(attributes.get("created_at")),
        amount_cents=_amount(attributes.get("amount_cents")),
        transaction_id=text(attributes, "gateway_transaction_id"),
    )


def _message(attributes: Mapping[str, Any]) -> str | None:
    """Read how a message begins, which shows whether it is a failure's; it is neither stored nor logged."""
    message = attributes.get("message")
    return message[:LONGEST_TEXT] if isinstance(message, str) else None


def _reversal(record: Mapping[str, Any]) -> Reversal:
    attributes = _attributes(record)
    return Reversal(
        payment_id=_source_id(record),
        transaction_id=text(attributes, "gateway_transaction_id"),
        amount_cents=_amount(attributes.get("amount_cents")),
    )


def _succeeded(record: Mapping[str, Any]) -> bool:
    return _attributes(record).get("succeeded") is True


def _source_id(record: Mapping[str, Any]) -> str | None:
    _, source = linked(record, "payment_source")
    return source[1] if source else None


def _gateway(record: Mapping[str, Any] | None) -> tuple[str, str] | None:
    return None if record is None else linked(record, "payment_gateway")[1]


def _flag(record: Mapping[str, Any] | None, name: str) -> bool | None:
    """Read what is yes or no; an attribute that is null means no, one that is left out means nothing."""
    attributes = _attributes(record)
    return attributes[name] is True if name in attributes else None


def _attributes(record: Mapping[str, Any] | None) -> Mapping[str, Any]:
    return _mapping(_mapping(record).get("attributes"))


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
    """Read an amount; older documents have it as a string."""
    if isinstance(value, str) and _AMOUNT.fullmatch(value):
        value = int(value)
    return value if type(value) is int and abs(value) <= LARGEST_AMOUNT else None


def _number(attributes: Mapping[str, Any]) -> str | None:
    """Read the order's number; older documents have it as an integer."""
    number = attributes.get("number")
    return str(number) if type(number) is int and abs(number) <= LARGEST_AMOUNT else text(attributes, "number")


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
