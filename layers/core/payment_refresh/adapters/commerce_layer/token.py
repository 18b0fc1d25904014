"""The access token: fetched with client credentials, cached until shortly before it expires, and validated.

https://docs.commercelayer.io/core/authentication/client-credentials. A new token can be obtained from
fifteen minutes before the old one expires; both are valid meanwhile (https://docs.commercelayer.io/changelog/2024).
"""

from __future__ import annotations

import base64
import json
import re
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeGuard

from payment_refresh.domain.deployment import ApiMode
from payment_refresh.errors import (
    CommerceLayerError,
    CredentialsRefused,
    NoToken,
    RateLimited,
    SecretUnavailable,
    Unavailable,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from payment_refresh.ports import Clock

RENEW_BELOW = 600
"""Remaining lifetime in seconds below which a token is renewed."""

FAILURE_KEPT = 30
"""Seconds for which a failure to get a token is cached, so that an outage costs few calls."""

LONGEST_LIFE = 15 * 86_400
"""Maximum lifetime in seconds that Commerce Layer issues."""

_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{0,8192}")
"""RFC 6750, section 2.1: anything else would not be valid in a header."""

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


@dataclass(slots=True, kw_only=True)
class TokenSource:
    """Provides the access token; thread-safe, with one fetch at a time.

    Attributes
    ----------
    post
        Sends a JSON body to the token endpoint and returns the JSON answer; raises a `CommerceLayerError`.
    read_secret
        Reads the API secret: ``client_id`` and ``client_secret``.
    organization, mode
        Expected claims of the token.
    """

    post: Callable[[Mapping[str, str]], Mapping[str, Any]]
    read_secret: Callable[[], Mapping[str, object]]
    clock: Clock
    organization: str
    mode: ApiMode
    _token: str | None = field(default=None, init=False, repr=False)
    _ends_at: float = field(default=0.0, init=False)
    _failure: CommerceLayerError | None = field(default=None, init=False)
    _failed_at: float = field(default=0.0, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def get(self) -> str:
        """Return a token that is valid now.

        Raises
        ------
        CredentialsRefused
            Commerce Layer does not know our credentials, or they belong to another organization or mode.
        NoToken
            The token endpoint or Secrets Manager did not answer; cached for 30 seconds.
        """
        with self._lock:
            left = self._ends_at - self.clock()
            if self._token is not None and left > RENEW_BELOW:
                return self._token
            if self._failure is not None and self.clock() - self._failed_at < FAILURE_KEPT:
                return self._last_valid(left, self._failure)
            try:
                token = self._fetch()
            except CommerceLayerError as error:
                self._failure, self._failed_at = error, self.clock()
                return self._last_valid(left, error)
            self._failure = None
            return token

    def forget(self, token: str) -> None:
        """Drop a token that the API rejected as invalid, unless it was renewed meanwhile."""
        with self._lock:
            if self._token == token:
                self._token = None

    def _last_valid(self, left: float, error: CommerceLayerError) -> str:
        if self._token is not None and left > 0:
            return self._token
        raise error

    def _fetch(self) -> str:
        try:
            secret = self.read_secret()
        except SecretUnavailable as error:
            raise NoToken(f"no access token: {error}", code="SECRET_UNAVAILABLE") from error
        client_id, client_secret = secret.get("client_id"), secret.get("client_secret")
        if not isinstance(client_id, str) or not isinstance(client_secret, str):
            raise CredentialsRefused(
                "the API secret must hold client_id and client_secret", code="SECRET_INCOMPLETE"
            )
        body = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
        try:
            answer = self.post(body)
        except (Unavailable, RateLimited) as error:
            # Not a 429 of the API: the token endpoint has its own rate limit.
            raise NoToken(
                f"no access token: {error}", status=error.status, code=error.code, request_id=error.request_id
            ) from error
        token, life = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(token, str) or not _TOKEN.fullmatch(token) or not _is_positive(life):
            raise NoToken("the token endpoint answered without a token", code="NO_TOKEN")
        self._check(token)
        self._token, self._ends_at = token, self.clock() + min(life, LONGEST_LIFE)
        return token

    def _check(self, token: str) -> None:
        """Check the token's claims against the deployment's parameters, before it is used for any call."""
        claims = read_claims(token)
        organization = claims.get("organization")
        slug = organization.get("slug") if isinstance(organization, dict) else None
        test = claims.get("test")
        mode = (ApiMode.TEST if test else ApiMode.LIVE) if isinstance(test, bool) else None
        if slug != self.organization:
            other = slug if isinstance(slug, str) and _SLUG.fullmatch(slug) else "?"
            raise CredentialsRefused(
                f"the API secret belongs to organization {other!r}, the stack to {self.organization!r}: "
                "put the right credentials into the secret",
                code="OTHER_ORGANIZATION",
            )
        if mode != self.mode:
            raise CredentialsRefused(
                f"the API secret is for {mode} mode, the stack for {self.mode}: "
                "put the right credentials into the secret, or change CommerceLayerMode",
                code="OTHER_MODE",
            )


def _is_positive(life: object) -> TypeGuard[float]:
    return isinstance(life, int | float) and not isinstance(life, bool) and life > 0


def read_claims(token: str) -> Mapping[str, Any]:
    """Decode a JWT's claims without verifying its signature, which is only Commerce Layer's concern."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}
