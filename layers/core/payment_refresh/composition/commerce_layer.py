"""The client of Commerce Layer, and its settings, for the functions that call it."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from payment_refresh.adapters.aws import read_secret
from payment_refresh.adapters.commerce_layer.http import TokenEndpoint, Transport, make_client
from payment_refresh.adapters.commerce_layer.token import TokenSource
from payment_refresh.composition.calls import make_rate_limiter, read_calls_per_minute
from payment_refresh.composition.deployment import read_api_mode, read_organization
from payment_refresh.composition.environment import text, url
from payment_refresh.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payment_refresh.domain.deployment import ApiMode
    from payment_refresh.ports import Log

API_VERSIONS = ("", "2017-08")
"""Versions that can be asked for; later ones do not have the payments that a refresh is for. Empty: none."""


class ApiSettings(NamedTuple):
    """Where Commerce Layer is and how it may be called; ``mode`` is ``live`` or ``test``, like the credentials."""

    base_url: str
    api_version: str
    auth_url: str
    organization: str
    mode: ApiMode
    secret_arn: str
    calls_per_minute: int


def read_api(environ: Mapping[str, str]) -> ApiSettings:
    """Read them; raises `SettingsError`."""
    return ApiSettings(
        base_url=url(environ, "COMMERCE_LAYER_BASE_URL"),
        api_version=read_api_version(environ),
        auth_url=url(environ, "COMMERCE_LAYER_AUTH_URL"),
        organization=read_organization(environ),
        mode=read_api_mode(environ),
        secret_arn=text(environ, "API_SECRET_ARN"),
        calls_per_minute=read_calls_per_minute(environ),
    )


def read_api_version(environ: Mapping[str, str]) -> str:
    """Read the version that stands in the path of every call; empty where none does."""
    value = environ.get("COMMERCE_LAYER_API_VERSION", "").strip()
    if value not in API_VERSIONS:
        known = ", ".join(version for version in API_VERSIONS if version)
        raise SettingsError(
            f"COMMERCE_LAYER_API_VERSION is {value!r}; it must be {known}, "
            "or empty for the organization's default version"
        )
    return value


def make_transport(settings: ApiSettings, table: str, log: Log, at_a_time: int = 1) -> Transport:
    """Make what calls Commerce Layer, within the budget of all environments; its first call gets a token.

    Parameters
    ----------
    at_a_time
        Slots to book at a time, as in `SharedRateLimiter`.
    """
    http = make_client()
    tokens = TokenSource(
        post=TokenEndpoint(http, settings.auth_url).post,
        read_secret=partial(read_secret, settings.secret_arn, "ApiSecretArn"),
        clock=time.time,
        organization=settings.organization,
        mode=settings.mode,
    )
    rate_limiter = make_rate_limiter(table, settings.calls_per_minute, at_a_time)
    return Transport(
        base_url=settings.base_url,
        api_version=settings.api_version,
        http=http,
        tokens=tokens,
        rate_limiter=rate_limiter,
        log=log,
    )
