"""The whole template on a local AWS, deployed in seconds: with functions that do nothing.

What a command reads of a stack is there: parameters, outputs, table, queues, secrets, schedules, alarms, topic.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devstack.build import without_metric_math
from devstack.deploy import create_stack
from devstack.environment import ROOT
from payment_refresh.adapters.dynamodb.rows import to_item
from tests.template.model import load

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devstack.local_aws import LocalAws
    from payment_refresh.domain.watch import Watch

NOTHING = "def handler(event, context):\n    return None\n"
BUCKET = "hollow"


@dataclass(frozen=True, slots=True, kw_only=True)
class HollowStack:
    """A deployed stack whose functions do nothing."""

    name: str
    aws: LocalAws
    outputs: Mapping[str, str]
    resources: Mapping[str, str]
    parameters: Mapping[str, str]

    def put(self, *watches: Watch) -> None:
        """Store rows as they are, whatever stood there."""
        for watch in watches:
            self.aws.clients.dynamodb.put_item(TableName=self.outputs["StateTableName"], Item=to_item(watch))


def hollow_template() -> str:
    """The template with functions that need neither a build nor the layer."""
    body: dict[str, Any] = load(ROOT / "template.yaml").body
    functions = {name for name, each in body["Resources"].items() if each["Type"] == "AWS::Serverless::Function"}
    layers = {name for name, each in body["Resources"].items() if each["Type"] == "AWS::Serverless::LayerVersion"}
    resources = {name: each for name, each in body["Resources"].items() if name not in layers}
    for name in functions:
        properties = resources[name]["Properties"]
        kept = {key: value for key, value in properties.items() if key not in {"CodeUri", "Layers"}}
        resources[name] = resources[name] | {
            "Properties": kept | {"InlineCode": NOTHING, "Handler": "index.handler"}
        }
    for_all = {name: value for name, value in body["Globals"]["Function"].items() if name != "Layers"}
    return without_metric_math(
        json.dumps(body | {"Resources": resources, "Globals": body["Globals"] | {"Function": for_all}})
    )


def deploy(aws: LocalAws, parameters: Mapping[str, str]) -> HollowStack:
    """Deploy it; each stack has a name of its own."""
    name = f"hollow-{uuid.uuid4().hex[:6]}"
    aws.clients.s3.create_bucket(Bucket=BUCKET)
    aws.clients.s3.put_object(Bucket=BUCKET, Key=name, Body=hollow_template())
    created = create_stack(aws.clients, name, f"{aws.endpoint}/{BUCKET}/{name}", parameters)
    described = aws.clients.cloudformation.describe_stack_resources(StackName=name)["StackResources"]
    return HollowStack(
        name=name,
        aws=aws,
        outputs={output["OutputKey"]: output["OutputValue"] for output in created["Outputs"]},
        resources={each["LogicalResourceId"]: each["PhysicalResourceId"] for each in described},
        parameters=parameters,
    )


def secret(aws: LocalAws, name: str, value: Mapping[str, object]) -> str:
    """Store a secret; returns its ARN."""
    created = aws.clients.secrets.create_secret(
        Name=f"{name}-{uuid.uuid4().hex[:6]}", SecretString=json.dumps(value)
    )
    return created["ARN"]
