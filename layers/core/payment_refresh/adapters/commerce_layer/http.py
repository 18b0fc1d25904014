"""HTTP transport to Commerce Layer: rate limit, token, retries, fallback; the only module that imports httpx."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx

from payment_refresh.adapters.commerce_layer.responses import (
    INVALID_TOKEN,
    OK,
    UNAUTHORIZED,
    Document,
    read_answer,
    read_code,
    read_json,
    read_token_answer,
)
from payment_refresh.errors import RateLimited, RequestRefused, ServerError, TimedOut

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from payment_refresh.adapters.commerce_layer.queries import QueryFallback
    from payment_refresh.adapters.commerce_layer.token import TokenSource
    from payment_refresh.ports import Log, RateLimiter

logging.getLogger("httpx").setLevel(logging.WARNING)  # else each call is a log line

MEDIA_TYPE = "application/vnd.api+json"
API_ROOT = "/api/"
"""Beginning of every path but the token endpoint's; a version of the API may follow it."""
TIMEOUT = httpx.Timeout(connect=3.0, read=10.0, write=5.0, pool=1.0)
"""Seconds. A call with its retry and a new token stays below 40 s, without the waits for slots."""

RETRIED = frozenset({502, 503, 504})

LONGEST_ANSWER = 8 * 1024 * 1024
"""Bytes read of a response, to protect the function's memory; a full page has about 100 KB."""

_COUNT = re.compile(r"[0-9]{1,9}")


def make_client(transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """Create the HTTP client of an environment: no redirects, cookies, or proxies from environment variables."""
    return httpx.Client(
        transport=transport,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        timeout=TIMEOUT,
        follow_redirects=False,
        trust_env=False,
        limits=httpx.Limits(max_connections=8, max_keepalive_connections=4),
        headers={"User-Agent": "payment-refresh"},
    )


class Reply(NamedTuple):
    """A response that was read to its end."""

    status: int
    headers: Mapping[str, str]
    content: bytes


def send(http: httpx.Client, what: str, method: str, url: str, **parts: Any) -> Reply:
    """Send a request and read its response, up to `LONGEST_ANSWER`.

    Raises
    ------
    httpx.HTTPError
        There was no response, or the connection broke.
    ServerError
        The response is longer.
    """
    with http.stream(method, url, **parts) as response:
        content = bytearray()
        for part in response.iter_bytes():
            content += part
            if len(content) > LONGEST_ANSWER:
                raise ServerError(f"{what} sent too large a response", status=response.status_code)
        return Reply(response.status_code, response.headers, bytes(content))


@dataclass(frozen=True, slots=True)
class TokenEndpoint:
    """Posts to the token endpoint, for `TokenSource`."""

    http: httpx.Client
    url: str

    def post(self, body: Mapping[str, str]) -> Document:
        """Send the credentials; errors contain neither them nor the response's text."""
        try:
            headers = {"Accept": "application/json"}
            reply = send(self.http, "the token endpoint", "POST", self.url, json=dict(body), headers=headers)
        except httpx.HTTPError as error:
            raise _timed_out("the token endpoint", error) from error
        return read_token_answer(*reply)


def _nothing() -> None:
    """Default of `ApiRequest.on_sent`."""


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """A request without its query parameters.

    Attributes
    ----------
    path
        From ``/api/`` on, without a version.
    on_sent
        Called each time right before the request is sent, after the wait for its slot.
    success
        HTTP status that it succeeds with.
    """

    path: str
    method: str = "GET"
    body: Mapping[str, object] | None = None
    on_sent: Callable[[], None] = _nothing
    success: int = OK

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transport:
    """Sends requests and returns documents, or raises the `CommerceLayerError` that says what to do.

    Attributes
    ----------
    base_url
        ``https://{organization}.commercelayer.io``, without a trailing slash.
    api_version
        The version that stands in the path of every call; empty for the organization's default version.
    """

    base_url: str
    api_version: str = ""
    http: httpx.Client
    tokens: TokenSource
    rate_limiter: RateLimiter
    log: Log

    def ask(
        self, request: ApiRequest, params: Callable[[], Mapping[str, str]], fallbacks: Mapping[str, QueryFallback]
    ) -> Document:
        """Call with the richest query that the API has not rejected; rejections are remembered per environment.

        Parameters
        ----------
        params
            Builds the query from the current fallback levels.
        fallbacks
            The fallback to reduce, by the error code with which the API rejects a query.
        """
        while True:
            asked = {code: levels.current for code, levels in fallbacks.items()}
            try:
                return self.call(request, params())
            except RequestRefused as error:
                levels = fallbacks.get(error.code or "")
                if levels is None or not levels.fall_back(asked[error.code or ""]):
                    raise
                left = ",".join(levels.current)
                extra = {"path": request.path, "code": error.code, "left": left}
                self.log.warning("request_simplified", extra=extra)

    def call(self, request: ApiRequest, params: Mapping[str, str]) -> Document:
        """Call; retry once after a failure to connect, a 502, 503 or 504, and once with a new token."""
        retried = renewed = False
        while True:
            token = self.tokens.get()
            self.rate_limiter.take()
            request.on_sent()
            try:
                reply = self._send(request, params, token)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                if retried:
                    raise _timed_out(str(request), error) from error
                retried = True
            except httpx.HTTPError as error:
                # The request may have arrived: the next look shows whether it took effect.
                raise _timed_out(str(request), error) from error
            else:
                self._hear(reply)
                if reply.status in RETRIED and not retried:
                    retried = True
                elif not renewed and _is_invalid_token(reply):
                    renewed = True
                    self.tokens.forget(token)
                else:
                    return self._read(reply, request)

    def _hear(self, reply: Reply) -> None:
        """Report the rate limit headers of a response to the rate limiter."""
        remaining, limit = (reply.headers.get(f"x-ratelimit-{name}", "") for name in ("remaining", "limit"))
        if _COUNT.fullmatch(remaining) and _COUNT.fullmatch(limit):
            self.rate_limiter.record_remaining(int(remaining), int(limit))

    def _read(self, reply: Reply, request: ApiRequest) -> Document:
        try:
            return read_answer(*reply, what=str(request), success=request.success)
        except RateLimited as error:
            self.rate_limiter.record_429(error.retry_after)
            raise

    def _send(self, request: ApiRequest, params: Mapping[str, str], token: str) -> Reply:
        headers = {"Accept": MEDIA_TYPE, "Authorization": f"Bearer {token}"}
        if request.body is not None:
            headers["Content-Type"] = MEDIA_TYPE
        url = f"{self.base_url}{_versioned(request.path, self.api_version)}"
        return send(
            self.http, str(request), request.method, url, params=params, json=request.body, headers=headers
        )


def _versioned(path: str, version: str) -> str:
    return f"{API_ROOT}{version}/{path.removeprefix(API_ROOT)}" if version else path


def _is_invalid_token(reply: Reply) -> bool:
    return reply.status == UNAUTHORIZED and read_code(read_json(reply.content)) == INVALID_TOKEN


def _timed_out(what: str, error: Exception) -> TimedOut:
    return TimedOut(f"{what} was not answered: {type(error).__name__}", code=type(error).__name__)
