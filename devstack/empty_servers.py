"""The command `python -m devstack empty`: an empty local AWS and a sandbox, to set up with `payrefresh`."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devstack.emf_forwarding import forwarding_of_all
from devstack.environment import ACCESS_KEY, REGION, Tools
from devstack.errors import Interrupted
from devstack.local_aws import local_aws
from devstack.sandbox_server import sandbox_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from devstack.local_aws import LocalAws
    from devstack.progress import Progress
    from devstack.sandbox_server import SandboxServer

CHECKED_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class EmptyServers:
    """A local AWS on which nothing is deployed, and a sandbox without webhooks."""

    aws: LocalAws
    sandbox: SandboxServer

    @property
    def environment(self) -> dict[str, str]:
        """Variables by which the AWS CLI, SAM and payrefresh call this local AWS."""
        return {
            "AWS_ENDPOINT_URL": self.aws.endpoint,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": ACCESS_KEY,
        }

    def write_credentials(self) -> Path:
        """Write the integration's credentials into a file that only its owner can read, and that is removed."""
        file = self.aws.temp / "credentials.json"
        file.touch(mode=0o600)
        organization = self.sandbox.organization
        pair = {"client_id": organization.client_id, "client_secret": organization.client_secret}
        file.write_text(json.dumps(pair))
        return file

    def check(self) -> None:
        """Raise `LauncherError` if one of the servers has ended."""
        self.aws.process.check()
        self.sandbox.process.check()


@contextmanager
def empty_servers(tools: Tools | None = None) -> Iterator[EmptyServers]:
    """Run both for as long as the body runs."""
    tools = tools or Tools.find()
    with (
        local_aws(tools) as aws,
        sandbox_server(tools, aws.temp) as sandbox,
        forwarding_of_all(aws.clients).running(),
    ):
        yield EmptyServers(aws, sandbox)


def run_empty(progress: Progress) -> int:
    """Run both until Ctrl-C, and say how to use them."""
    with empty_servers() as servers:
        base_url = servers.sandbox.organization.base_url
        progress.say(
            "A local AWS on which nothing is deployed, and a sandbox, until Ctrl-C.",
            "To use them from another terminal, paste:",
            "  export " + " ".join(f"{name}={value}" for name, value in servers.environment.items()),
            "then set the stack up:",
            f"  payrefresh setup --credentials {servers.write_credentials()} \\",
            f"    --base-url {base_url} --auth-url {servers.sandbox.organization.auth_url}",
        )
        try:
            while True:
                servers.check()
                time.sleep(CHECKED_EVERY_S)
        except Interrupted:
            progress.note("Stopping")
    return 0
