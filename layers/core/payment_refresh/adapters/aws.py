"""Calls to AWS: one client per service and environment, with short timeouts; secrets."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from payment_refresh.errors import SecretUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

AWS_ERRORS = (ClientError, BotoCoreError)

logging.getLogger("botocore").setLevel(logging.WARNING)  # else each cold start logs where credentials were found


class Patience(NamedTuple):
    """How long a call to AWS may take: seconds to connect and to wait for an answer, and how often it is tried."""

    connect: float
    read: float
    attempts: int


USUAL = Patience(connect=1, read=3, attempts=4)
PROMPT = Patience(connect=0.5, read=1, attempts=2)
"""For who must answer Commerce Layer's webhooks, which wait for five seconds: a call that fails ends in four."""

_clients: dict[str, Any] = {}


def client(service: str) -> Any:
    """Return a service's client, created once per environment."""
    if service not in _clients:
        make_clients(service)
    return _clients[service]


def forget_clients() -> None:
    """Close all clients; the next calls make them anew, for an environment with other variables."""
    while _clients:
        _clients.popitem()[1].close()


def make_clients(*services: str, patience: Patience = USUAL) -> None:
    """Make the clients that a function surely needs; that calls nothing, but takes tens of milliseconds each."""
    config = Config(
        connect_timeout=patience.connect,
        read_timeout=patience.read,
        retries={"mode": "standard", "total_max_attempts": patience.attempts},
    )
    for service in set(services) - _clients.keys():
        _clients[service] = boto3.client(service, config=config)  # type: ignore[call-overload]  # the stubs want literals


def error_code(error: Exception) -> str:
    """AWS's error code, or the exception's class name if there was no response."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", "unknown"))
    return type(error).__name__


def read_secret(arn: str, parameter: str) -> Mapping[str, object]:
    """Read a secret that is a JSON object.

    Parameters
    ----------
    parameter
        The template's parameter that names the secret, for who must correct it.

    Raises
    ------
    SecretUnavailable
        It could not be read, or is not a JSON object. The message never contains its text.
    """
    try:
        text = client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
    except (*AWS_ERRORS, KeyError) as error:
        raise SecretUnavailable(
            f"the secret {arn} of {parameter} could not be read: {error_code(error)}; "
            "it must be in the stack's own account and region, under a key that the functions may use"
        ) from error
    try:
        secret = json.loads(text)
    except ValueError:
        raise SecretUnavailable(f"the secret {arn} of {parameter} is not JSON") from None
    if not isinstance(secret, dict):
        raise SecretUnavailable(f"the secret {arn} of {parameter} is not a JSON object")
    return secret
