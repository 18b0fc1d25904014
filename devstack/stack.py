"""The whole stack on this machine: the template deployed on the local AWS, connected to an organization."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import httpx

from devstack import readings
from devstack.errors import LauncherError
from devstack.function_logs import condensed, environment_errors, function_errors, invocations, read_log
from devstack.in_seconds import IN_SECONDS as IN_SECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devstack.emf_forwarding import EmfForwarding
    from devstack.local_aws import LocalAws
    from devstack.organization import Organization
    from devstack.records import Event, Letter, Row
    from devstack.sandbox_server import SandboxServer

FUNCTIONS = ("OrderEvents", "Discover", "Sweep", "Refresh", "Digest")
"""Logical ids of the functions."""


@dataclass(slots=True)
class LocalStack:
    """A deployed stack.

    Attributes
    ----------
    outputs, resources
        The stack's outputs by name, and its resources' physical ids by logical id.
    webhook_url
        Where the organization posts order events, without a slash at the end: the Function URL in the local AWS's
        own form, or what forwards to the bus.
    sandbox
        The organization's server, if it is ours.
    outcomes_url
        A queue that gets every outcome event.
    parameters
        The template's parameters that were set by name.
    metrics
        What puts the functions' metrics to the local CloudWatch.
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
    metrics: EmfForwarding
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
        idle = {"Sweep": b"{}", "Refresh": b'{"Records": []}', "Digest": b'{"counts_only": true}'}
        failed = [function for function, payload in idle.items() if self._invoke(function, payload)[1]]
        if self._order_events_fail():
            failed.append("OrderEvents")
        if failed:
            log = [*self._environment_errors()[-5:], *self.log(failed[0])[-20:]]
            raise LauncherError(f"Function {failed[0]} failed at its first start; its log:", log)

    def _order_events_fail(self) -> bool:
        # A webhook is a POST, so the handler itself refuses these.
        if "WebhookUrl" in self.outputs:
            return httpx.get(self.webhook_url, timeout=60, trust_env=False).is_server_error
        request = {"requestContext": {"http": {"method": "GET"}}, "rawPath": "/", "headers": {}}
        answer, failed = self._invoke("OrderEvents", json.dumps(request).encode())
        return failed or answer["statusCode"] >= HTTPStatus.INTERNAL_SERVER_ERROR

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

    def flush_metrics(self) -> None:
        """Put all metrics that were emitted so far to the local CloudWatch now; else that takes some seconds."""
        self.metrics.flush()

    def log(self, function: str) -> list[str]:
        """Return the log of a function, given by its logical id."""
        return read_log(self.aws.clients.logs, f"/aws/lambda/{self.resources[function]}")

    def errors(self) -> list[str]:
        """Return the log lines that report an error, condensed, each with its function's name before it."""
        logs = ((function, self.log(function)) for function in FUNCTIONS)
        lines = [f"{function}: {condensed(line)}" for function, log in logs for line in function_errors(log)]
        return lines + self._environment_errors()

    def _environment_errors(self) -> list[str]:
        # What fails while a function's module is loaded is not in the function's own log, as it is on AWS.
        return environment_errors(self.aws.process.log.read_text(errors="replace").splitlines())

    def check(self) -> None:
        """Raise `LauncherError` if one of the servers has ended."""
        self.aws.process.check()
        if self.sandbox is not None:
            self.sandbox.process.check()
