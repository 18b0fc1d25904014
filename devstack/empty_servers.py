"""The command `python -m devstack empty`: an empty local AWS and a sandbox, to set up with `payrefresh`."""

from __future__ import annotations

import shlex
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devstack.emf_forwarding import forwarding_of_all
from devstack.endpoints import exports, given_order
from devstack.environment import Tools
from devstack.errors import Interrupted
from devstack.local_aws import local_aws
from devstack.options import CLIENT_ID, CLIENT_SECRET
from devstack.sandbox_server import sandbox_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from devstack.local_aws import LocalAws
    from devstack.options import EmptyOptions
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
        return exports(self.aws)

    def shell_file(self) -> str:
        """What a shell sources to use both, as the sandbox's integration."""
        organization = self.sandbox.organization
        variables = {
            **self.environment,
            "SANDBOX": organization.base_url,
            "PAYREFRESH_BASE_URL": organization.base_url,
            "PAYREFRESH_AUTH_URL": organization.auth_url,
            CLIENT_ID: organization.client_id,
            CLIENT_SECRET: organization.client_secret,
        }
        lines = [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
        # A profile of the user's would come before the keys above, and lead to a real account.
        return "\n".join(["unset AWS_PROFILE AWS_DEFAULT_PROFILE", *lines, ""])

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


def run_empty(options: EmptyOptions, progress: Progress) -> int:
    """Run both until Ctrl-C, and say how to use them."""
    with empty_servers() as servers:
        text = servers.shell_file()
        try:
            write_privately(options.env_file, text)
            progress.say(
                "A local AWS on which nothing is deployed, and a sandbox of Commerce Layer, until Ctrl-C.",
                f"  local AWS        {servers.aws.endpoint}",
                f"  Commerce Layer   {servers.sandbox.organization.base_url}",
                "To use them from another terminal:",
                f"  source {options.env_file}",
                "  payrefresh setup",
                *given_order("$SANDBOX"),
            )
            while True:
                servers.check()
                time.sleep(CHECKED_EVERY_S)
        except Interrupted:
            progress.note("Stopping")
        finally:
            _remove(options.env_file, text)
    return 0


def write_privately(path: Path, text: str) -> None:
    """Write a file that only the user may read, so that it is never seen half written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    partial.touch(mode=0o600)
    partial.write_text(text)
    partial.replace(path)


def _remove(path: Path, text: str) -> None:
    """Remove a file, unless somebody else has written another meanwhile."""
    if path.exists() and path.read_text() == text:
        path.unlink()
