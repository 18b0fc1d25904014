"""Access tokens by client credentials: JWTs, the same one until shortly before its end."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.errors import invalid_token

if TYPE_CHECKING:
    from sandbox.config import Client, Config, Switches

OVERLAP_S = 900
"""A new token is issued this long before the previous one ends; until then, the same one again."""
_ISSUER = "https://auth.commercelayer.io"


class TokenRefused(Exception):
    """The token endpoint's refusal. In its error objects, unlike the API's, the status is a number."""

    def __init__(self, status: int, code: str, title: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.document = {"errors": [{"code": code, "title": title, "status": status, "detail": detail}]}


def invalid_client() -> TokenRefused:
    """401: unknown client or wrong secret."""
    detail = (
        "Client authentication failed due to unknown client, no client authentication included, or unsupported "
        "authentication method."
    )
    return TokenRefused(401, "UNAUTHORIZED", "invalid_client", detail)


@cache
def _signing_key() -> rsa.RSAPrivateKey:
    """Make the key that all sandboxes of a process sign with: it takes long to make, and nobody checks it."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass(frozen=True, slots=True)
class _Grant:
    token: str
    client: Client
    issued_at: int
    expires_at: int


class Tokens:
    """Issues tokens and knows whose they are."""

    def __init__(self, config: Config, switches: Switches) -> None:
        self._config = config
        self._switches = switches
        self._key = _signing_key()
        self._key_id = secrets.token_hex(16)
        self.issued: list[str] = []
        self._grants: dict[str, _Grant] = {}
        self._latest: dict[str, _Grant] = {}

    def issue(self, body: object) -> dict[str, Any]:
        """Answer a token request.

        Raises
        ------
        TokenRefused
            400 when it is no client credentials request, 401 when the client is unknown.
        """
        if not isinstance(body, dict) or body.get("grant_type") != "client_credentials":
            detail = "The authorization grant type is not supported: send client_credentials as JSON."
            raise TokenRefused(400, "BAD_REQUEST", "unsupported_grant_type", detail)
        client = self._client(body.get("client_id"), body.get("client_secret"))
        now = int(self._config.clock())
        grant = self._latest.get(client.client_id)
        if grant is None or now >= grant.expires_at - OVERLAP_S:
            grant = self._grant(client, now)
        return {
            "access_token": grant.token,
            "token_type": "Bearer",
            "expires_in": grant.expires_at - now,
            "scope": "market:all",
            "created_at": grant.issued_at,
        }

    def check(self, authorization: str | None) -> Client:
        """Give the client whose bearer token this is.

        Raises
        ------
        ApiError
            401 ``INVALID_TOKEN`` when it is missing, unknown, revoked, expired or for another organization.
        """
        scheme, _, token = (authorization or "").partition(" ")
        grant = self._grants.get(token)
        if scheme.lower() != "bearer" or grant is None or self._config.clock() >= grant.expires_at:
            raise invalid_token()
        if grant.client.other_organization:
            raise invalid_token()
        return grant.client

    def has_right(self, client: Client, method: str, resource: str) -> bool:
        """Say whether a client's role may do this with records of a type."""
        does = "read" if method in ("list", "retrieve") else method
        return f"{does} {resource}" not in self._switches.refused_rights and (does == "read" or client.may_write)

    def revoke_all(self) -> int:
        """Make all tokens invalid, though their time is not over; gives how many there were."""
        count = len(self._grants)
        self._grants.clear()
        self._latest.clear()
        return count

    def _client(self, client_id: object, client_secret: object) -> Client:
        for client in self._config.clients.values():
            if client.client_id == client_id and client.client_secret == client_secret:
                return client
        raise invalid_client()

    def _grant(self, client: Client, now: int) -> _Grant:
        expires_at = now + int(self._switches.token_life_s)
        organization = (self._config.organization_id, self._config.organization)
        if client.other_organization:
            organization = ("eLsEwHeRe1", "elsewhere-shop")
        claims = {
            "application": {
                "id": "sNdBxAppId",
                "client_id": client.client_id,
                "kind": "integration",
                "public": False,
                "confidential": True,
            },
            "organization": {
                "id": organization[0],
                "slug": organization[1],
                "enterprise": False,
                "region": "eu-west-1",
            },
            "scope": "market:all",
            "exp": expires_at,
            "iat": now,
            "iss": _ISSUER,
            "test": (self._config.mode == "test") != client.other_mode,
            "rand": secrets.randbelow(10**9) / 10**9,
        }
        token = jwt.encode(claims, self._key, algorithm="RS512", headers={"kid": self._key_id})
        grant = _Grant(token, client, now, expires_at)
        self._grants[token] = self._latest[client.client_id] = grant
        self.issued.append(token)
        return grant
