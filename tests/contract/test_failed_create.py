"""A first deployment that fails: what it leaves behind on the local AWS of what the template keeps."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from devstack.deploy import create_stack
from devstack.errors import LauncherError
from tests.template.conftest import ROOT
from tests.template.model import load

if TYPE_CHECKING:
    from devstack.local_aws import LocalAws

REFUSED = {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 99_999}}
"""SQS takes 43,200 seconds at most."""


def url_of_template(aws: LocalAws, queue: dict[str, Any], *, fails: bool) -> tuple[str, str]:
    """Put a template with that queue, and perhaps one that is refused, where CloudFormation finds it."""
    name = f"stack-{uuid.uuid4().hex}"
    named = queue | {"Properties": queue["Properties"] | {"QueueName": name}}
    resources = {"Kept": named} | ({"Refused": REFUSED | {"DependsOn": "Kept"}} if fails else {})
    aws.clients.s3.create_bucket(Bucket=name)
    aws.clients.s3.put_object(Bucket=name, Key="t.json", Body=json.dumps({"Resources": resources}).encode())
    return name, f"{aws.endpoint}/{name}/t.json"


def queues(aws: LocalAws, name: str) -> list[str]:
    """URLs of the queues of that name."""
    return aws.clients.sqs.list_queues(QueueNamePrefix=name).get("QueueUrls", [])


def test_dead_letter_queue_of_a_first_deployment_that_fails_is_not_left_behind(aws: LocalAws) -> None:
    queue = load(ROOT / "template.yaml").resource("PendingPaymentsDeadLetterQueue")
    name, url = url_of_template(aws, queue, fails=True)

    with pytest.raises(LauncherError, match="was not created"):
        create_stack(aws.clients, name, url, {})

    assert queues(aws, name) == []


def test_dead_letter_queue_of_a_stack_that_is_deleted_stays(aws: LocalAws) -> None:
    queue = load(ROOT / "template.yaml").resource("PendingPaymentsDeadLetterQueue")
    name, url = url_of_template(aws, queue, fails=False)
    create_stack(aws.clients, name, url, {})

    aws.clients.cloudformation.delete_stack(StackName=name)
    aws.clients.cloudformation.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig={"Delay": 1})

    assert len(queues(aws, name)) == 1


def test_queue_that_is_only_retained_would_be_left_behind(aws: LocalAws) -> None:
    """So the other test can fail."""
    queue = load(ROOT / "template.yaml").resource("PendingPaymentsDeadLetterQueue")
    name, url = url_of_template(aws, queue | {"DeletionPolicy": "Retain"}, fails=True)

    with pytest.raises(LauncherError, match="was not created"):
        create_stack(aws.clients, name, url, {})

    assert len(queues(aws, name)) == 1
