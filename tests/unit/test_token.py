"""The access token: its owner, how long it is kept, and the cost of an outage."""

from __future__ import annotations

import base64
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_refresh.adapters.commerce_layer.token import FAILURE_KEPT, RENEW_BELOW, TokenSource, read_claims
from payment_refresh.domain.deployment import ApiMode
from payment_refresh.errors import (
    CommerceLayerError,
    CredentialsRefused,
    NoToken,
    RateLimited,
    SecretUnavailable,
    Unavailable,
)
from tests.support.clock import FakeClock

if TYPE_CHECKING:
    from collections.abc import Mapping

SECRET: dict[str, object] = {"client_id": "id", "client_secret": "made-up-secret"}
CLAIMS: dict[str, object] = {"organization": {"slug": "your-org", "id": "EnWlqFMlDb"}, "test": False}


def jwt(claims: object, number: int = 0) -> str:
    """A token as Commerce Layer gives it: base64url without padding."""
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"header.{payload}.signature{number}"


class Authority:
    """Gives a new token at every call, or fails as set."""

    def __init__(
        self, claims: object = CLAIMS, *, mode: ApiMode = ApiMode.LIVE, expires_in: object = 7200
    ) -> None:
        self.claims, self.expires_in = claims, expires_in
        self.failure: Exception | None = None
        self.secret: Mapping[str, object] | SecretUnavailable = SECRET
        self.bodies: list[Mapping[str, str]] = []
        self.clock = FakeClock()
        self.tokens = TokenSource(
            post=self.post, read_secret=self.read_secret, clock=self.clock, organization="your-org", mode=mode
        )

    def read_secret(self) -> Mapping[str, object]:
        if isinstance(self.secret, SecretUnavailable):
            raise self.secret
        return self.secret

    def post(self, body: Mapping[str, str]) -> Mapping[str, Any]:
        self.bodies.append(body)
        if self.failure is not None:
            raise self.failure
        return {"access_token": jwt(self.claims, len(self.bodies)), "expires_in": self.expires_in}


def test_the_token_is_asked_for_with_client_credentials() -> None:
    authority = Authority()

    assert authority.tokens.get() == jwt(CLAIMS, 1)
    assert authority.bodies == [
        {"grant_type": "client_credentials", "client_id": "id", "client_secret": "made-up-secret"}
    ]


class TestKeeping:
    """It is kept until less than ten minutes remain."""

    def test_it_serves_until_it_is_nearly_over(self) -> None:
        authority = Authority()
        first = authority.tokens.get()
        authority.clock.advance(7200 - RENEW_BELOW - 1)
        assert authority.tokens.get() == first
        authority.clock.advance(1)

        assert authority.tokens.get() == jwt(CLAIMS, 2)

    def test_one_the_api_calls_invalid_is_dropped(self) -> None:
        authority = Authority()
        authority.tokens.forget(authority.tokens.get())

        assert authority.tokens.get() == jwt(CLAIMS, 2)

    def test_one_that_was_renewed_meanwhile_is_not(self) -> None:
        authority = Authority()
        old = authority.tokens.get()
        authority.tokens.forget(old)
        renewed = authority.tokens.get()
        authority.tokens.forget(old)

        assert authority.tokens.get() == renewed
        assert len(authority.bodies) == 2

    def test_whoever_asks_at_once_waits_for_one_fetch(self) -> None:
        authority, asked, go = Authority(), threading.Event(), threading.Event()
        answer = authority.post

        def slow(body: Mapping[str, str]) -> Mapping[str, Any]:
            asked.set()
            assert go.wait(30)
            return answer(body)

        authority.tokens.post = slow
        with ThreadPoolExecutor(4) as pool:
            waiting = [pool.submit(authority.tokens.get) for _ in range(4)]
            assert asked.wait(30)
            go.set()
            tokens = {future.result(30) for future in waiting}

        assert tokens == {jwt(CLAIMS, 1)}
        assert len(authority.bodies) == 1


class TestFailures:
    """An outage is remembered for half a minute, and a token that is still valid serves through it."""

    @pytest.mark.parametrize(
        ("failure", "expected"),
        [
            (Unavailable("down"), NoToken),
            (RateLimited("slow down"), NoToken),
            (CredentialsRefused("no"), CredentialsRefused),
        ],
    )
    def test_a_failure_is_remembered_for_half_a_minute(
        self, failure: Exception, expected: type[CommerceLayerError]
    ) -> None:
        authority = Authority()
        authority.failure = failure
        for _ in range(FAILURE_KEPT):
            with pytest.raises(expected):
                authority.tokens.get()
            authority.clock.advance(1)
        assert len(authority.bodies) == 1
        authority.failure = None

        assert authority.tokens.get() == jwt(CLAIMS, 2)

    def test_a_failure_that_is_over_is_forgotten(self) -> None:
        authority = Authority()
        authority.failure = Unavailable("down")
        with pytest.raises(Unavailable):
            authority.tokens.get()
        authority.failure = None
        authority.clock.advance(FAILURE_KEPT)
        authority.tokens.forget(authority.tokens.get())

        assert authority.tokens.get() == jwt(CLAIMS, 3)

    def test_the_last_token_serves_to_its_very_end(self) -> None:
        authority = Authority()
        first = authority.tokens.get()
        authority.failure = Unavailable("down")
        authority.clock.advance(7200 - RENEW_BELOW)
        for _ in range(RENEW_BELOW):
            assert authority.tokens.get() == first
            authority.clock.advance(1)

        with pytest.raises(Unavailable):
            authority.tokens.get()
        assert len(authority.bodies) == 2 + RENEW_BELOW // FAILURE_KEPT

    def test_a_token_the_api_called_invalid_does_not(self) -> None:
        authority = Authority()
        authority.tokens.forget(authority.tokens.get())
        authority.failure = Unavailable("down")

        with pytest.raises(Unavailable):
            authority.tokens.get()

    def test_a_secret_that_cannot_be_read_is_an_outage(self) -> None:
        authority = Authority()
        authority.secret = SecretUnavailable("Secrets Manager did not answer")

        with pytest.raises(Unavailable) as failed:
            authority.tokens.get()
        assert failed.value.reason == "SECRET_UNAVAILABLE"
        assert not authority.bodies

    @pytest.mark.parametrize(
        "secret", [{}, {"client_id": "id"}, {"client_secret": "s"}, {"client_id": 7, "client_secret": "s"}]
    )
    def test_a_secret_that_lacks_something_is_for_the_operator(self, secret: dict[str, object]) -> None:
        authority = Authority()
        authority.secret = secret

        with pytest.raises(CredentialsRefused, match="client_id and client_secret"):
            authority.tokens.get()
        assert not authority.bodies

    @pytest.mark.parametrize(
        "answer",
        [{}, {"access_token": jwt(CLAIMS)}, {"expires_in": 7200}, {"access_token": 7, "expires_in": 7200}],
    )
    def test_an_answer_without_a_token_is_an_outage(self, answer: dict[str, object]) -> None:
        authority = Authority()
        authority.tokens.post = lambda _: answer

        with pytest.raises(Unavailable, match="without a token"):
            authority.tokens.get()


class TestWhoseItIs:
    """A token for another organization or mode is never used."""

    @pytest.mark.parametrize(("test", "mode"), [(False, ApiMode.LIVE), (True, ApiMode.TEST)])
    def test_organization_and_mode_must_be_the_stacks(self, test: bool, mode: ApiMode) -> None:
        assert Authority(CLAIMS | {"test": test}, mode=mode).tokens.get()

    @pytest.mark.parametrize(
        "claims",
        [
            {"test": False},
            {"organization": {"slug": "another-org"}, "test": False},
            {"organization": {}, "test": False},
            {"organization": "your-org", "test": False},
            [],
            None,
        ],
    )
    def test_another_organization_is_refused(self, claims: object) -> None:
        with pytest.raises(CredentialsRefused, match="belongs to organization") as refused:
            Authority(claims).tokens.get()

        assert refused.value.reason == "OTHER_ORGANIZATION"

    @pytest.mark.parametrize("test", [True, None, "false", 0, 1, [], {}])
    def test_another_mode_or_none_is_refused(self, test: object) -> None:
        with pytest.raises(CredentialsRefused, match="the stack for live") as refused:
            Authority(CLAIMS | {"test": test}).tokens.get()

        assert refused.value.reason == "OTHER_MODE"

    def test_a_token_that_was_refused_is_not_kept(self) -> None:
        authority = Authority({})
        for _ in range(2):
            with pytest.raises(CredentialsRefused):
                authority.tokens.get()

        assert len(authority.bodies) == 1

    def test_nothing_secret_shows_in_errors_or_in_what_is_printed(self) -> None:
        authority = Authority({})
        with pytest.raises(CredentialsRefused) as refused:
            authority.tokens.get()
        authority.claims = CLAIMS
        authority.clock.advance(FAILURE_KEPT)
        token = authority.tokens.get()

        shown = repr(authority.tokens) + repr(refused.value) + repr(vars(refused.value))
        assert token not in shown
        assert "made-up-secret" not in shown


class TestClaims:
    """They are read without a key: the signature is Commerce Layer's business."""

    @given(st.dictionaries(st.text(), st.none() | st.booleans() | st.text()))
    def test_they_are_read_whatever_their_padding(self, claims: dict[str, object]) -> None:
        assert read_claims(jwt(claims)) == claims

    @pytest.mark.parametrize(
        "token", ["", "a", "a.b", "a.é.c", "a.bm8.c", jwt([]), jwt(None), "a." + "A" * 7 + ".c"]
    )
    def test_what_is_no_token_claims_nothing(self, token: str) -> None:
        assert read_claims(token) == {}

    @given(st.text())
    def test_no_text_breaks_the_reading(self, token: str) -> None:
        assert isinstance(read_claims(f"a.{token}"), dict)
