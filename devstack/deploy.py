"""Deploys the packaged template through CloudFormation and mends what the local AWS leaves out of it."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from devstack.errors import LauncherError
from devstack.rights import allow_batches

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_cloudformation.type_defs import StackEventTypeDef, StackTypeDef

    from devstack.clients import Clients

_DEPLOYED_WITHIN_S = 120.0


def create_stack(clients: Clients, name: str, template_url: str, parameters: Mapping[str, str]) -> StackTypeDef:
    """Create the stack from the template at a URL and return its description.

    Raises
    ------
    LauncherError
        It was refused or not created; the details are the events of the resources that failed.
    """
    try:
        clients.cloudformation.create_stack(
            StackName=name,
            TemplateURL=template_url,
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        )
    except ClientError as refusal:
        raise LauncherError(f"CloudFormation refused the stack: {refusal}") from refusal
    deadline = time.monotonic() + _DEPLOYED_WITHIN_S
    while True:
        stack = clients.cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        status = stack["StackStatus"]
        if status == "CREATE_COMPLETE":
            return stack
        if not status.endswith("IN_PROGRESS") or time.monotonic() > deadline:
            raise not_deployed(clients, stack)
        time.sleep(0.1)


def not_deployed(clients: Clients, stack: StackTypeDef) -> LauncherError:
    """The error of a stack that was not created or changed, with the events of the resources that failed."""
    name, status = stack["StackName"], stack["StackStatus"]
    events = clients.cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    what = "changed" if "UPDATE" in status else "created"
    message = f"Stack {name} was not {what}: {status} {stack.get('StackStatusReason', '')}".rstrip()
    return LauncherError(message, [_shown(event) for event in reversed(events) if _failed(event)])


def _failed(event: StackEventTypeDef) -> bool:
    return event.get("ResourceStatus", "").endswith("FAILED")


def _shown(event: StackEventTypeDef) -> str:
    return (
        f"{event.get('LogicalResourceId')} ({event.get('ResourceType')}) {event.get('ResourceStatus')}: "
        f"{event.get('ResourceStatusReason', 'no reason given')}"
    )


def mend(clients: Clients, name: str, resources: Mapping[str, str], *, visibility_s: int) -> None:
    """Do what the template says and the local AWS leaves out, and shorten what would take too long to watch.

    Left out: the tables' expiry (TTL) and point-in-time recovery, and that who may send messages may send them in
    batches. Shortened: how long a message that failed stays out of sight, `visibility_s` instead of twelve
    minutes; it must still be longer than a batch takes.
    """
    processed = clients.cloudformation.get_template(StackName=name, TemplateStage="Processed")["TemplateBody"]
    for logical_id, resource in _resources(processed).items():
        if resource["Type"] == "AWS::DynamoDB::Table":
            _mend_table(clients, resources[logical_id], resource["Properties"])
        elif resource["Type"] == "AWS::IAM::Role":
            allow_batches(clients.iam, resources[logical_id])
    clients.sqs.set_queue_attributes(
        QueueUrl=resources["PendingPaymentsQueue"], Attributes={"VisibilityTimeout": str(visibility_s)}
    )


def _resources(template: Any) -> Mapping[str, Any]:
    # The client parses the body if it is JSON; its type says `str` or `dict`.
    parsed = json.loads(template) if isinstance(template, str) else template
    resources: Mapping[str, Any] = parsed["Resources"]
    return resources


def _mend_table(clients: Clients, table: str, properties: Mapping[str, Any]) -> None:
    expiry = properties["TimeToLiveSpecification"]
    clients.dynamodb.update_time_to_live(
        TableName=table,
        TimeToLiveSpecification={"AttributeName": expiry["AttributeName"], "Enabled": expiry["Enabled"]},
    )
    recovery = properties["PointInTimeRecoverySpecification"]
    clients.dynamodb.update_continuous_backups(
        TableName=table,
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": recovery["PointInTimeRecoveryEnabled"]},
    )
