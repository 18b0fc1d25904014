"""JSON:API documents of an order, shaped as Commerce Layer sends them in webhooks and lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payment_refresh.domain.order_document import read_order
from payment_refresh.domain.payment import PaymentKey

if TYPE_CHECKING:
    from payment_refresh.domain.order import Order

ORDER_ID, PAYMENT_ID, OTHER_ID, METHOD_ID = "pLaCeAbCdE", "eqRZMSaNqM", "oThErAbCdE", "mEtHodAbCd"
STRIPE = "stripe_payments"
PAYMENT = PaymentKey(STRIPE, PAYMENT_ID)
OTHER = PaymentKey(STRIPE, OTHER_ID)

CREATED, PLACED, UPDATED = "2026-01-31T11:58:00.000Z", "2026-01-31T12:00:00.000Z", "2026-01-31T12:00:01.000Z"

type Json = dict[str, Any]


def attributes(**changes: Any) -> Json:
    """The attributes of a placed, unpaid order."""
    return {
        "number": "1003",
        "status": "placed",
        "payment_status": "unpaid",
        "fulfillment_status": "unfulfilled",
        "customer_email": "shopper@example.com",
        "currency_code": "EUR",
        "total_amount_with_taxes_cents": 9900,
        "placed_at": PLACED,
        "cancelled_at": None,
        "payment_updated_at": None,
        "created_at": CREATED,
        "updated_at": UPDATED,
    } | changes


def link(kind: str, id_: str) -> Json:
    """A resource identifier."""
    return {"type": kind, "id": id_}


def links(name: str) -> Json:
    """A relationship that was not included: links, and no data."""
    return {"links": {"related": f"https://your-org.commercelayer.io/api/orders/{ORDER_ID}/{name}"}}


def payment(kind: str = STRIPE, id_: str = PAYMENT_ID, **attrs: Any) -> Json:
    """A payment source as an included record; the secrets are made up."""
    given = {
        "stripe_id": "pi_3SampleMadeUp",
        "client_secret": "pi_3SampleMadeUp_secret",
        "mismatched_amounts": False,
    }
    return {"type": kind, "id": id_, "attributes": given | attrs, "relationships": {"order": links("order")}}


def attempt(id_: str, *, of: str | None = PAYMENT_ID, **attrs: Any) -> Json:
    """An authorization as an included record; ``of`` None where it does not show its payment source."""
    source = links("payment_source") if of is None else {"data": link(STRIPE, of)}
    given = {"succeeded": False, "error_code": None, "created_at": "2026-01-31T12:00:20.000Z"}
    return {
        "type": "authorizations",
        "id": id_,
        "attributes": given | attrs,
        "relationships": {"payment_source": source},
    }


def failed(id_: str, *, of: str | None = PAYMENT_ID, **attrs: Any) -> Json:
    """An authorization that failed with an error."""
    return attempt(id_, of=of, error_code="card_declined", **attrs)


def through(id_: str, cents: int | None = 9900, *, of: str | None = PAYMENT_ID, **attrs: Any) -> Json:
    """An authorization that succeeded, of its own gateway transaction unless it is said which."""
    given = {"succeeded": True, "amount_cents": cents, "gateway_transaction_id": f"transaction-{id_}"}
    return attempt(id_, of=of, **given | attrs)


def reversal(kind: str, id_: str, cents: int | None = 9900, *, of: str | None = PAYMENT_ID, **attrs: Any) -> Json:
    """A void or refund that succeeded."""
    return through(id_, cents, of=of, **attrs) | {"type": kind}


def method(*, auto_place: bool, **attrs: Any) -> Json:
    """A payment method as an included record."""
    given = {"payment_source_type": STRIPE, "auto_place": auto_place}
    return {"type": "payment_methods", "id": METHOD_ID, "attributes": given | attrs, "relationships": {}}


def document(
    source: Json | None = None,
    attempts: list[Json] | None = None,
    auto_place: bool | None = None,
    back: list[Json] | None = None,
    **changes: Any,
) -> Json:
    """An order's document, with the payment source, transactions and payment method it includes.

    Without ``source`` the order's payment source is not included, so that it is not known. ``back`` are the voids
    and refunds.
    """
    relations = ("payment_source", "authorizations", "voids", "refunds", "payment_method")
    relationships = {name: links(name) for name in relations}
    included: list[Json] = []
    if source is not None:
        relationships["payment_source"]["data"] = link(source["type"], source["id"])
        included.append(source)
    if attempts is not None:
        relationships["authorizations"]["data"] = [link("authorizations", record["id"]) for record in attempts]
        included += attempts
    for kind in ("voids", "refunds") if back is not None else ():
        found = [record for record in back or () if record["type"] == kind]
        relationships[kind]["data"] = [link(kind, record["id"]) for record in found]
        included += found
    if auto_place is not None:
        relationships["payment_method"]["data"] = link("payment_methods", METHOD_ID)
        included.append(method(auto_place=auto_place))
    data = link("orders", ORDER_ID) | {"attributes": attributes(**changes), "relationships": relationships}
    return {"data": data, "included": included}


def order(
    *,
    source: Json | None = None,
    attempts: list[Json] | None = None,
    auto_place: bool | None = None,
    back: list[Json] | None = None,
    **changes: Any,
) -> Order:
    """The order of such a document; its payment is ``PAYMENT`` where nothing else is said."""
    return read_order(document(source or payment(), attempts, auto_place, back, **changes))
