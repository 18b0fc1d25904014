"""Commerce Layer's API over HTTP: the one module that knows httpx."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from functools import partial
from itertools import batched
from typing import TYPE_CHECKING

import httpx

from payment_refresh.adapters.answers import (
    INCLUDE_REFUSED,
    INVALID_TOKEN,
    UNAUTHORIZED,
    Document,
    read_answer,
    read_code,
    read_json,
    read_token_answer,
)
from payment_refresh.adapters.documents import (
    PAGE_SIZE,
    Includes,
    ids_in,
    order_includes,
    order_params,
    orders_params,
    payment_includes,
    payment_params,
    refresh_body,
)
from payment_refresh.errors import RequestRefused, Unavailable, UnreadableOrder
from payment_refresh.order import index_included, linked, order_from

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from payment_refresh.adapters.oauth import TokenSource
    from payment_refresh.order import Order
    from payment_refresh.payment import PaymentKey
    from payment_refresh.ports import Log, Pace

logging.getLogger("httpx").setLevel(logging.WARNING)  # else each call is a log line

MEDIA_TYPE = "application/vnd.api+json"
TIMEOUT = httpx.Timeout(connect=3.0, read=10.0, write=5.0, pool=1.0)
"""Seconds. A call with its retry and a new token stays below 40 s, all but waiting for the pace."""

RETRIED = frozenset({502, 503, 504})


def make_client() -> httpx.Client:
    """Make the one HTTP client of an environment: no redirects, no proxies from the environment."""
    return httpx.Client(
        timeout=TIMEOUT,
        follow_redirects=False,
        trust_env=False,
        limits=httpx.Limits(max_connections=8, max_keepalive_connections=4),
        headers={"User-Agent": "payment-refresh"},
    )


@dataclass(frozen=True, slots=True)
class TokenEndpoint:
    """Posts to the token endpoint, for `TokenSource`."""

    http: httpx.Client
    url: str

    def __call__(self, body: Mapping[str, str]) -> Document:
        """Send the credentials; neither they nor the answer's text get into an error."""
        try:
            response = self.http.post(self.url, json=dict(body), headers={"Accept": "application/json"})
        except httpx.HTTPError as error:
            raise _unavailable("the token endpoint", error) from error
        return read_token_answer(response.status_code, response.headers, response.content)


def _nothing() -> None:
    """What most requests do when they are sent."""


@dataclass(frozen=True, slots=True)
class _Request:
    path: str
    method: str = "GET"
    body: Mapping[str, object] | None = None
    on_sent: Callable[[], None] = _nothing

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


type _Params = Callable[[tuple[str, ...]], Mapping[str, str]]


@dataclass(slots=True, kw_only=True)
class CommerceLayerApi:
    """Keeps `payment_refresh.ports.CommerceLayer`.

    Attributes
    ----------
    base_url
        ``https://{organization}.commercelayer.io``, without a slash at the end.
    """

    base_url: str
    http: httpx.Client
    tokens: TokenSource
    pace: Pace
    log: Log
    _order_includes: Includes = field(default_factory=order_includes, init=False)
    _payment_includes: Includes = field(default_factory=payment_includes, init=False)

    def look(self, order_ids: Sequence[str]) -> Mapping[str, Order]:
        found: dict[str, Order] = {}
        for chunk in batched(order_ids, PAGE_SIZE, strict=False):
            page = ids_in(chunk)
            document = self._ask(_Request("/api/orders"), self._order_includes, partial(orders_params, page))
            included = index_included(document)
            for record in _records(document):
                try:
                    order = order_from(record, included)
                except UnreadableOrder as error:
                    self.log.error("order_unreadable", extra={"detail": str(error)})
                    continue
                if order.id in chunk:
                    found[order.id] = order
        return found

    def find_orders(self, payment_type: str, payment_ids: Sequence[str]) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for chunk in batched(payment_ids, PAGE_SIZE, strict=False):
            params = payment_params(payment_type, ("order",)) | ids_in(chunk)
            document = self._call(_Request(f"/api/{payment_type}"), params)
            for record in _records(document):
                _, order = linked(record, "order")
                if order is not None and record.get("id") in chunk:
                    found[record["id"]] = order[1]
        return found

    def retrieve(self, key: PaymentKey) -> Order | None:
        if key.is_order:
            document = self._ask(_Request(_path(key)), self._order_includes, order_params)
            return order_from(document.get("data"), index_included(document))
        return _order_included(self._ask_payment(_Request(_path(key)), key))

    def refresh(self, key: PaymentKey, on_sent: Callable[[], None]) -> Order | None:
        request = _Request(_path(key), method="PATCH", body=refresh_body(key), on_sent=on_sent)
        return _order_included(self._ask_payment(request, key))

    def _ask_payment(self, request: _Request, key: PaymentKey) -> Document:
        return self._ask(request, self._payment_includes, partial(payment_params, key.type))

    def _ask(self, request: _Request, includes: Includes, params: _Params) -> Document:
        """Call with the richest includes the API has not refused; a refusal is remembered for the environment."""
        while True:
            try:
                return self._call(request, params(includes.current))
            except RequestRefused as error:
                if error.code != INCLUDE_REFUSED or not includes.fall_back():
                    raise
                left = ",".join(includes.current)
                self.log.warning("include_refused", extra={"path": request.path, "left": left})

    def _call(self, request: _Request, params: Mapping[str, str]) -> Document:
        """Call once; once more after a broken connection, a 502, 503 or 504; and once with a new token."""
        retried = renewed = False
        while True:
            token = self.tokens.get()
            self.pace.take()
            request.on_sent()
            try:
                response = self._send(request, params, token)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                if retried:
                    raise _unavailable(str(request), error) from error
                retried = True
            except httpx.HTTPError as error:
                # The request may have arrived: whether it took effect, the next look will tell.
                raise _unavailable(str(request), error) from error
            else:
                if response.status_code in RETRIED and not retried:
                    retried = True
                elif not renewed and _is_invalid_token(response):
                    renewed = True
                    self.tokens.forget(token)
                else:
                    return read_answer(response.status_code, response.headers, response.content, str(request))

    def _send(self, request: _Request, params: Mapping[str, str], token: str) -> httpx.Response:
        headers = {"Accept": MEDIA_TYPE, "Authorization": f"Bearer {token}"}
        if request.body is not None:
            headers["Content-Type"] = MEDIA_TYPE
        url = f"{self.base_url}{request.path}"
        return self.http.request(request.method, url, params=params, json=request.body, headers=headers)


def _path(key: PaymentKey) -> str:
    return f"/api/{key.type}/{key.id}"


def _is_invalid_token(response: httpx.Response) -> bool:
    return response.status_code == UNAUTHORIZED and read_code(read_json(response.content)) == INVALID_TOKEN


def _unavailable(what: str, error: Exception) -> Unavailable:
    return Unavailable(f"{what} was not answered: {type(error).__name__}", code=type(error).__name__)


def _records(document: Document) -> list[Document]:
    records = document.get("data")
    return [record for record in records if isinstance(record, dict)] if isinstance(records, list) else []


def _order_included(document: Document) -> Order | None:
    """The order that came with a payment; None where none came that can be read."""
    included = index_included(document)
    data = document.get("data")
    _, link = linked(data, "order") if isinstance(data, dict) else (False, None)
    try:
        return order_from(included.get(link or ("", "")), included)
    except UnreadableOrder:
        return None
