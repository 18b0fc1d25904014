"""The whole stack on this machine: the template deployed on the local AWS, connected to an organization."""

from __future__ import annotations

import json
import uuid
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
from botocore.exceptions import HTTPClientError

from devstack import readings
from devstack.build import build_and_package
from devstack.deploy import create_stack, mend
from devstack.environment import Tools
from devstack.errors import LauncherError
from devstack.function_logs import environment_errors, function_errors, invocations, read_log
from devstack.in_seconds import IN_SECONDS as IN_SECONDS
from devstack.local_aws import local_aws
from devstack.outcome_queue import DEFAULT_BUS, subscribe_queue
from devstack.progress import Progress
from devstack.runtime_client import use_runtime_client
from devstack.sandbox_server import sandbox_server

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from devstack.local_aws import LocalAws
    from devstack.organization import Organization
    from devstack.records import Event, Letter, Row
    from devstack.sandbox_server import SandboxServer

FUNCTIONS = ("OrderEvents", "Discover", "Sweep", "Refresh", "Digest")
"""Logical ids of the functions."""

_VISIBILITY_S = 15


@dataclass(slots=True)
class LocalStack:
    """A deployed stack.

    Attributes
    ----------
    outputs, resources
        The stack's outputs by name, and its resources' physical ids by logical id.
    webhook_url
        The Function URL in the local AWS's own form, without a slash at the end.
    sandbox
        The organization's server, if it is ours.
    outcomes_url
        A queue that gets every outcome event.
    parameters
        The template's parameters that were set by name.
    sweeps
        How many sweeps were started by `sweep`, and so not by the schedule.
    """

    name: str
    aws: LocalAws
    organization: Organization
    sandbox: SandboxServer | None
    outputs: Mapping[str, str]
    resources: Mapping[str, str]
    webhook_url: str
    outcomes_url: str
    parameters: Mapping[str, str]
    sweeps: int = field(default=0)

    def sweep(self) -> Any:
        """Run the sweep once and return its answer; what fails in it is in its log."""
        self.sweeps += 1
        return self._invoke("Sweep")[0]

    def discover(self) -> Any:
        """Run discover once and return its answer; what fails in it is in its log."""
        return self._invoke("Discover")[0]

    def digest(self) -> Any:
        """Run the digest once and return its answer; what fails in it is in its log."""
        return self._invoke("Digest")[0]

    def start_functions(self) -> None:
        """Run each function once with nothing to do, so that one that cannot start is known now, and why.

        But for discover: its first pass is the one that looks furthest back, and the orders are not there yet.

        Raises
        ------
        LauncherError
            One failed; the details are its log.
        """
        self.sweeps += 1
        idle = {"Sweep": b"{}", "Refresh": b'{"Records": []}', "Digest": b"{}"}
        failed = [function for function, payload in idle.items() if self._invoke(function, payload)[1]]
        # A webhook is a POST, so the handler itself refuses this.
        if httpx.get(self.webhook_url, timeout=60, trust_env=False).is_server_error:
            failed.append("OrderEvents")
        if failed:
            log = [*self._environment_errors()[-5:], *self.log(failed[0])[-20:]]
            raise LauncherError(f"Function {failed[0]} failed at its first start; its log:", log)

    def _invoke(self, function: str, payload: bytes = b"{}") -> tuple[Any, bool]:
        """Run a function once; return its answer, and whether it failed."""
        answer = self.aws.clients.functions.invoke(FunctionName=self.resources[function], Payload=payload)
        with answer["Payload"] as body:  # what is not read keeps its connection
            return json.loads(body.read()), "FunctionError" in answer

    def scheduled_sweeps(self) -> int:
        """Return how many sweeps the schedule has started: all that the log shows but those started by `sweep`."""
        return max(0, invocations(self.log("Sweep")) - self.sweeps)

    def send(self, message: Mapping[str, Any] | str) -> None:
        """Put a message into the pending queue, as by hand."""
        body = message if isinstance(message, str) else json.dumps(message)
        self.aws.clients.sqs.send_message(QueueUrl=self.outputs["PendingPaymentsQueueUrl"], MessageBody=body)

    def rows(self) -> list[Row]:
        """Return all watches."""
        return readings.read_rows(self.aws.clients.dynamodb, self.outputs["StateTableName"])

    def letters(self) -> list[Letter]:
        """Return all messages of the dead-letter queue; they stay there."""
        return readings.read_letters(self.aws.clients.sqs, self.outputs["DeadLetterQueueUrl"])

    def events(self) -> list[Event]:
        """Return all outcome events that were announced so far."""
        return readings.read_events(self.aws.clients.sqs, self.outcomes_url)

    def announced_messages(self) -> int:
        """Return how many outcome events were announced so far, those sent again included."""
        return readings.count_messages(self.aws.clients.sqs, self.outcomes_url)

    def pending_messages(self) -> int:
        """Return how many messages the pending queue holds, those being handled included."""
        return readings.count_messages(self.aws.clients.sqs, self.outputs["PendingPaymentsQueueUrl"])

    def log(self, function: str) -> list[str]:
        """Return the log of a function, given by its logical id."""
        return read_log(self.aws.clients.logs, f"/aws/lambda/{self.resources[function]}")

    def errors(self) -> list[str]:
        """Return the log lines that report an error of a function, each with the function's name before it."""
        lines = [f"{function}: {line}" for function in FUNCTIONS for line in function_errors(self.log(function))]
        return lines + self._environment_errors()

    def _environment_errors(self) -> list[str]:
        # What fails while a function's module is loaded is not in the function's own log, as it is on AWS.
        return environment_errors(self.aws.process.log.read_text(errors="replace").splitlines())

    def check(self) -> None:
        """Raise `LauncherError` if one of the servers has ended."""
        self.aws.process.check()
        if self.sandbox is not None:
            self.sandbox.process.check()


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
        Parameters of the template, on top of those the launcher sets itself (see `IN_SECONDS`).
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
        deployment = _Deployment(
            aws=aws,
            tools=tools,
            progress=progress,
            organization=organization,
            sandbox=sandbox,
            visibility_s=visibility_s,
        )
        stack = deployment.deploy(chosen)
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
    """

    aws: LocalAws
    tools: Tools
    progress: Progress
    organization: Organization
    sandbox: SandboxServer | None
    visibility_s: int

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
            webhook_url=self._webhook_url(outputs["WebhookUrl"]),
            outcomes_url=outcomes_url,
            parameters=dict(parameters),
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
