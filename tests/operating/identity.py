"""The identity under which commands are run on the local AWS."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import boto3

from devstack.environment import ACCESS_KEY, REGION
from payment_refresh.adapters.aws import forget_clients

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devstack.local_aws import LocalAws

UNSET = ("AWS_PROFILE", "AWS_DEFAULT_REGION", "AWS_SESSION_TOKEN")
"""What would lead elsewhere."""


def variables(aws: LocalAws) -> dict[str, str]:
    """The environment of a command that acts as the account's administrator."""
    return {
        "AWS_ENDPOINT_URL": aws.endpoint,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": ACCESS_KEY,
        "AWS_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@contextmanager
def administrator(aws: LocalAws) -> Iterator[None]:
    """Let commands act so for as long as the body runs; then everything is as before."""
    before, session = dict(os.environ), boto3.DEFAULT_SESSION
    for name in UNSET:
        os.environ.pop(name, None)
    os.environ.update(variables(aws))
    boto3.DEFAULT_SESSION = None
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        boto3.DEFAULT_SESSION = session
        forget_clients()
