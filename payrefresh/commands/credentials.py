"""Credentials of an integration, from where no shell's history keeps them: a file, the environment, a prompt."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from payrefresh.errors import WrongInput

if TYPE_CHECKING:
    from payrefresh.adapters.commerce_layer import Credentials

CLIENT_ID, CLIENT_SECRET = "PAYREFRESH_CLIENT_ID", "PAYREFRESH_CLIENT_SECRET"
NAMES = ("client_id", "client_secret")

CredentialsOption = Annotated[
    Path | None,
    typer.Option(
        "--credentials",
        metavar="FILE",
        help=f"JSON file with client_id and client_secret; else {CLIENT_ID} and {CLIENT_SECRET}, else asked.",
        rich_help_panel="Commerce Layer",
    ),
]

BaseUrlOption = Annotated[
    str | None,
    typer.Option(
        "--base-url",
        envvar="PAYREFRESH_BASE_URL",
        help="The API's address, if it is not https://SLUG.commercelayer.io.",
        rich_help_panel="Commerce Layer",
    ),
]
AuthUrlOption = Annotated[
    str | None,
    typer.Option(
        "--auth-url",
        envvar="PAYREFRESH_AUTH_URL",
        help="The token endpoint, if it is not Commerce Layer's.",
        rich_help_panel="Commerce Layer",
    ),
]
ApiVersionOption = Annotated[
    str,
    typer.Option(
        "--api-version",
        help="The API's version; by default the organization's.",
        rich_help_panel="Commerce Layer",
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where the API is: None for Commerce Layer's own addresses, an empty version for the organization's."""

    auth_url: str | None
    base_url: str | None
    api_version: str


def given_address(*, auth_url: str | None, base_url: str | None, api_version: str) -> Address:
    """Check where the API is to be asked.

    Raises
    ------
    WrongInput
        There is no such version.
    SettingsError
        An address is none that credentials may be sent to.
    """
    from payment_refresh.composition.commerce_layer import API_VERSIONS
    from payment_refresh.composition.environment import url

    if api_version not in API_VERSIONS:
        raise WrongInput(f"--api-version must be {' or '.join(filter(None, API_VERSIONS))}, or left out")
    given = {"--auth-url": auth_url, "--base-url": base_url}
    urls = {name: url({name: value}, name) for name, value in given.items() if value is not None}
    return Address(auth_url=urls.get("--auth-url"), base_url=urls.get("--base-url"), api_version=api_version)


def found_credentials(file: Path | None) -> Credentials | None:
    """Read them from the file or, without one, from the environment; None where they are in neither.

    Raises
    ------
    WrongInput
        The file has none. The message has nothing of the file's text.
    """
    from payrefresh.adapters.commerce_layer import Credentials

    if file is not None:
        return Credentials(**_from_file(file))
    client_id, client_secret = os.environ.get(CLIENT_ID), os.environ.get(CLIENT_SECRET)
    if not (client_id and client_secret):
        return None
    return Credentials(client_id=client_id.strip(), client_secret=client_secret.strip())


def given_credentials(file: Path | None) -> Credentials:
    """Read them, or ask for them: neither is shown while it is typed.

    Raises
    ------
    WrongInput
        The file has none, or nobody can be asked. The message has nothing of the file's text.
    """
    from payrefresh.adapters.commerce_layer import Credentials

    found = found_credentials(file)
    if found is not None:
        return found
    if not sys.stdin.isatty():
        raise WrongInput(
            f"no credentials of Commerce Layer: give --credentials FILE, or set {CLIENT_ID} and {CLIENT_SECRET}"
        )
    client_id: str = typer.prompt("Client id of the integration (hidden)", hide_input=True, err=True)
    client_secret: str = typer.prompt("Client secret (hidden)", hide_input=True, err=True)
    return Credentials(client_id=client_id.strip(), client_secret=client_secret.strip())


def _from_file(file: Path) -> dict[str, str]:
    try:
        document = json.loads(file.read_text())
    except OSError as error:
        raise WrongInput(f"{file} cannot be read: {error.strerror}") from None
    except ValueError:
        raise WrongInput(f"{file} is not JSON: it must hold client_id and client_secret") from None
    given = document if isinstance(document, dict) else {}
    values = {name: value for name in NAMES if isinstance(value := given.get(name), str) and value}
    if len(values) < len(NAMES):
        raise WrongInput(f"{file} must be a JSON object with client_id and client_secret")
    return values
