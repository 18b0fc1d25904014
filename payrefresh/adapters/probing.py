"""An organization's API as the probe asks it: every answer is told as it came, refusals and pages included."""

from __future__ import annotations

import base64
import json
import time
from copy import replace
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from payment_refresh.adapters.commerce_layer import queries
from payment_refresh.adapters.commerce_layer.http import ApiRequest, Transport
from payment_refresh.adapters.commerce_layer.listings import FILTER_REFUSED
from payment_refresh.adapters.commerce_layer.responses import OK, QUERY_REFUSED
from payment_refresh.adapters.commerce_layer.token import TokenSource, read_claims
from payment_refresh.domain.discovery import Listing
from payment_refresh.domain.payment import REFRESHABLE
from payment_refresh.errors import CommerceLayerError, RateLimited, ServerError
from payrefresh.probe.ports import Answer, Form, Rates, Throttled

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import httpx

    from payment_refresh.domain.payment import PaymentKey
    from payrefresh.adapters.commerce_layer import Organization

MOST_THROTTLED = 3
"""Times that one question is asked again after a 429; the rate limiter waits before each."""


@dataclass(slots=True)
class ProbedApi:
    """Implements `Api` over the functions' own transport, which reads answers and holds the rate.

    The transport tells refusals by exceptions; an event hook of its HTTP client sees each response's headers.
    """

    organization: Organization
    throttled: list[Throttled] = field(default_factory=list, init=False)
    _transport: Transport = field(init=False)
    _last: httpx.Response | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._transport = self.organization.transport
        self._transport.http.event_hooks["response"] = [self._came]

    def get(self, path: str, params: Mapping[str, str], *, version: str | None = None) -> Answer:
        transport = self._transport if version is None else replace(self._transport, api_version=version)
        return self._ask(transport, ApiRequest(path), params)

    @property
    def version(self) -> str:
        """The version of the API that stands in the paths; empty for none."""
        return self._transport.api_version

    def use_version(self, version: str) -> None:
        self._transport = replace(self._transport, api_version=version)

    def get_with_a_false_token(self, path: str) -> Answer:
        claims = {"organization": {"slug": self.organization.slug}, "test": self.organization.mode == "test"}
        payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
        false = {"access_token": f"e30.{payload}.bm9uZQ", "expires_in": 7200}
        tokens = TokenSource(
            post=lambda _: false,
            read_secret=lambda: {"client_id": "none", "client_secret": "none"},
            clock=time.time,
            organization=self.organization.slug,
            mode=self.organization.mode,
        )
        return self._ask(replace(self._transport, tokens=tokens), ApiRequest(path), {"page[size]": "1"})

    def refresh(self, key: PaymentKey, params: Mapping[str, str]) -> Answer:
        self._last = None

        def not_twice() -> None:
            # The transport repeats what a gateway in front of the API failed; that refresh may have arrived.
            if self._last is not None and self._last.status_code >= 500:
                raise ServerError("the refresh was not answered", status=self._last.status_code)

        request = ApiRequest(
            f"/api/{key.type}/{key.id}", method="PATCH", body=queries.refresh_body(key), on_sent=not_twice
        )
        return self._ask(self._transport, request, params)

    def token_life(self) -> int | None:
        claims = read_claims(self._transport.tokens.get())
        issued, ends = claims.get("iat"), claims.get("exp")
        return ends - issued if isinstance(issued, int) and isinstance(ends, int) else None

    def _came(self, response: httpx.Response) -> None:
        self._last = response

    def _ask(self, transport: Transport, request: ApiRequest, params: Mapping[str, str]) -> Answer:
        for _ in range(MOST_THROTTLED):
            try:
                return self._answer(OK, None, transport.call(request, params))
            except RateLimited:
                retry_after = None if self._last is None else self._last.headers.get("retry-after")
                self.throttled.append(Throttled(self._form(), retry_after))
            except CommerceLayerError as error:
                if error.status is None:
                    raise
                return self._answer(error.status, error.code, {})
        raise RateLimited("Commerce Layer refuses more calls from this IP (429): try again later", status=429)

    def _answer(self, status: int, code: str | None, document: Mapping[str, object]) -> Answer:
        headers: Mapping[str, str] = {} if self._last is None else self._last.headers
        numbers = [_number(headers.get(f"x-ratelimit-{name}")) for name in ("limit", "interval", "remaining")]
        rates = None if numbers == [None, None, None] else Rates(*numbers)
        return Answer(status=status, code=code, form=self._form(), rates=rates, document=document)

    def _form(self) -> Form:
        kind = "" if self._last is None else self._last.headers.get("content-type", "")
        if "json" in kind:
            return Form.JSON
        return Form.PAGE if "html" in kind else Form.TEXT if kind else Form.NONE


class LayerQueries:
    """Implements `Queries` with those that the functions send."""

    @property
    def order_includes(self) -> Sequence[str]:
        return queries.order_includes().current

    @property
    def payment_includes(self) -> Sequence[str]:
        return queries.payment_includes().current

    @property
    def listing(self) -> Mapping[str, str]:
        listing = Listing(
            name="unplaced",
            statuses=frozenset({"pending", "placed"}),
            payment_statuses=frozenset({"unpaid", "authorized"}),
            payment_types=frozenset(REFRESHABLE),
            updated_from="2000-01-01T00:00:00Z",
            quiet_since="2100-01-01T00:00:00Z",
        )
        params = queries.page_params(listing, queries.listing_filters().current, after="AAAAAAAAAA")
        return {
            name.removeprefix("filter[q][").removesuffix("]"): value
            for name, value in params.items()
            if name.startswith("filter[q][")
        }

    @property
    def fall_back_at(self) -> Collection[str]:
        return frozenset({*QUERY_REFUSED, FILTER_REFUSED})

    def order_params(self, includes: Sequence[str]) -> Mapping[str, str]:
        return queries.order_params(tuple(includes))

    def payment_params(self, kind: str, includes: Sequence[str]) -> Mapping[str, str]:
        return queries.payment_params(kind, tuple(includes))


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() and len(text) < 10 else None
