"""The AWS account and region that a command asks: chosen by options and environment, as the AWS CLI does."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

import boto3

from payment_refresh.adapters.aws import Patience, client, forget_clients, make_clients
from payrefresh.adapters.rights import note_rights
from payrefresh.errors import NoCredentials, WrongInput

ENDPOINT = "AWS_ENDPOINT_URL"

FIRST_CALL = Patience(connect=2, read=4, attempts=2)
"""For the first call of a command: who waits for it should know in ten seconds that an endpoint is dead."""


def connect(*, profile: str | None, region: str | None) -> None:
    """Let all calls to AWS go to this profile's account and to this region; nothing is called yet.

    Parameters
    ----------
    profile, region
        None for what the environment (``AWS_PROFILE``, ``AWS_REGION``) and the AWS configuration say.
        ``AWS_ENDPOINT_URL`` leads to a local AWS.

    Raises
    ------
    NoCredentials
        Nothing says which region or whose credentials.
    WrongInput
        The endpoint of the environment is no URL.
    botocore.exceptions.ProfileNotFound
        There is no such profile.
    """
    forget_clients()
    _check_endpoint()
    # The AWS CLI knows both names of the variable, boto3 only AWS_DEFAULT_REGION.
    session = boto3.Session(profile_name=profile, region_name=region or os.environ.get("AWS_REGION"))
    note_rights(session)
    boto3.DEFAULT_SESSION = session  # the layer's adapters make their clients from it
    if session.region_name is None:
        raise NoCredentials("no AWS region is set: name it with --region, or set AWS_REGION")
    if session.get_credentials() is None:
        raise NoCredentials(
            "there are no AWS credentials: log in (aws sso login), or name a profile with --profile"
        )


def region() -> str:
    """The region that is asked."""
    return str(client("sts").meta.region_name)


def account() -> str:
    """The id of the account that is asked."""
    make_clients("sts", patience=FIRST_CALL)
    return str(client("sts").get_caller_identity()["Account"])


def _check_endpoint() -> None:
    endpoint = os.environ.get(ENDPOINT)
    if endpoint and not (urlsplit(endpoint).scheme in ("http", "https") and urlsplit(endpoint).hostname):
        raise WrongInput(
            f"{ENDPOINT} is {endpoint!r}, which is no URL: unset it, or set one such as that of a local AWS"
        )
