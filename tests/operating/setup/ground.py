"""An empty local AWS and a sandbox, and `payrefresh setup` at a terminal that connects them."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3

from devstack.emf_forwarding import forwarding_of_all
from devstack.environment import ACCESS_KEY, REGION, ROOT
from devstack.local_aws import local_aws
from sandbox.config import Config
from sandbox.server import running
from tests.operating.setup.typist import at_terminal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from devstack.local_aws import LocalAws
    from sandbox.server import Sandbox
    from tests.operating.setup.typist import Typist

PARAMETERS = {"DiscoverAfter": "1s", "DeletionProtection": "false"}
"""So that discover lists the orders of a minute ago."""


@dataclass(frozen=True, slots=True)
class Ground:
    """An empty local AWS and a sandbox, and the command that connects them."""

    aws: LocalAws
    sandbox: Sandbox
    folder: Path

    @property
    def config(self) -> Path:
        """The configuration file, which is not the clone's own."""
        return self.folder / "samconfig.test.toml"

    def environment(self) -> dict[str, str]:
        """A person's environment: no credentials of Commerce Layer in it."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", str(self.folder)),
            "PYTHONPATH": f"{ROOT / 'layers/core'}:{ROOT}",
            "TMPDIR": str(self.folder),
            "TERM": "dumb",
            "NO_COLOR": "1",
            "COLUMNS": "200",
            "AWS_ENDPOINT_URL": self.aws.endpoint,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": ACCESS_KEY,
            "AWS_REGION": REGION,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def setup(self, *options: str) -> AbstractContextManager[Typist]:
        """Run `payrefresh setup` at a terminal."""
        answers = self.folder / "answers.toml"
        parameters = "".join(f'{name} = "{value}"\n' for name, value in PARAMETERS.items())
        answers.write_text(f'config = "{self.config}"\n[parameters]\n{parameters}')
        url = self.sandbox.url
        return at_terminal(
            ["-m", "payrefresh", "setup", "--answers", str(answers), "--base-url", url,
             "--auth-url", f"{url}/oauth/token", *options],
            env=self.environment(), cwd=ROOT,
        )  # fmt: skip

    def client(self, service: str) -> Any:
        """A client for the local AWS."""
        session = boto3.Session(ACCESS_KEY, ACCESS_KEY, region_name=REGION)
        return session.client(service, endpoint_url=self.aws.endpoint)  # type: ignore[call-overload]  # the stubs want literals


@contextmanager
def empty_ground(folder: Path) -> Iterator[Ground]:
    """Run both for as long as the body runs; on a local AWS, a stack's name may be used once only."""
    with local_aws() as aws, running(Config()) as sandbox, forwarding_of_all(aws.clients).running():
        yield Ground(aws, sandbox, folder)
