"""Fixtures of the operator's command: a local AWS, a sandbox, a stack, and the command."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import boto3
import botocore.session
import httpx
import pytest
import typer.main

from devstack.local_aws import local_aws
from payment_refresh.adapters.aws import forget_clients
from sandbox.config import Config
from sandbox.server import running
from tests.integration.sandbox.driver import Driver
from tests.operating.command import Command
from tests.operating.healthy import open_shop
from tests.operating.hollow import deploy, secret
from tests.operating.identity import UNSET, variables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devstack.local_aws import LocalAws
    from tests.operating.healthy import Shop
    from tests.operating.hollow import HollowStack


@pytest.fixture(autouse=True, scope="session")
def _read_once_what_each_command_reads() -> Iterator[None]:
    """Keep the models of AWS's services and the commands' options, which otherwise each run reads anew."""
    with pytest.MonkeyPatch.context() as patch:
        for module, name in ((botocore.session, "create_loader"), (typer.main, "get_command")):
            patch.setattr(module, name, cache(getattr(module, name)))
        yield


@pytest.fixture(scope="session")
def local() -> Iterator[LocalAws]:
    """One local AWS for all tests of a process."""
    with local_aws() as aws:
        yield aws


@pytest.fixture(scope="module")
def organization() -> Iterator[Driver]:
    """A Commerce Layer organization."""
    with running(Config()) as sandbox, httpx.Client(base_url=sandbox.url, trust_env=False) as http:
        yield Driver(sandbox, http)


@pytest.fixture(scope="module")
def stack(local: LocalAws, organization: Driver) -> HollowStack:
    """A stack that is connected to the organization, and whose functions do nothing."""
    sandbox = organization.sandbox
    credentials = {"client_id": sandbox.client_id, "client_secret": sandbox.client_secret}
    return deploy(
        local,
        {
            "CommerceLayerBaseUrl": sandbox.url,
            "CommerceLayerAuthUrl": f"{sandbox.url}/oauth/token",
            "CommerceLayerOrganization": sandbox.organization,
            "CommerceLayerMode": sandbox.config.mode,
            "ApiSecretArn": secret(local, "api", credentials),
            "WebhookSecretArn": secret(local, "webhooks", {}),
            "DeletionProtection": "false",
        },
    )


@pytest.fixture(scope="module")
def shop(local: LocalAws, organization: Driver) -> Shop:
    """A healthy shop with a stack of its own; a module lets ``command`` work on it by a ``stack`` of its own."""
    return open_shop(local, organization)


@pytest.fixture
def command(
    stack: HollowStack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Command]:
    """The command, run in this process on the stack as its account's administrator."""
    for name, value in (variables(stack.aws) | {"PAYREFRESH_STACK": stack.name}).items():
        monkeypatch.setenv(name, value)
    for name in UNSET:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    yield Command(capsys)
    forget_clients()
