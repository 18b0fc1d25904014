"""The access token, from the sandbox's token endpoint and from one that answers all sorts of things."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from payment_refresh.adapters.commerce_layer.http import TokenEndpoint, make_client
from payment_refresh.adapters.commerce_layer.token import TokenSource
from payment_refresh.domain.deployment import ApiMode
from payment_refresh.errors import (
    CommerceLayerError,
    CredentialsRefused,
    NoToken,
    SecretUnavailable,
    Unavailable,
)
from sandbox.config import Config
from sandbox.server import running
from tests.contract.api import jwt, token_answer, wire_to
from tests.integration.sandbox.driver import Driver
from tests.support.clock import FakeClock
from tests.support.commerce_layer import unheard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sandbox.server import Sandbox
    from tests.contract.api import Wire

LIFE = 7200


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def sandbox(clock: FakeClock) -> Iterator[Sandbox]:
    """An organization that goes by the test's clock."""
    with running(Config(clock=clock)) as organization:
        yield organization


@pytest.fixture
def wire(sandbox: Sandbox, clock: FakeClock) -> Iterator[Wire]:
    with wire_to(sandbox) as connected:
        connected.tokens.clock = clock
        yield connected


def token_calls(driver: Driver) -> int:
    calls: int = driver.calls()["token_calls"]
    return calls


class TestLife:
    """One token for as long as it is good."""

    def test_it_is_asked_for_as_documented(self, wire: Wire, sandbox: Sandbox) -> None:
        wire.tokens.get()

        (request,) = wire.requests
        assert (request.method, request.url.path) == ("POST", "/oauth/token")
        assert request.headers["content-type"] == request.headers["accept"] == "application/json"
        assert httpx.Response(200, content=request.content).json() == {
            "grant_type": "client_credentials",
            "client_id": sandbox.client_id,
            "client_secret": sandbox.client_secret,
        }

    def test_it_is_used_again_until_ten_minutes_before_its_end(
        self, wire: Wire, driver: Driver, clock: FakeClock
    ) -> None:
        first = wire.tokens.get()
        clock.advance(LIFE - 601)
        assert wire.tokens.get() == first
        assert token_calls(driver) == 1

        clock.advance(1)
        assert wire.tokens.get() != first
        assert token_calls(driver) == 2

    def test_one_that_was_given_out_before_lasts_only_for_its_rest(
        self, wire: Wire, driver: Driver, clock: FakeClock
    ) -> None:
        """Commerce Layer gives the same token again, with less time left."""
        driver.token_request()
        clock.advance(LIFE - 1000)
        old = wire.tokens.get()
        clock.advance(401)

        assert wire.tokens.get() != old

    def test_many_that_need_one_at_once_ask_once(self, wire: Wire, driver: Driver) -> None:
        driver.faults({"route": "/oauth/token", "kind": "slow", "seconds": 0.2})
        start = threading.Barrier(8)

        def get(_number: int) -> str:
            start.wait()
            return wire.tokens.get()

        with ThreadPoolExecutor(8) as threads:
            tokens = set(threads.map(get, range(8)))

        assert len(tokens) == 1
        assert token_calls(driver) == 1

    def test_a_forgotten_token_is_replaced(self, wire: Wire, driver: Driver) -> None:
        wire.tokens.forget(wire.tokens.get())
        wire.tokens.get()

        assert token_calls(driver) == 2

    def test_a_token_that_was_renewed_meanwhile_is_not_forgotten(self, wire: Wire, driver: Driver) -> None:
        wire.tokens.get()
        wire.tokens.forget("an older one")
        wire.tokens.get()

        assert token_calls(driver) == 1


class TestFailure:
    """An outage is remembered, so that it costs few calls."""

    def test_it_is_remembered_for_half_a_minute(self, wire: Wire, driver: Driver, clock: FakeClock) -> None:
        driver.faults({"route": "/oauth/token", "status": 503, "count": 1})
        for _ in range(3):
            with pytest.raises(Unavailable):
                wire.tokens.get()
            clock.advance(9)
        assert token_calls(driver) == 1

        clock.advance(3)
        assert wire.tokens.get()
        assert token_calls(driver) == 2

    def test_the_api_is_not_called_without_a_token(self, wire: Wire, driver: Driver) -> None:
        driver.faults({"route": "/oauth/token", "kind": "reset"})

        with pytest.raises(Unavailable):
            wire.api.look(["oRdErAbCdE"], unheard)

        assert driver.calls()["list_calls"] == 0
        assert wire.rate_limiter.taken == 0

    def test_while_the_old_one_lasts_it_is_used(self, wire: Wire, driver: Driver, clock: FakeClock) -> None:
        old = wire.tokens.get()
        driver.faults({"route": "/oauth/token", "status": 503})
        clock.advance(LIFE - 300)
        assert wire.tokens.get() == old
        assert wire.tokens.get() == old
        assert token_calls(driver) == 2

        clock.advance(300)
        with pytest.raises(Unavailable):
            wire.tokens.get()

    def test_a_refused_client_is_the_operators_to_mend(
        self, sandbox: Sandbox, driver: Driver, clock: FakeClock
    ) -> None:
        wrong = replace(sandbox.config.client, client_secret="made-up-wrong-secret")
        with wire_to(sandbox, client=wrong) as wire:
            wire.tokens.clock = clock
            for _ in range(2):
                with pytest.raises(CredentialsRefused) as refused:
                    wire.tokens.get()

        assert "made-up-wrong-secret" not in f"{refused.value}{refused.value!r}{wire.log.text}"
        assert token_calls(driver) == 1

    def test_a_secret_that_cannot_be_read_is_an_outage(self, wire: Wire, clock: FakeClock) -> None:
        reads: list[int] = []
        read_secret = wire.tokens.read_secret

        def unavailable() -> dict[str, object]:
            reads.append(1)
            raise SecretUnavailable("secret arn:made-up could not be read: AccessDenied")

        wire.tokens.read_secret = unavailable
        for _ in range(2):
            with pytest.raises(Unavailable) as failed:
                wire.tokens.get()
        assert (failed.value.code, len(reads)) == ("SECRET_UNAVAILABLE", 1)

        wire.tokens.read_secret = read_secret
        clock.advance(30)
        assert wire.tokens.get()

    @pytest.mark.parametrize("secret", [{}, {"client_id": "x"}, {"client_id": "x", "client_secret": 7}])
    def test_a_secret_that_lacks_something_is_never_sent(
        self, wire: Wire, driver: Driver, secret: dict[str, object]
    ) -> None:
        wire.tokens.read_secret = lambda: secret

        with pytest.raises(CredentialsRefused, match="client_id and client_secret"):
            wire.tokens.get()

        assert token_calls(driver) == 0


class TestWhoseTokenItIs:
    """Checked before the first call: otherwise every payment of the merchant would look missing."""

    @pytest.mark.parametrize(
        ("config", "code"),
        [(Config(organization="another-shop"), "OTHER_ORGANIZATION"), (Config(mode="test"), "OTHER_MODE")],
        ids=["organization", "mode"],
    )
    def test_credentials_of_another_one_are_refused_before_any_call(self, config: Config, code: str) -> None:
        with (
            running(config) as other,
            httpx.Client(base_url=other.url, trust_env=False) as control,
            wire_to(other) as wire,
        ):
            wire.tokens.organization, wire.tokens.mode = "sandbox-shop", ApiMode.LIVE
            for _ in range(2):
                with pytest.raises(CredentialsRefused) as refused:
                    wire.api.look(["oRdErAbCdE"], unheard)

            assert refused.value.code == code
            assert Driver(other, control).calls()["by_route"] == {"POST /oauth/token": 1}

    @pytest.mark.parametrize("mode", ["live", "test"])
    def test_both_modes_are_accepted_where_they_belong(self, mode: Any) -> None:
        with running(Config(mode=mode)) as organization, wire_to(organization) as wire:
            assert wire.tokens.get()


class TestStrangeAnswers:
    """Whatever the token endpoint says, a call without a good token is not made."""

    def source(self, answer: Callable[[httpx.Request], httpx.Response]) -> TokenSource:
        http = httpx.Client(transport=httpx.MockTransport(answer))
        return TokenSource(
            post=TokenEndpoint(http, "https://auth.example/oauth/token").post,
            read_secret=lambda: {"client_id": "made-up", "client_secret": "made-up-secret"},
            clock=FakeClock(),
            organization="shop",
            mode=ApiMode.LIVE,
        )

    @pytest.mark.parametrize(
        "answer",
        [
            httpx.Response(200, content=b""),
            httpx.Response(200, json=[]),
            httpx.Response(200, json={}),
            token_answer(access_token=None),
            token_answer(expires_in="7200"),
            token_answer(expires_in=None),
            token_answer(expires_in=True),
            token_answer(expires_in=-1),
            token_answer(access_token=f"{jwt()}\r\nx-injected: 1"),
            token_answer(access_token=f"{jwt()}é"),
            httpx.Response(500, content=b"<html>"),
        ],
        ids=[
            *("empty", "list", "nothing in it", "no token", "text for a time", "no time", "true for a time"),
            *("over", "two lines", "not ASCII", "500"),
        ],
    )
    def test_what_is_no_token_is_an_outage(self, answer: httpx.Response) -> None:
        with pytest.raises(Unavailable):
            self.source(lambda _request: httpx.Response(answer.status_code, content=answer.content)).get()

    @pytest.mark.parametrize("token", ["", "x", "a.b.c", "a.~~~.c", "e30.W10.x", jwt(organization=None)])
    def test_a_token_that_does_not_say_whose_it_is_is_refused(self, token: str) -> None:
        with pytest.raises(CredentialsRefused):
            self.source(lambda _request: token_answer(access_token=token)).get()

    @pytest.mark.parametrize("test", [None, "false", 0.5, [], True])
    def test_a_token_that_does_not_say_which_mode_is_refused(self, test: object) -> None:
        with pytest.raises(CredentialsRefused):
            self.source(lambda _request: token_answer(access_token=jwt(test=test))).get()

    @pytest.mark.parametrize(
        ("status", "kind"),
        [(301, CredentialsRefused), (400, CredentialsRefused), (401, CredentialsRefused), (429, NoToken)],
    )
    def test_refusals(self, status: int, kind: type[CommerceLayerError]) -> None:
        with pytest.raises(kind) as refused:
            self.source(lambda _request: httpx.Response(status, json={"errors": {"code": "X"}})).get()

        assert "made-up-secret" not in str(refused.value)

    def test_the_real_client_goes_straight_to_where_it_is_reported(self) -> None:
        with make_client() as http:
            assert (http.follow_redirects, http.trust_env) == (False, False)
            assert http.timeout.connect is not None
            assert http.timeout.read is not None
