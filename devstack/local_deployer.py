"""Deploys the template for `payrefresh setup` on a local AWS that runs already, and says what that leaves out."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from devstack.change_set import ByChangeSet
from devstack.clients import Clients
from devstack.deployment import VISIBILITY_S, Deployment, local_url
from devstack.environment import Tools
from devstack.runtime_client import uses_runtime_client
from devstack.stack import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from devstack.deployment import Target
    from devstack.progress import Progress

LEFT_OUT = (
    "the local AWS evaluates no alarms, and its schedules run by UTC only",
    "alarms over several metrics are left out: it refuses them",
    f"a message that failed is delivered again after {VISIBILITY_S} s, not after twelve minutes",
    "an e-mail address needs no confirmation, and gets no mail",
)
"""What AWS does and the local AWS does not; said before it is deployed to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _RunningAws:
    """A local AWS that runs already."""

    endpoint: str
    clients: Clients
    temp: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalDeployer:
    """Deploys to the local AWS at an endpoint.

    Attributes
    ----------
    show
        Shown what the change set changes.
    agrees
        Asks whether it is to be executed.
    """

    endpoint: str
    show: Callable[[Sequence[str]], None]
    agrees: Callable[[], bool]
    progress: Progress

    def plan(self, _name: str) -> Sequence[str]:
        """What would be done, in words."""
        return ["build with SAM, and deploy to the local AWS", *(f"left out here: {each}" for each in LEFT_OUT)]

    def unfinished(self, name: str) -> Sequence[str]:
        """What is still to do on a stack that is there."""
        clients = Clients.connect(self.endpoint)
        try:
            described = clients.cloudformation.describe_stack_resources(StackName=name)["StackResources"]
            resources = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in described}
            waiting = [each for each in FUNCTIONS if not uses_runtime_client(clients, resources[each])]
        finally:
            clients.close()
        return [f"put the functions under the Lambda runtime client: {', '.join(waiting)}"] if waiting else []

    def deploy(self, name: str, parameters: Mapping[str, str]) -> Sequence[str]:
        """Deploy or update the stack.

        Raises
        ------
        LauncherError
            A step failed, or the change set was declined.
        """
        with tempfile.TemporaryDirectory(prefix="payrefresh-") as temp:
            clients = Clients.connect(self.endpoint)
            try:
                self._deployment(_RunningAws(endpoint=self.endpoint, clients=clients, temp=Path(temp))).deploy(
                    name, parameters
                )
            finally:
                clients.close()
        return [f"deployed {name}"]

    def webhook_url(self, function_url: str) -> str:
        """A Function URL as the local AWS takes requests to it."""
        return local_url(self.endpoint, function_url)

    def _deployment(self, target: Target) -> Deployment:
        tools = Tools.find()
        return Deployment(
            target=target,
            tools=tools,
            progress=self.progress,
            layers=tools.root / ".aws-sam/local/layers",
            create=ByChangeSet(show=self.show, agrees=self.agrees),
        )
