"""The right that a call to AWS takes, as a policy names it: action and resource.

AWS's refusals often leave out the resource, and boto3's exceptions do not know what was asked for. So each client
notes it in the refusal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

    import boto3

NOTE = "Right"
"""Where a refusal bears the right, within the part that boto3 calls ``Error``."""

BATCHES = {
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
    "lambda:Invoke": "lambda:InvokeFunction",
}
"""Calls that IAM knows under another name."""

SERVICES = {"monitoring": "cloudwatch"}
"""Services that IAM knows under another name than their signatures do."""

_PATTERNS: dict[str, str] = {
    "TableName": "table/{}",
    "StackName": "stack/{}/*",
    "SecretId": "secret:{}-*",
    "FunctionName": "function:{}",
    "logGroupName": "log-group:{}:*",
    "TopicArn": "{}",
    "SubscriptionArn": "{}",
    "RoleArn": "{}",
}
"""The end of the ARN of what a parameter names, unless that is an ARN itself."""

_KEY = "payrefresh_right"


def note_rights(session: boto3.Session) -> None:
    """Let every refusal that a client of this session gets bear the right that its call takes."""
    partition = session.get_partition_for_region

    def before(params: Mapping[str, Any], model: Any, context: dict[str, Any], **_: object) -> None:
        region = str(context.get("client_region"))
        action = action_of(model.service_model.signing_name, model.name)
        context[_KEY] = (action, resource_of(action, params, f"{partition(region)}:{{}}:{region}"))

    def after(parsed: dict[str, Any], context: dict[str, Any], **_: object) -> None:
        if "Error" in parsed:
            parsed["Error"][NOTE] = context.get(_KEY)

    session.events.register("provide-client-params.*.*", before)
    session.events.register("after-call.*.*", after)


def action_of(service: str, operation: str) -> str:
    """The action of a call, given the service's name in signatures."""
    action = f"{SERVICES.get(service, service)}:{operation}"
    return BATCHES.get(action, action)


def resource_of(action: str, params: Mapping[str, Any], place: str) -> str:
    """The resource that a call is about; ``*`` where it is about none, or where its parameters do not say.

    Parameters
    ----------
    place
        Partition, a gap for the service, and region, as they stand in an ARN.
    """
    if "QueueUrl" in params:
        account, name = urlsplit(params["QueueUrl"]).path.strip("/").split("/")[-2:]
        return f"arn:{place.format('sqs')}:{account}:{name}"
    if action.startswith("scheduler:") and "Name" in params:
        return f"arn:{place.format('scheduler')}:*:schedule/{params.get('GroupName', 'default')}/{params['Name']}"
    if "RequestItems" in params:
        params = {"TableName": next(iter(params["RequestItems"]))}
    for parameter, pattern in _PATTERNS.items():
        name = params.get(parameter)
        if isinstance(name, str):
            service = action.partition(":")[0]
            found = name if name.startswith("arn:") else f"arn:{place.format(service)}:*:{pattern.format(name)}"
            return f"{found}/index/{params['IndexName']}" if "IndexName" in params else found
    return "*"
