"""A stack with watches and letters, an organization, and an operator who may do what a policy says."""

from __future__ import annotations

import json
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import boto3

import payrefresh.adapters.aws
from devstack.environment import ACCESS_KEY, REGION, ROOT
from payment_refresh.domain.messages import write_letter
from payment_refresh.domain.policy import Policy
from payment_refresh.domain.vocabulary import Reason, Status
from payrefresh.adapters.rights import action_of, note_rights, resource_of
from tests.operating.invocations import INVOCATIONS
from tests.support import samples
from tests.support.clock import START
from tests.support.deployment import deployment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import pytest

    from payment_refresh.domain.watch import Watch
    from tests.integration.sandbox.driver import Driver
    from tests.operating.command import Command, Ran
    from tests.operating.hollow import HollowStack

POLICY = ROOT / "docs" / "operator-policy.json"
ACCOUNT = "000000000000"
BATCHES = ("sqs:SendMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility")
"""Rights that cover batches on AWS; the local AWS asks for one of its own for each."""

type Right = tuple[str, str]
"""An action, and the resource that it was used on."""


@dataclass(slots=True)
class Scene:
    """What a command finds, and who calls it."""

    stack: HollowStack
    organization: Driver
    folder: Path
    role: str = field(default_factory=lambda: f"operator-{uuid.uuid4().hex[:6]}")

    def __post_init__(self) -> None:
        """Make the operator's role, which may do nothing yet."""
        trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        self.stack.aws.clients.iam.create_role(RoleName=self.role, AssumeRolePolicyDocument=document)

    def play(self) -> None:
        """Put the watches and the letters there that the invocations are about."""
        open_, stuck = samples.watch(samples.order("open"), Policy()), self._dead("stuck")
        done = {"status": Status.CLOSED, "reason": Reason.ACKNOWLEDGED, "note": "x", "due_at": None}
        acknowledged = self._dead("acknowledged", **done)
        self.stack.put(open_, stuck, acknowledged, self._dead("lost"))
        for watch in (stuck, acknowledged):
            self.stack.aws.clients.sqs.send_message(
                QueueUrl=self.stack.outputs["DeadLetterQueueUrl"], MessageBody=write_letter(watch, deployment())
            )

    def arguments(self, given: tuple[str, ...], elsewhere: str | None = None) -> list[str]:
        """Fill in what stands in braces; with ``elsewhere``, the organization is looked for there."""
        sandbox = self.organization.sandbox
        file = self.folder / "credentials.json"
        file.write_text(json.dumps({"client_id": sandbox.client_id, "client_secret": sandbox.client_secret}))
        values = {
            "credentials": file,
            "folder": self.folder,
            "api": elsewhere or sandbox.url,
            "auth": f"{elsewhere or sandbox.url}/oauth/token",
        }
        return [each.format_map(values) for each in given]

    def runs(self, command: Command, name: str) -> Iterator[Ran]:
        """Let a command do all that it can be made to do, one run after the other."""
        for run in INVOCATIONS[name].runs:
            self.play()
            yield command(name, *self.arguments(run))

    def allow(self, policy: Mapping[str, Any]) -> None:
        """Let the operator do what a policy says, and nothing else."""
        document = json.dumps(_for_local_aws(policy))
        self.stack.aws.clients.iam.put_role_policy(
            RoleName=self.role, PolicyName="operator", PolicyDocument=document
        )

    def credentials(self) -> dict[str, str]:
        """The environment of somebody who has assumed the operator's role."""
        session = boto3.Session(ACCESS_KEY, ACCESS_KEY, region_name=REGION)
        sts = session.client("sts", endpoint_url=self.stack.aws.endpoint)
        role = f"arn:aws:iam::{ACCOUNT}:role/{self.role}"
        given = sts.assume_role(RoleArn=role, RoleSessionName="operator")["Credentials"]
        sts.close()
        return {
            "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
            "AWS_SESSION_TOKEN": given["SessionToken"],
        }

    def _dead(self, name: str, **changes: Any) -> Watch:
        return samples.dead_lettered(samples.order(name), Policy(), at=START, **changes)


def operator_policy(stack: HollowStack) -> dict[str, Any]:
    """The policy of the documentation, for a stack on the local AWS, with the secrets that this one has."""
    text = POLICY.read_text()
    for word, value in {"STACK": stack.name, "REGION": REGION, "ACCOUNT": ACCOUNT}.items():
        text = text.replace(word, value)
    policy: dict[str, Any] = json.loads(text)
    reading = next(each for each in policy["Statement"] if each["Sid"] == "ReadTheCredentials")
    reading["Resource"] += [stack.parameters["ApiSecretArn"], stack.parameters["WebhookSecretArn"]]
    return policy


def without(policy: Mapping[str, Any], action: str) -> dict[str, Any]:
    """A policy that lacks a right."""
    kept = [
        statement | {"Action": actions}
        for statement in policy["Statement"]
        if (actions := [each for each in statement["Action"] if each != action])
    ]
    return {**policy, "Statement": kept}


@contextmanager
def recording(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[Right]]:
    """Record the rights that the commands' calls take while the body runs."""
    rights: set[Right] = set()

    def record(session: boto3.Session) -> None:
        def before(params: Mapping[str, Any], model: Any, **_: object) -> None:
            action = action_of(model.service_model.signing_name, model.name)
            rights.add((action, resource_of(action, params, f"aws:{{}}:{REGION}")))

        note_rights(session)
        session.events.register("provide-client-params.*.*", before)

    with monkeypatch.context() as patch:
        patch.setattr(payrefresh.adapters.aws, "note_rights", record)
        yield rights


def _for_local_aws(policy: Mapping[str, Any]) -> dict[str, Any]:
    statements = [
        each | {"Action": [*each["Action"], *(f"{name}Batch" for name in each["Action"] if name in BATCHES)]}
        for each in policy["Statement"]
    ]
    return {**policy, "Statement": statements}
