"""Deploys the template on a local AWS that runs already: built, packaged, created, and mended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from devstack.build import build_and_package
from devstack.deploy import create_stack, mend
from devstack.runtime_client import use_runtime_client
from devstack.stack import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from mypy_boto3_cloudformation.type_defs import StackTypeDef

    from devstack.clients import Clients
    from devstack.environment import Tools
    from devstack.progress import Progress

VISIBILITY_S = 60
"""After how many seconds a message that failed is delivered again: the template's minutes are long to watch.

A batch must be done by then, and one that waits for the rate limiter takes some twenty seconds: another delivery
would act on the same lease, and release it.
"""


class Target(Protocol):
    """A local AWS, whoever started it.

    Attributes
    ----------
    endpoint, clients
        Where it is, and clients for it.
    temp
        A folder for what is needed while it is deployed to.
    """

    @property
    def endpoint(self) -> str:
        """Where it is."""
        ...

    @property
    def clients(self) -> Clients:
        """Clients for it."""
        ...

    @property
    def temp(self) -> Path:
        """A folder for what is needed while it is deployed to."""
        ...


type Create = Callable[[Clients, str, str, Mapping[str, str]], StackTypeDef]
"""Creates or changes a stack, as `create_stack` does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedStack:
    """A deployed stack: its outputs by name, and its resources' physical ids by logical id."""

    outputs: Mapping[str, str]
    resources: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """Deploys the template.

    Attributes
    ----------
    layers
        Folder for the layers' files, from which the functions run: it must outlive them.
    visibility_s
        After how many seconds a message that failed is delivered again. A batch must be done by then.
    create
        Creates the stack, or changes it where it is there.
    """

    target: Target
    tools: Tools
    progress: Progress
    layers: Path
    visibility_s: int = VISIBILITY_S
    create: Create = create_stack

    def deploy(self, name: str, parameters: Mapping[str, str]) -> DeployedStack:
        """Build and deploy.

        Raises
        ------
        LauncherError
            A step failed; the details are the log lines that explain it.
        """
        with self.progress.step("Building and packaging with SAM"):
            template = build_and_package(self.tools, self.target)
        clients = self.target.clients
        with self.progress.step(f"Deploying stack {name} through CloudFormation"):
            created = self.create(clients, name, template, parameters)
            described = clients.cloudformation.describe_stack_resources(StackName=name)["StackResources"]
            resources = {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in described}
            mend(clients, name, resources, visibility_s=self.visibility_s)
        with self.progress.step("Putting the functions under the Lambda runtime client"):
            for function in FUNCTIONS:
                use_runtime_client(self.target, self.tools, resources[function], self.layers)
        outputs = {output["OutputKey"]: output["OutputValue"] for output in created["Outputs"]}
        return DeployedStack(outputs=outputs, resources=resources)


def local_url(endpoint: str, function_url: str) -> str:
    """A Function URL in the form in which the local AWS takes requests; no slash at its end."""
    url_id = (urlsplit(function_url).hostname or "").split(".")[0]
    return f"{endpoint}/_aws/lambda-url/{url_id}"
