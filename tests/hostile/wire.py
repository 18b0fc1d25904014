"""The API client as it is deployed, over answers that a test makes up down to their last byte."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx
from hypothesis import strategies as st

from payment_refresh.adapters.commerce_layer.http import TokenEndpoint, Transport, make_client
from payment_refresh.adapters.commerce_layer.listings import CommerceLayerLists
from payment_refresh.adapters.commerce_layer.payments import CommerceLayerApi
from payment_refresh.adapters.commerce_layer.token import TokenSource
from payment_refresh.adapters.rate_limiter import SharedRateLimiter
from payment_refresh.domain.deployment import ApiMode
from tests.contract.api import token_answer
from tests.hostile.values import CANARY
from tests.support.clock import FakeClock
from tests.support.log import FakeLog
from tests.support.rate_limiter import FakeRateItem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

CLIENT_SECRET = "canary-client-secret"
HOST = "shop.example"


class Stream(httpx.SyncByteStream):
    """A body that comes in parts, and may break off; it counts the parts that were wanted."""

    def __init__(self, parts: Iterable[bytes], *, breaks_off: bool = False) -> None:
        self.parts, self.breaks_off, self.given = parts, breaks_off, 0

    def __iter__(self) -> Iterator[bytes]:
        """Give the parts."""
        for part in self.parts:
            self.given += 1
            yield part
        if self.breaks_off:
            raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to whatever was asked."""

    status: int = 200
    content: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    breaks_off: bool = False

    def response(self) -> httpx.Response:
        """Make it, each time anew."""
        stream = Stream([self.content[:7], self.content[7:]], breaks_off=self.breaks_off)
        return httpx.Response(self.status, headers=list(self.headers), stream=stream)


NUMBERS = (
    *(b"", b"0", b"1", b"-1", b"007", b"1e3", b"1.5", b"nan", b"inf", b"0x10", b" 7 ", b"7, 8"),
    *(b"9" * 9, b"9" * 20, b"9" * 400, b"9" * 5_000, b"\xd9\xa1", b"\xff", b"Wed, 21 Oct 2026 07:28:00 GMT"),
)  # fmt: skip
HEADERS = st.sampled_from([
    *(b"retry-after", b"x-ratelimit-limit", b"x-ratelimit-remaining", b"x-ratelimit-interval"),
    b"x-request-id",
    *(b"content-type", b"content-encoding", b"content-length", b"location", b"set-cookie", b"connection"),
])  # fmt: skip
VALUES = st.sampled_from([
    *NUMBERS,
    *(b"gzip", b"br, gzip, identity", b"deflate", b"text/html; charset=nonsense"),
    *(b"https://elsewhere.example/", b"//elsewhere.example", b"http://[", b"https://:0", b"file:///etc/passwd"),
    *(b"?", b"/api/orders", b"a=b; Domain=elsewhere.example; Max-Age=1e9", CANARY.encode()),
])  # fmt: skip
STATUSES = st.sampled_from([200] * 12 + [
    *(201, 202, 204, 206, 300, 301, 302, 303, 304, 307, 308, 400, 401, 401, 403, 404, 405, 406, 409, 410, 415),
    *(418, 422, 423, 429, 429, 429, 451, 500, 501, 502, 503, 504, 520, 599, 600, 999),
])  # fmt: skip


def answers(contents: st.SearchStrategy[bytes]) -> st.SearchStrategy[Answer]:
    """Answers with these contents, and all else as it may come."""
    return st.builds(
        Answer,
        status=STATUSES,
        content=contents,
        headers=st.lists(st.tuples(HEADERS, VALUES), max_size=4).map(tuple),
        breaks_off=st.sampled_from([False] * 9 + [True]),
    )


@dataclass(slots=True, kw_only=True)
class Wire:
    """The client, its rate limiter, and what it sent and wrote."""

    api: CommerceLayerApi
    lists: CommerceLayerLists
    tokens: TokenSource
    rate_limiter: SharedRateLimiter
    clock: FakeClock
    log: FakeLog
    requests: list[httpx.Request] = field(default_factory=list)


@contextmanager
def wire(answer: Callable[[httpx.Request], httpx.Response], *, token_too: bool = False) -> Iterator[Wire]:
    """Give a client all of whose calls are answered by a function; the token endpoint's, only if it is to be."""

    def respond(request: httpx.Request) -> httpx.Response:
        made.requests.append(request)
        return token_answer() if request.url.path == "/oauth/token" and not token_too else answer(request)

    clock, log = FakeClock(), FakeLog()
    with make_client(httpx.MockTransport(respond)) as http:
        tokens = TokenSource(
            post=TokenEndpoint(http, f"https://{HOST}/oauth/token").post,
            read_secret=lambda: {"client_id": "made-up", "client_secret": CLIENT_SECRET},
            clock=clock,
            organization="shop",
            mode=ApiMode.LIVE,
        )
        rate_limiter = SharedRateLimiter(
            item=FakeRateItem(), calls_per_minute=100, clock=clock, sleep=clock.advance
        )
        transport = Transport(
            base_url=f"https://{HOST}", http=http, tokens=tokens, rate_limiter=rate_limiter, log=log
        )
        made = Wire(
            api=CommerceLayerApi(transport=transport, log=log),
            lists=CommerceLayerLists(transport=transport, log=log),
            tokens=tokens,
            rate_limiter=rate_limiter,
            clock=clock,
            log=log,
        )
        if not token_too:
            tokens.get()
        yield made
