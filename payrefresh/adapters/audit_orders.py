"""The orders of an organization as an audit reads them: page by page, and nothing else is ever asked."""

from __future__ import annotations

import logging
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from payment_refresh.adapters.commerce_layer.http import ApiRequest, Transport
from payment_refresh.adapters.commerce_layer.listings import FILTER_REFUSED, next_after, orders_in
from payment_refresh.adapters.commerce_layer.payments import records_of
from payment_refresh.adapters.commerce_layer.queries import (
    QueryFallback,
    one_page,
    order_includes,
    order_params,
)
from payment_refresh.adapters.commerce_layer.responses import QUERY_REFUSED
from payment_refresh.errors import CredentialsRefused
from payment_refresh.rate_limit.budget import API_LIMIT, LEAST_CALLS, MOST_CALLS
from payrefresh.adapters.commerce_layer import AUTH_URL, open_organization
from payrefresh.adapters.own_rate import own_rate_limiter
from payrefresh.audit.ports import Page
from payrefresh.errors import WrongInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from payment_refresh.adapters.commerce_layer.responses import Document
    from payrefresh.adapters.commerce_layer import Credentials, Organization
    from payrefresh.audit.scans import Scan

ORDERS = "/api/orders"

QUIET = logging.getLogger("payrefresh.audit")
"""The log of the calls; the audit itself says what the API refused, in words for a person."""
QUIET.addHandler(logging.NullHandler())
QUIET.propagate = False


def scan_filters() -> QueryFallback:
    """Filters of a scan, from all to any one of them; each is documented, and the combination untested."""
    kinds = ("status", "payment_status", "updated_at")
    fewer = [tuple(kind for kind in kinds if kind != left_out) for left_out in kinds]
    return QueryFallback((kinds, *fewer, ("updated_at",), ("payment_status",), ("status",)))


@dataclass(slots=True, kw_only=True)
class CommerceLayerOrders:
    """Implements the `OrderPages` port; pages by id, as the layer's own lists do."""

    transport: Transport
    calls: int = 0
    _includes: QueryFallback = field(default_factory=order_includes, init=False)
    _filters: dict[str, QueryFallback] = field(default_factory=dict, init=False)

    def page(self, scan: Scan, changed_from: str, after: str | None) -> Page:
        filters = self._filters.setdefault(scan.name, scan_filters())
        values = _filter_values(scan, changed_from)
        document = self.transport.ask(
            ApiRequest(ORDERS, on_sent=self._count),
            lambda: (
                {name: value for kind in filters.current for name, value in values[kind].items()}
                | one_page(after)
                | order_params(self._includes.current)
            ),
            dict.fromkeys(QUERY_REFUSED, self._includes) | {FILTER_REFUSED: filters},
        )
        records = records_of(document, ORDERS)
        orders = tuple(orders_in(document, records, QUIET))
        return Page(
            orders=orders,
            after=next_after(records, after),
            left=_record_count(document),
            unreadable=len(records) - len(orders),
        )

    def _count(self) -> None:
        self.calls += 1


@contextmanager
def open_orders(
    credentials: Credentials, *, auth_url: str | None, base_url: str | None, api_version: str, share: float
) -> Iterator[tuple[Organization, CommerceLayerOrders, int]]:
    """Open an organization to read its orders, for as long as the body runs.

    Parameters
    ----------
    share
        What it may take of the calls that the API answers in a minute.

    Yields
    ------
    The organization, its orders, and how many calls a minute there are for them.

    Raises
    ------
    WrongInput
        Commerce Layer refused the credentials.
    CommerceLayerError
        There is no token for another reason.
    """
    try:
        organization = open_organization(
            credentials, auth_url=auth_url or AUTH_URL, base_url=base_url, api_version=api_version, log=QUIET
        )
    except CredentialsRefused as error:
        raise WrongInput(
            f"Commerce Layer refused these credentials ({error.reason}): check the client id and secret of the "
            "integration, and --auth-url"
        ) from error
    calls = max(LEAST_CALLS, min(MOST_CALLS[organization.mode], int(API_LIMIT[organization.mode] * share)))
    transport = replace(organization.transport, rate_limiter=own_rate_limiter(calls))
    with closing(transport.http):
        yield organization, CommerceLayerOrders(transport=transport), calls


def _filter_values(scan: Scan, changed_from: str) -> Mapping[str, Mapping[str, str]]:
    matcher = "not_in" if scan.is_inverted else "in"
    return {
        "status": {f"filter[q][status_{matcher}]": ",".join(sorted(scan.statuses))},
        "payment_status": {"filter[q][payment_status_in]": ",".join(sorted(scan.payment_statuses))},
        "updated_at": {"filter[q][updated_at_gteq]": changed_from},
    }


def _record_count(document: Document) -> int | None:
    """Read how many records the list has from this page on, as its filter by id leaves the earlier ones out."""
    meta = document.get("meta")
    count = meta.get("record_count") if isinstance(meta, dict) else None
    return count if type(count) is int and count >= 0 else None
