"""What is asked of Commerce Layer: query parameters with sparse fields, and the one body that is sent.

Sparse fields keep the payments' client secrets out of every answer. A relation that is to be returned must be
among the fields (https://docs.commercelayer.io/core/sparse-fieldsets).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.domain.order_document import (
    AUTHORIZATION_FIELDS,
    ORDER_FIELDS,
    ORDER_RELATIONS,
    PAYMENT_METHOD_FIELDS,
)
from payment_refresh.domain.payment import NOT_REFRESHABLE, REFRESHABLE
from payment_refresh.rate_limit.budget import PAGE_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from payment_refresh.domain.discovery import Listing
    from payment_refresh.domain.payment import PaymentKey


@dataclass(slots=True)
class QueryFallback:
    """What to ask for, from the richest down; the API may refuse one, and the next is tried."""

    levels: tuple[tuple[str, ...], ...]
    level: int = 0

    @property
    def current(self) -> tuple[str, ...]:
        """The richest level not refused yet."""
        return self.levels[self.level]

    def fall_back(self) -> bool:
        """Go one level down; tells whether there was one."""
        if self.level + 1 >= len(self.levels):
            return False
        self.level += 1
        return True


def order_includes() -> QueryFallback:
    """What to include with an order."""
    return QueryFallback(
        (
            (*ORDER_RELATIONS, "authorizations.payment_source"),
            ORDER_RELATIONS,
            ("payment_source", "authorizations"),
            ("payment_source",),
        )
    )


def payment_includes() -> QueryFallback:
    """What to include with a payment."""
    return QueryFallback((("order", "order.payment_source"), ("order",), ()))


def listing_filters() -> QueryFallback:
    """How to narrow a listing down, from all that is documented to what Commerce Layer's own clients send.

    Their combination is composed of documented parts and was never seen together, so the API may refuse one
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
    """Ask for a page of a listing, narrowed down by these filters."""
    values = {
        "status": {"status_in": _list(sorted(listing.statuses))},
        "payment_status": {"payment_status_in": _list(sorted(listing.payment_statuses))},
        "updated_at": {"updated_at_gteq": listing.updated_from, "updated_at_lteq": listing.updated_until},
        "payment_type": {},
    }
    if listing.payment_types is not None:
        types = _list(sorted(listing.payment_types))
        values["payment_type"] = {"payment_method_payment_source_type_in": types}
    narrowed = {f"filter[q][{name}]": value for kind in filters for name, value in values[kind].items()}
    behind = {} if after is None else {"filter[q][id_gt]": after}
    return narrowed | behind | {"sort": "id", "page[size]": str(PAGE_SIZE)}


def order_params(includes: tuple[str, ...]) -> dict[str, str]:
    """Ask for one order."""
    relations = [name for name in includes if "." not in name]
    params = {
        "include": ",".join(includes),
        "fields[orders]": _list((*ORDER_FIELDS, *relations)),
    } | _payment_fields()
    if "authorizations" in includes:
        params["fields[authorizations]"] = _list(AUTHORIZATION_FIELDS)
    if "payment_method" in includes:
        params["fields[payment_methods]"] = _list(PAYMENT_METHOD_FIELDS)
    return params


def payment_params(payment_type: str, includes: tuple[str, ...]) -> dict[str, str]:
    """Ask for a payment with its order, and which payment source that order has."""
    params = _payment_fields()
    if not includes:
        return params
    params[f"fields[{payment_type}]"] += ",order"
    relations = [name.removeprefix("order.") for name in includes if "." in name]
    return params | {"include": _list(includes), "fields[orders]": _list((*ORDER_FIELDS, *relations))}


def _payment_fields() -> dict[str, str]:
    """Sparse fields for every type of payment source: whichever comes, its client secrets do not."""
    params = {f"fields[{kind.name}]": _list(kind.fields) for kind in REFRESHABLE.values()}
    return params | {f"fields[{name}]": "updated_at" for name in NOT_REFRESHABLE}


def ids_in(ids: Iterable[str]) -> dict[str, str]:
    """Ask for one page of records with these ids."""
    return {"filter[q][id_in]": _list(ids), "page[size]": str(PAGE_SIZE)}


def refresh_body(key: PaymentKey) -> dict[str, object]:
    """The body of Commerce Layer's how-to "Refreshing the payment source", and nothing else.

    https://docs.commercelayer.io/core/how-tos/placing-orders/payments/stripe/refreshing-the-payment-source
    """
    return {"data": {"type": key.type, "id": key.id, "attributes": {"_refresh": True}}}


def _list(names: Iterable[str]) -> str:
    return ",".join(names)
