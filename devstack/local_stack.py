"""Deploys the template on the local AWS, connected to an organization, for as long as it is needed."""

from __future__ import annotations

import json
import uuid
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
from botocore.exceptions import HTTPClientError

from devstack.build import build_and_package
from devstack.deploy import create_stack, mend
from devstack.emf_forwarding import forwarding
from devstack.environment import Tools
from devstack.in_seconds import IN_SECONDS
from devstack.local_aws import local_aws
from devstack.order_bus import order_bus
from devstack.outcome_queue import DEFAULT_BUS, subscribe_queue
from devstack.progress import Progress
from devstack.runtime_client import use_runtime_client
from devstack.sandbox_server import sandbox_server
from devstack.stack import FUNCTIONS, LocalStack

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from devstack.local_aws import LocalAws
    from devstack.organization import Organization
    from devstack.sandbox_server import SandboxServer

_VISIBILITY_S = 15


@contextmanager
def local_stack(
    *,
    parameters: Mapping[str, str] | None = None,
    organization: Organization | None = None,
    tools: Tools | None = None,
    progress: Progress | None = None,
    visibility_s: int = _VISIBILITY_S,
    keeps_state: bool = False,
) -> Iterator[LocalStack]:
    """Deploy the stack on a local AWS of its own for as long as the body runs.

    Parameters
    ----------
    parameters
        Parameters of the template, on top of those the launcher sets itself (see `IN_SECONDS`). With
        ``TakeWebhooks=false``, order events come by a bus that is made for it.
    organization
        Where to connect to. By default a sandbox is started and its webhooks are registered; without one, the
        policies are the template's own and registering webhooks is up to the caller.
    visibility_s
        After how many seconds a message that failed is delivered again. A batch must be done by then.
    keeps_state
        Whether the local AWS can be stopped and started again with all that it holds.

    Raises
    ------
    LauncherError
        A step failed; its details are the log lines that explain it.
    """
    tools = tools or Tools.find()
    progress = progress or Progress()
    with ExitStack() as servers:
        with progress.step("Starting the local AWS"):
            aws = servers.enter_context(local_aws(tools, keeps_state=keeps_state))
        sandbox, chosen = None, dict(parameters or {})
        if organization is None:
            with progress.step("Starting the sandbox"):
                sandbox = servers.enter_context(sandbox_server(tools, aws.temp))
            organization, chosen = sandbox.organization, {**IN_SECONDS, **chosen}
        posts_to = None
        if chosen.get("TakeWebhooks") == "false":
            bus = servers.enter_context(order_bus(aws.clients))
            posts_to, chosen = bus.url, {**bus.parameters, **chosen}
        deployment = _Deployment(
            aws=aws,
            tools=tools,
            progress=progress,
            organization=organization,
            sandbox=sandbox,
            visibility_s=visibility_s,
            posts_to=posts_to,
        )
        stack = deployment.deploy(chosen)
        servers.enter_context(stack.metrics.running())
        try:
            yield stack
        except (HTTPClientError, httpx.TransportError):
            stack.check()  # a server that has ended explains more than the call that it did not answer
            raise


@dataclass(frozen=True, slots=True, kw_only=True)
class _Deployment:
    """Deploys the template on a local AWS, connected to an organization.

    Attributes
    ----------
    sandbox
        The organization's server, if it is ours.
    visibility_s
        After how many seconds a message that failed is delivered again.
    posts_to
        Where the organization posts order events, if that is not the stack's own URL.
    """

    aws: LocalAws
    tools: Tools
    progress: Progress
    organization: Organization
    sandbox: SandboxServer | None
    visibility_s: int
    posts_to: str | None

    def deploy(self, parameters: Mapping[str, str]) -> LocalStack:
        """Build, deploy, connect to the organization, and start each function once."""
        clients = self.aws.clients
        with self.progress.step("Building and packaging with SAM"):
            template = build_and_package(self.tools, self.aws)
        # The local AWS confuses functions of equal names, so no two stacks may ever share one.
        name = f"payment-refresh-{uuid.uuid4().hex[:6]}"
        own = self._own_parameters(name)
        with self.progress.step(f"Deploying stack {name} through CloudFormation"):
            created = create_stack(clients, name, template, own | dict(parameters))
            described = clients.cloudformation.describe_stack_resources(StackName=name)["StackResources"]
            resources = {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in described}
            mend(clients, name, resources, visibility_s=self.visibility_s)
            bus = parameters.get("OutcomeBusName", DEFAULT_BUS)
            outcomes_url = subscribe_queue(clients, f"{name}-outcomes", bus)
        with self.progress.step("Putting the functions under the Lambda runtime client"):
            for function in FUNCTIONS:
                use_runtime_client(self.aws, self.tools, resources[function])
        outputs = {output["OutputKey"]: output["OutputValue"] for output in created["Outputs"]}
        stack = LocalStack(
            name=name,
            aws=self.aws,
            organization=self.organization,
            sandbox=self.sandbox,
            outputs=outputs,
            resources=resources,
            webhook_url=self.posts_to or self._webhook_url(outputs["WebhookUrl"]),
            outcomes_url=outcomes_url,
            parameters=dict(parameters),
            metrics=forwarding(clients, [resources[function] for function in FUNCTIONS]),
        )
        self._register_webhooks(stack.webhook_url, own["WebhookSecretArn"])
        with self.progress.step("Starting each function once"):
            stack.start_functions()
        return stack

    def _own_parameters(self, name: str) -> dict[str, str]:
        """Store the two secrets; return the parameters that connect the stack with the organization."""
        secrets, organization = self.aws.clients.secrets, self.organization
        credentials = {"client_id": organization.client_id, "client_secret": organization.client_secret}
        api_secret = secrets.create_secret(Name=f"{name}/api", SecretString=json.dumps(credentials))["ARN"]
        webhook_secret = secrets.create_secret(Name=f"{name}/webhooks", SecretString="{}")["ARN"]
        return {
            "CommerceLayerBaseUrl": organization.base_url,
            "CommerceLayerAuthUrl": organization.auth_url,
            "CommerceLayerOrganization": organization.slug,
            "CommerceLayerMode": organization.mode,
            "ApiSecretArn": api_secret,
            "WebhookSecretArn": webhook_secret,
            "DeletionProtection": "false",
        }

    def _webhook_url(self, function_url: str) -> str:
        url_id = (urlsplit(function_url).hostname or "").split(".")[0]
        return f"{self.aws.endpoint}/_aws/lambda-url/{url_id}"

    def _register_webhooks(self, webhook_url: str, secret_arn: str) -> None:
        if self.sandbox is None:
            return
        with self.progress.step("Registering the order webhooks"):
            secrets = json.dumps(self.sandbox.register_webhooks(webhook_url))
            self.aws.clients.secrets.put_secret_value(SecretId=secret_arn, SecretString=secrets)
