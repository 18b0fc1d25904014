"""Creating and changing a stack by a change set that somebody sees first."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from devstack.change_set import ByChangeSet, Declined
from devstack.errors import LauncherError
from devstack.local_aws import local_aws
from tests.operating.hollow import BUCKET, hollow_template, secret

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mypy_boto3_cloudformation.type_defs import StackTypeDef

    from devstack.local_aws import LocalAws


@dataclass
class Ground:
    """A template on a local AWS, and what somebody saw of its change sets."""

    aws: LocalAws
    url: str
    parameters: dict[str, str]
    agrees: bool = True
    seen: list[str] = field(default_factory=list)

    def deploy(self, **parameters: str) -> StackTypeDef:
        """Create or change the stack."""
        self.seen.clear()

        def show(lines: Sequence[str]) -> None:
            self.seen += lines

        by = ByChangeSet(show=show, agrees=lambda: self.agrees)
        return by(self.aws.clients, "shop", self.url, self.parameters | parameters)


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    with local_aws() as aws:
        aws.clients.s3.create_bucket(Bucket=BUCKET)
        aws.clients.s3.put_object(Bucket=BUCKET, Key="shop", Body=hollow_template())
        parameters = {
            "CommerceLayerBaseUrl": "http://127.0.0.1:1",
            "CommerceLayerOrganization": "shop",
            "ApiSecretArn": secret(aws, "api", {}),
            "WebhookSecretArn": secret(aws, "webhooks", {}),
            "Mode": "observe",
        }
        yield Ground(aws, f"{aws.endpoint}/{BUCKET}/shop", parameters)


def test_change_set_that_is_declined_creates_nothing_and_one_that_is_refused_says_why(ground: Ground) -> None:
    ground.agrees = False
    with pytest.raises(Declined):
        ground.deploy()
    with pytest.raises(LauncherError, match="refused the stack"):
        ground.deploy(Mode="neither")

    ground.agrees = True
    stack = ground.deploy()

    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert ground.seen[0].startswith("adds ")
    assert "5 Lambda::Function" in ground.seen[0]


def test_change_of_a_parameter_shows_what_it_modifies_and_keeps_the_others(ground: Ground) -> None:
    ground.deploy(Mode="observe")

    del ground.parameters["CommerceLayerBaseUrl"]
    stack = ground.deploy(Mode="refresh")

    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    assert "Modify Refresh (AWS::Lambda::Function)" in ground.seen
    holding = {each["ParameterKey"]: each["ParameterValue"] for each in stack["Parameters"]}
    assert (holding["Mode"], holding["CommerceLayerBaseUrl"]) == ("refresh", "http://127.0.0.1:1")


def test_change_set_without_a_change_is_not_executed(ground: Ground) -> None:
    ground.deploy(Mode="refresh")

    ground.agrees = False
    stack = ground.deploy(Mode="refresh")

    assert ground.seen == ["CloudFormation has nothing to change"]
    assert stack["StackName"] == "shop"
