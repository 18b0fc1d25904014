"""Demands of an account: a VPC, a permissions boundary, a key of its own, a limit of concurrency.

Only the template is tested: the local AWS has none of it.
"""

from __future__ import annotations

import re

import pytest

from tests.template.conftest import ROOT
from tests.template.model import Template, load, target

NOTHING = {"Ref": "AWS::NoValue"}
ROLES = sorted(load(ROOT / "template.yaml").of_type("AWS::IAM::Role"))
FUNCTIONS = ("OrderEvents", "Discover", "Sweep", "Refresh", "Digest")


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("VpcSubnetIds", "subnet-0123456789abcdef0", "vpc-0123"),
        ("VpcSecurityGroupIds", "sg-0123456789abcdef0", "default"),
    ],
)
def test_list_of_ids_takes_such_ids_and_may_be_empty(source: Template, name: str, right: str, wrong: str) -> None:
    parameter = source.body["Parameters"][name]
    taken = [value for value in ("", right, wrong) if re.fullmatch(parameter["AllowedPattern"], value)]
    assert (parameter["Type"], parameter["Default"], taken) == ("CommaDelimitedList", "", ["", right])


@pytest.mark.parametrize(
    ("rule", "given", "needed"),
    [
        ("SubnetsHaveSecurityGroups", "VpcSubnetIds", "VpcSecurityGroupIds"),
        ("SecurityGroupsHaveSubnets", "VpcSecurityGroupIds", "VpcSubnetIds"),
    ],
)
def test_subnets_and_security_groups_are_given_together(
    source: Template, rule: str, given: str, needed: str
) -> None:
    body = source.body["Rules"][rule]
    (assertion,) = body["Assertions"]
    assert body["RuleCondition"] == {"Fn::Not": [{"Fn::EachMemberEquals": [{"Ref": given}, ""]}]}
    assert assertion["Assert"] == {"Fn::Not": [{"Fn::EachMemberEquals": [{"Ref": needed}, ""]}]}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_function_is_in_the_vpc_where_one_is_given(deployed: Template, function: str) -> None:
    inside = {"SubnetIds": {"Ref": "VpcSubnetIds"}, "SecurityGroupIds": {"Ref": "VpcSecurityGroupIds"}}
    assert deployed.properties(function)["VpcConfig"] == {"Fn::If": ["InVpc", inside, NOTHING]}


@pytest.mark.parametrize("role", ROLES)
def test_role_is_bounded_where_a_boundary_is_given(deployed: Template, role: str) -> None:
    bound = {"Fn::If": ["HasBoundary", {"Ref": "PermissionsBoundaryArn"}, NOTHING]}
    assert deployed.properties(role)["PermissionsBoundary"] == bound


@pytest.mark.parametrize("role", ROLES)
def test_role_has_no_managed_policy_but_for_network_interfaces_in_a_vpc(deployed: Template, role: str) -> None:
    properties = deployed.properties(role)
    if role.endswith("ScheduleRole"):
        assert "ManagedPolicyArns" not in properties
        return
    (condition, (policy,), otherwise) = properties["ManagedPolicyArns"]["Fn::If"]
    assert (condition, otherwise) == ("InVpc", NOTHING)
    assert target(policy) == "arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"


@pytest.mark.parametrize("role", ROLES)
def test_role_that_reads_a_secret_may_decrypt_it_with_the_given_key_and_nothing_else(
    deployed: Template, role: str
) -> None:
    statements = deployed.properties(role)["Policies"][0]["PolicyDocument"]["Statement"]
    found = [each["Fn::If"] for each in statements if "Fn::If" in each and each["Fn::If"][1]["Sid"] != "Mail"]
    reads = any(each["Sid"].endswith("Secret") for each in deployed.statements(role))
    assert len(found) == reads
    for condition, statement, otherwise in found:
        assert (condition, otherwise) == ("HasSecretsKey", NOTHING)
        assert (statement["Action"], statement["Resource"]) == ("kms:Decrypt", {"Ref": "SecretsKmsKeyArn"})
        assert list(statement["Condition"]["StringEquals"]) == ["kms:ViaService"]


def test_only_webhooks_have_a_limit_of_concurrency_and_only_where_one_is_given(deployed: Template) -> None:
    """A new AWS account, with its quota of 10, refuses every reservation and with it the deployment."""
    limited = {"Fn::If": ["LimitsWebhooks", {"Ref": "WebhookConcurrency"}, NOTHING]}
    limits = {name: deployed.properties(name).get("ReservedConcurrentExecutions") for name in FUNCTIONS}
    assert limits == dict.fromkeys(FUNCTIONS) | {"OrderEvents": limited}


def test_digest_may_mail_where_there_is_a_topic_and_only_to_that(deployed: Template) -> None:
    (policy,) = deployed.properties("DigestRole")["Policies"]
    (conditional,) = (each["Fn::If"] for each in policy["PolicyDocument"]["Statement"] if "Fn::If" in each)
    topic = {"Fn::If": ["MailsAlarms", {"Ref": "AlarmTopic"}, {"Ref": "AlarmTopicArn"}]}

    assert conditional == [
        "SendsAlarms",
        {"Sid": "Mail", "Effect": "Allow", "Action": "sns:Publish", "Resource": topic},
        NOTHING,
    ]
    assert deployed.properties("Digest")["Environment"]["Variables"]["ALARM_TOPIC_ARN"] == topic
