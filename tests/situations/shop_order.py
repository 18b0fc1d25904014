"""One order as Commerce Layer knows it, shown as the JSON:API documents of webhooks, bus events and looks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from payment_refresh.domain.order_document import read_order
from payment_refresh.domain.payment import PaymentKey

if TYPE_CHECKING:
    from payment_refresh.domain.order import Order

type Json = dict[str, Any]

STRIPE, CHECKOUT, SATISPAY = "stripe_payments", "checkout_com_payments", "satispay_payments"
KINDS = (STRIPE, CHECKOUT, SATISPAY)

BUS = ("payment_source",)
"""Relations of an order that comes by a bus."""

WEBHOOK = (*BUS, "payment_method", "authorizations")
"""Relations of an order in a webhook's body."""

SESSIONS = "payment_sessions"
"""Relation of an order of the new payments model, which a webhook may include."""

LOOK = (*WEBHOOK, "voids", "refunds")
"""Relations of an order that is looked at."""

GATEWAY_IDS = {STRIPE: "stripe_id", SATISPAY: "payment_id"}
TRANSACTIONS = ("authorizations", "voids", "refunds")


@dataclass(slots=True, kw_only=True)
class ShopOrder:
    """An order with its payments and transactions.

    Attributes
    ----------
    kind
        Type of its first payment, which is the one that is watched.
    payments
        Attributes of each payment, by its id.
    source
        Type and id of the current payment source; None where it has none.
    method
        Attributes of its payment method.
    gateway
        Type and id of the payment gateway of its method, in Commerce Layer.
    transactions
        Records of authorizations, voids and refunds.
    left_out
        Relations that no document of it includes.
    sessions
        Ids of its payment sessions; None for an order of the old payments model. One of the new model has neither
        payment method nor payment source, and a document that includes them says so.
    """

    name: str
    kind: str
    attributes: Json
    payments: dict[str, Json] = field(default_factory=dict)
    source: tuple[str, str] | None = None
    method: Json = field(default_factory=dict)
    gateway: tuple[str, str] | None = None
    transactions: dict[str, list[Json]] = field(default_factory=lambda: {name: [] for name in TRANSACTIONS})
    left_out: frozenset[str] = frozenset()
    sessions: tuple[str, ...] | None = None

    @property
    def id(self) -> str:
        """The order's id."""
        return f"order-{self.name}"

    @property
    def key(self) -> PaymentKey:
        """The payment that is watched: its first."""
        return PaymentKey(self.kind, f"pay-{self.name}")

    def use(self, kind: str, id_: str) -> None:
        """Let another payment be the current one."""
        self.payments.setdefault(id_, payment(kind, id_))
        self.source = (kind, id_)

    def record(self, relation: str, *, of: tuple[str, str] | None, **attributes: Any) -> Json:
        """Add a transaction of a payment."""
        number = sum(map(len, self.transactions.values())) + 1
        made = {
            "type": relation,
            "id": f"{relation[:4]}-{self.name}-{number}",
            "attributes": {"succeeded": True, "message": None, "error_code": None} | attributes,
            "relationships": {} if of is None else {"payment_source": {"data": link(*of)}},
        }
        self.transactions[relation].append(made)
        return made

    def document(self, relations: tuple[str, ...] = LOOK) -> Json:
        """The document with these relations included; all others are links, without data."""
        shown = [name for name in relations if name not in self.left_out]
        relationships: Json = {name: {"links": {"related": f"/api/orders/{self.id}/{name}"}} for name in LOOK}
        included: list[Json] = []
        if "payment_source" in shown:
            relationships["payment_source"]["data"] = link(*self.source) if self.source else None
            if self.source:
                included.append(link(*self.source) | {"attributes": self.payments[self.source[1]]})
        if "payment_method" in shown and self.method:
            method_id = f"method-{self.name}"
            relationships["payment_method"]["data"] = link("payment_methods", method_id)
            shown_gateway = {"payment_gateway": {"data": link(*self.gateway)}} if self.gateway else {}
            included.append(
                link("payment_methods", method_id) | {"attributes": self.method, "relationships": shown_gateway}
            )
        if "payment_method" in shown and self.sessions is not None:
            relationships["payment_method"]["data"] = None
        if SESSIONS in shown and self.sessions is not None:
            relationships[SESSIONS] = {"data": [link(SESSIONS, each) for each in self.sessions]}
        for name in TRANSACTIONS:
            if name in shown:
                records = self.transactions[name]
                relationships[name]["data"] = [link(name, each["id"]) for each in records]
                included += records
        data = link("orders", self.id) | {"attributes": self.attributes, "relationships": relationships}
        return {"data": data, "included": included}

    def shown(self, relations: tuple[str, ...] = LOOK) -> Order:
        """The order that is read from such a document."""
        return read_order(self.document(relations))


def link(kind: str, id_: str) -> Json:
    """A resource identifier."""
    return {"type": kind, "id": id_}


def payment(kind: str, id_: str) -> Json:
    """The attributes of a payment."""
    name = GATEWAY_IDS.get(kind)
    shown: Json = {} if kind == SATISPAY else {"mismatched_amounts": False}
    return shown | ({name: f"gw_{id_}"} if name else {})
