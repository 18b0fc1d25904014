"""An environment in which AWS cannot be asked at all: what each defect of it makes a command say."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import boto3
import pytest

from payment_refresh.adapters.aws import forget_clients
from payrefresh.errors import NOT_ASKED
from tests.operating.command import Command

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONFIG = """
[profile no-source]
role_arn = arn:aws:iam::123456789012:role/operator
source_profile = nobody
region = us-east-1
[profile no-process]
credential_process = /bin/false
region = us-east-1
"""


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Command]:
    """The command, in an environment that lacks nothing but an AWS that answers."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    (tmp_path / "config").write_text(CONFIG)
    (tmp_path / "broken").write_text("[profile\nnonsense")
    for name, value in {
        "HOME": str(tmp_path),
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    yield Command(capsys)
    forget_clients()


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"AWS_ENDPOINT_URL": "nonsense"}, "AWS_ENDPOINT_URL is 'nonsense', which is no URL"),
        ({"AWS_ENDPOINT_URL": "ftp://somewhere"}, "which is no URL"),
        ({"AWS_REGION": "a b"}, "the AWS region is none"),
        ({"AWS_REGION": None}, "no AWS region is set"),
        ({"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}, "there are no AWS credentials"),
        ({"AWS_SECRET_ACCESS_KEY": None}, "no usable AWS credentials (PartialCredentialsError)"),
        ({"AWS_PROFILE": "nobody"}, "`aws configure list-profiles`"),
        ({"AWS_PROFILE": "no-source", "AWS_ACCESS_KEY_ID": None}, 'The source_profile "nobody"'),
        ({"AWS_PROFILE": "no-process", "AWS_ACCESS_KEY_ID": None}, "no usable AWS credentials"),
        ({"AWS_CONFIG_FILE": "{home}/broken"}, "the AWS configuration cannot be used"),
        ({}, "AWS was not reached (EndpointConnectionError)"),
    ],
)
def test_environment_in_which_aws_cannot_be_asked_is_said_with_what_to_set(
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    change: dict[str, str | None],
    part: str,
) -> None:
    for name, value in change.items():
        if value is None:
            monkeypatch.delenv(name)
        else:
            monkeypatch.setenv(name, value.format(home=tmp_path))

    ran = command("acknowledge", "x", "--note", "y")

    assert (ran.status, ran.out, ran.err.count("\n")) == (NOT_ASKED, "", 1)
    assert part in ran.err
