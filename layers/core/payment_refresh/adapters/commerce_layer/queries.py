"""Requests to Commerce Layer: query parameters with sparse fields, and the body of a refresh.

Sparse fields keep the payments' client secrets out of every response. A relation is only returned if it is among
the fields (https://docs.commercelayer.io/core/sparse-fieldsets).
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from payment_refresh.domain.order_document import (
    AUTHORIZATION_FIELDS,
    ORDER_FIELDS,
    ORDER_RELATIONS,
    PAYMENT_METHOD_FIELDS,
    REVERSAL_FIELDS,
    REVERSALS,
)
from payment_refresh.domain.payment import GATEWAYS, NOT_REFRESHABLE, REFRESHABLE
from payment_refresh.rate_limit.budget import PAGE_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from payment_refresh.domain.discovery import Listing
    from payment_refresh.domain.payment import PaymentKey


@dataclass(slots=True)
class QueryFallback:
    """Query variants from the richest down; when the API rejects one, the next is tried."""

    levels: tuple[tuple[str, ...], ...]
    level: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, compare=False, repr=False)

    @property
    def current(self) -> tuple[str, ...]:
        """The richest level not rejected yet."""
        return self.levels[self.level]

    def fall_back(self, refused: tuple[str, ...]) -> bool:
        """Go one level down from what was refused; returns whether there is one to try.

        Several threads ask at once: where another one went down already, this level was not refused.
        """
        with self._lock:
            if self.current == refused and self.level + 1 >= len(self.levels):
                return False
            self.level += self.current == refused
            return True


GATEWAY = "payment_method.payment_gateway"
SOURCES = ("authorizations.payment_source", "voids.payment_source", "refunds.payment_source")
"""Relations of an order's relations: its gateway, and the payment of each transaction."""


def order_includes() -> QueryFallback:
    """Relations to include with an order: all, then all but one that may be refused, then fewer and fewer."""
    everything = (*ORDER_RELATIONS, *REVERSALS, GATEWAY, *SOURCES)

    def without(*names: str) -> tuple[str, ...]:
        return tuple(name for name in everything if name not in names)

    return QueryFallback(
        (
            everything,
            without(GATEWAY),
            without(*SOURCES[1:]),
            without(*REVERSALS, *SOURCES[1:]),
            without(*REVERSALS, *SOURCES[1:], GATEWAY),
            ORDER_RELATIONS,
            ("payment_source", "authorizations"),
            ("payment_source",),
        )
    )


def payment_includes() -> QueryFallback:
    """Relations to include with a payment."""
    return QueryFallback(
        (
            ("order", "order.payment_source", "order.authorizations"),
            ("order", "order.payment_source"),
            ("order",),
            (),
        )
    )


def listing_filters() -> QueryFallback:
    """Filters of a listing, from all that are documented down to those that Commerce Layer's own clients send.

    Each filter is documented, but the combination is untested, so the API may reject one
    (https://docs.commercelayer.io/core/filtering-data).
    """
    return QueryFallback(
        (
            ("status", "payment_status", "updated_at", "payment_type"),
            ("status", "payment_status", "updated_at"),
            ("status", "payment_status"),
            ("status",),
        )
    )


def page_params(listing: Listing, filters: tuple[str, ...], after: str | None) -> dict[str, str]:
    """Parameters for a page of a listing, with these filters."""
    values = {
        "status": {"status_in": _list(sorted(listing.statuses))},
        "payment_status": {"payment_status_in": _list(sorted(listing.payment_statuses))},
        "updated_at": {"updated_at_gteq": listing.updated_from},
        "payment_type": {},
    }
    if listing.updated_until is not None:
        values["updated_at"]["updated_at_lteq"] = listing.updated_until
    if listing.payment_types is not None:
        types = _list(sorted(listing.payment_types))
        values["payment_type"] = {"payment_method_payment_source_type_in": types}
    narrowed = {f"filter[q][{name}]": value for kind in filters for name, value in values[kind].items()}
    return narrowed | one_page(after)


def one_page(after: str | None) -> dict[str, str]:
    """Parameters for the page of a list that begins behind an id; None for the first page."""
    behind = {} if after is None else {"filter[q][id_gt]": after}
    return behind | {"sort": "id", "page[size]": str(PAGE_SIZE)}


def order_params(includes: tuple[str, ...]) -> dict[str, str]:
    """Parameters for orders: relations and sparse fields."""
    relations = [name for name in includes if "." not in name]
    params = {
        "include": ",".join(includes),
        "fields[orders]": _list((*ORDER_FIELDS, *relations)),
    } | _payment_fields()
    if "authorizations" in includes:
        params["fields[authorizations]"] = _list(AUTHORIZATION_FIELDS)
    for relation in REVERSALS:
        if relation in includes:
            params[f"fields[{relation}]"] = _list(REVERSAL_FIELDS)
    if "payment_method" in includes:
        params["fields[payment_methods]"] = _list(PAYMENT_METHOD_FIELDS)
    if GATEWAY in includes:
        params |= {f"fields[{gateway}]": "updated_at" for gateway in GATEWAYS}
    return params


def payment_params(payment_type: str, includes: tuple[str, ...]) -> dict[str, str]:
    """Parameters for a payment with its order and that order's payment source."""
    params = _payment_fields()
    if not includes:
        return params
    params[f"fields[{payment_type}]"] += ",order"
    relations = [name.removeprefix("order.") for name in includes if "." in name]
    if "authorizations" in relations:
        params["fields[authorizations]"] = _list(AUTHORIZATION_FIELDS)
    return params | {"include": _list(includes), "fields[orders]": _list((*ORDER_FIELDS, *relations))}


def _payment_fields() -> dict[str, str]:
    """Sparse fields for every type of payment source, so that none is returned with its client secrets."""
    params = {f"fields[{kind.name}]": _list(kind.fields) for kind in REFRESHABLE.values()}
    return params | {f"fields[{name}]": "updated_at" for name in NOT_REFRESHABLE}


def ids_in(ids: Iterable[str]) -> dict[str, str]:
    """Parameters for one page of records with these ids."""
    return {"filter[q][id_in]": _list(ids), "page[size]": str(PAGE_SIZE)}


def refresh_body(key: PaymentKey) -> dict[str, object]:
    """The body from Commerce Layer's how-to "Refreshing the payment source", without additions.

    https://docs.commercelayer.io/core/how-tos/placing-orders/payments/stripe/refreshing-the-payment-source
    """
    return {"data": {"type": key.type, "id": key.id, "attributes": {"_refresh": True}}}


def _list(names: Iterable[str]) -> str:
    return ",".join(names)
