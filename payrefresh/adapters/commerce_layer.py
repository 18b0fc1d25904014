"""A Commerce Layer organization, called with given credentials: which it is, and how it is called."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from payment_refresh.adapters.commerce_layer.http import TokenEndpoint, Transport, make_client
from payment_refresh.adapters.commerce_layer.token import TokenSource, read_claims
from payment_refresh.domain.deployment import ApiMode
from payment_refresh.errors import CredentialsRefused
from payment_refresh.rate_limit.budget import DEFAULT_CALLS
from payrefresh.adapters.own_rate import own_rate_limiter

if TYPE_CHECKING:
    from payment_refresh.ports import Log

AUTH_URL = "https://auth.commercelayer.io/oauth/token"
"""The token endpoint of every organization."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """An integration's client id and secret; neither is ever shown."""

    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """An organization that can be called.

    Attributes
    ----------
    slug, mode
        As the access token says.
    base_url
        Its API's host, such as ``https://your-org.commercelayer.io``.
    """

    slug: str
    mode: ApiMode
    base_url: str
    transport: Transport


def open_organization(
    credentials: Credentials,
    *,
    auth_url: str = AUTH_URL,
    base_url: str | None = None,
    api_version: str = "",
    calls_per_minute: int | None = None,
    log: Log | None = None,
) -> Organization:
    """Get a token, and read from it which organization and mode the credentials are for.

    Parameters
    ----------
    base_url
        None for the organization's own host, by its slug.
    calls_per_minute
        None for half of the API's limit, which is counted for each IP.

    Raises
    ------
    CommerceLayerError
        There is no token: the credentials are refused, or the endpoint does not answer.
    """
    http = make_client()
    secret = {"client_id": credentials.client_id, "client_secret": credentials.client_secret}
    post = TokenEndpoint(http, auth_url).post
    try:
        slug, mode = _claims(post({"grant_type": "client_credentials"} | secret).get("access_token"))
    except BaseException:
        http.close()
        raise
    base_url = (base_url or f"https://{slug}.commercelayer.io").rstrip("/")
    return Organization(
        slug=slug,
        mode=mode,
        base_url=base_url,
        transport=Transport(
            base_url=base_url,
            api_version=api_version,
            http=http,
            tokens=TokenSource(
                post=post, read_secret=lambda: secret, clock=time.time, organization=slug, mode=mode
            ),
            rate_limiter=own_rate_limiter(calls_per_minute or DEFAULT_CALLS[mode]),
            log=log or logging.getLogger("payrefresh"),
        ),
    )


def _claims(token: object) -> tuple[str, ApiMode]:
    claims = read_claims(token) if isinstance(token, str) else {}
    organization, test = claims.get("organization"), claims.get("test")
    slug = organization.get("slug") if isinstance(organization, dict) else None
    if not isinstance(slug, str) or not isinstance(test, bool):
        raise CredentialsRefused(
            "the access token names no organization and mode: these are not the credentials of an integration"
        )
    return slug, ApiMode.TEST if test else ApiMode.LIVE
