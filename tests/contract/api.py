"""The API client under test: over a sandbox, or over answers that a test writes itself."""

from __future__ import annotations

import base64
import json
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import httpx

from payment_refresh.adapters.commerce_layer.http import TokenEndpoint, Transport, make_client
from payment_refresh.adapters.commerce_layer.payments import CommerceLayerApi
from payment_refresh.adapters.commerce_layer.token import TokenSource
from payment_refresh.domain.deployment import ApiMode
from tests.support.clock import FakeClock
from tests.support.log import FakeLog
from tests.support.rate_limiter import FakeRateLimiter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sandbox.config import Client
    from sandbox.server import Sandbox


@dataclass(slots=True)
class Wire:
    """An API client, and all that can be seen of its calls.

    Attributes
    ----------
    requests, answers
        What went out, and the bodies that came back, token calls included.
    """

    api: CommerceLayerApi
    tokens: TokenSource
    rate_limiter: FakeRateLimiter
    log: FakeLog
    clock: FakeClock
    requests: list[httpx.Request] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)

    def at_version(self, version: str) -> Wire:
        """Let every call name a version of the API; empty for none."""
        self.api.transport = replace(self.api.transport, api_version=version)
        return self

    @property
    def api_calls(self) -> list[httpx.Request]:
        """What went out but for token calls."""
        return [request for request in self.requests if request.url.path != "/oauth/token"]


@contextmanager
def wire_to(
    sandbox: Sandbox, *, client: Client | None = None, timeout: float | None = None, api_version: str = ""
) -> Iterator[Wire]:
    """Connect to a sandbox, with other credentials and less patience where they are given."""
    credentials = client or sandbox.config.client
    with make_client() as http:
        http.timeout = http.timeout if timeout is None else httpx.Timeout(timeout)
        wire = connect(
            http,
            sandbox.url,
            organization=sandbox.organization,
            mode=ApiMode(sandbox.mode),
            secret={"client_id": credentials.client_id, "client_secret": credentials.client_secret},
        )
        yield wire.at_version(api_version)


@contextmanager
def wire_answering(answer: Callable[[httpx.Request], httpx.Response], *, api_version: str = "") -> Iterator[Wire]:
    """Connect to answers that a function gives; the token endpoint always answers."""

    def respond(request: httpx.Request) -> httpx.Response:
        return token_answer() if request.url.path == "/oauth/token" else answer(request)

    with httpx.Client(transport=httpx.MockTransport(respond)) as http:
        wire = connect(http, "https://shop.example", organization="shop", mode=ApiMode.LIVE, secret={})
        yield wire.at_version(api_version)


def connect(http: httpx.Client, url: str, *, organization: str, mode: ApiMode, secret: dict[str, str]) -> Wire:
    """Put an API client together as the composition root does."""
    clock, rate_limiter, log = FakeClock(), FakeRateLimiter(), FakeLog()
    tokens = TokenSource(
        post=TokenEndpoint(http, f"{url}/oauth/token").post,
        read_secret=lambda: {"client_id": "made-up", "client_secret": "made-up"} | secret,
        clock=clock,
        organization=organization,
        mode=mode,
    )
    transport = Transport(base_url=url, http=http, tokens=tokens, rate_limiter=rate_limiter, log=log)
    api = CommerceLayerApi(transport=transport, log=log)
    wire = Wire(api, tokens, rate_limiter, log, clock)

    def came_back(response: httpx.Response) -> None:
        wire.answers.append(response.read().decode(errors="replace"))

    http.event_hooks = {"request": [wire.requests.append], "response": [came_back]}
    return wire


def jwt(*, organization: object = "shop", test: object = False) -> str:
    """A token with these claims; nobody checks its signature but Commerce Layer."""
    claims = json.dumps({"organization": {"slug": organization}, "test": test}).encode()
    return f"e30.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.c2ln"


def token_answer(**changes: Any) -> httpx.Response:
    """The token endpoint's answer."""
    return httpx.Response(200, json={"access_token": jwt(), "token_type": "bearer", "expires_in": 7200} | changes)
