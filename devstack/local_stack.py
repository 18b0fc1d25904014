"""Deploys the template on the local AWS, connected to an organization, for as long as it is needed."""

from __future__ import annotations

import json
import uuid
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
from botocore.exceptions import HTTPClientError

from devstack.deployment import VISIBILITY_S, Deployment, local_url
from devstack.emf_forwarding import forwarding
from devstack.environment import Tools
from devstack.in_seconds import IN_SECONDS
from devstack.local_aws import local_aws
from devstack.order_bus import order_bus
from devstack.outcome_queue import DEFAULT_BUS, subscribe_queue
from devstack.progress import Progress
from devstack.sandbox_server import sandbox_server
from devstack.stack import FUNCTIONS, LocalStack

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from devstack.local_aws import LocalAws
    from devstack.organization import Organization
    from devstack.sandbox_server import SandboxServer


@contextmanager
def local_stack(
    *,
    parameters: Mapping[str, str] | None = None,
    organization: Organization | None = None,
    tools: Tools | None = None,
    progress: Progress | None = None,
    visibility_s: int = VISIBILITY_S,
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
        # The local AWS confuses functions of equal names, so no two stacks may ever share one.
        name = f"payment-refresh-{uuid.uuid4().hex[:6]}"
        own = self._own_parameters(name)
        deployment = Deployment(
            target=self.aws,
            tools=self.tools,
            progress=self.progress,
            layers=self.aws.temp / "layers",
            visibility_s=self.visibility_s,
        )
        deployed = deployment.deploy(name, own | dict(parameters))
        bus = parameters.get("OutcomeBusName", DEFAULT_BUS)
        outcomes_url = subscribe_queue(self.aws.clients, f"{name}-outcomes", bus)
        stack = LocalStack(
            name=name,
            aws=self.aws,
            organization=self.organization,
            sandbox=self.sandbox,
            outputs=deployed.outputs,
            resources=deployed.resources,
            webhook_url=self.posts_to or local_url(self.aws.endpoint, deployed.outputs["WebhookUrl"]),
            outcomes_url=outcomes_url,
            parameters=dict(parameters),
            metrics=forwarding(self.aws.clients, [deployed.resources[function] for function in FUNCTIONS]),
        )
        self._register_webhooks(stack.webhook_url, own["WebhookSecretArn"])
        with self.progress.step("Starting each function once"):
            stack.start_functions()
            # The local AWS loads a service at its first call, and answers nobody meanwhile: not while orders come.
            stack.flush_metrics()
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

    def _register_webhooks(self, webhook_url: str, secret_arn: str) -> None:
        if self.sandbox is None:
            return
        with self.progress.step("Registering the order webhooks"):
            secrets = json.dumps(self.sandbox.register_webhooks(webhook_url))
            self.aws.clients.secrets.put_secret_value(SecretId=secret_arn, SecretString=secrets)
