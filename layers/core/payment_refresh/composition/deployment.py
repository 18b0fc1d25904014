"""The deployment as the settings describe it: the stack, its organization and its modes."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from payment_refresh.composition.environment import one_of, text, url
from payment_refresh.domain.deployment import ApiMode, Deployment, RunMode

if TYPE_CHECKING:
    from collections.abc import Mapping


def read_run_mode(environ: Mapping[str, str]) -> RunMode:
    """Read what the deployment may do; raises `SettingsError`."""
    return RunMode(one_of(environ, "MODE", tuple(RunMode)))


def read_api_mode(environ: Mapping[str, str]) -> ApiMode:
    """Read which of the API's modes is called; raises `SettingsError`."""
    return ApiMode(one_of(environ, "COMMERCE_LAYER_MODE", tuple(ApiMode)))


def read_organization(environ: Mapping[str, str]) -> str:
    """Read the organization's slug: by default, the first label of its API host; raises `SettingsError`."""
    host = urlsplit(url(environ, "COMMERCE_LAYER_BASE_URL")).hostname or ""
    return environ.get("COMMERCE_LAYER_ORGANIZATION", "").strip() or host.split(".")[0]


def read_deployment(environ: Mapping[str, str]) -> Deployment:
    """Read all of it; raises `SettingsError`."""
    return Deployment(
        stack=text(environ, "STACK_NAME"),
        organization=read_organization(environ),
        run_mode=read_run_mode(environ),
        api_mode=read_api_mode(environ),
    )
