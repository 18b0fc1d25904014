"""Each role has exactly its rights, spelled out."""

from __future__ import annotations

import pytest

from payment_refresh.adapters.dynamodb import cursor, digest, rate_item, state_table, tally
from payment_refresh.domain.payment import ORDERS, REFRESHABLE
from tests.template.model import Template, as_list, target

WRITE_LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}
OUTCOME_BUS = "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/${OutcomeBusName}"

RIGHTS = {
    "OrderEventsRole": {
        "OrderEventsLogGroup.Arn": WRITE_LOGS,
        "StateTable.Arn": {"dynamodb:GetItem", "dynamodb:PutItem"},
        "WebhookSecretArn": {"secretsmanager:GetSecretValue"},
        "AsyncFailuresQueue.Arn": {"sqs:SendMessage"},
    },
    "DiscoverRole": {
        "DiscoverLogGroup.Arn": WRITE_LOGS,
        "StateTable.Arn": {
            "dynamodb:BatchGetItem",
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",  # marks only
        },
        "ApiSecretArn": {"secretsmanager:GetSecretValue"},
        "AsyncFailuresQueue.Arn": {"sqs:SendMessage"},
    },
    "SweepRole": {
        "SweepLogGroup.Arn": WRITE_LOGS,
        "${StateTable.Arn}/index/due": {"dynamodb:Query"},
        "StateTable.Arn": {
            "dynamodb:GetItem",  # marks only
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
        },
        "PendingPaymentsQueue.Arn": {"sqs:GetQueueAttributes", "sqs:SendMessage"},
        "AsyncFailuresQueue.Arn": {"sqs:SendMessage"},
    },
    "RefreshRole": {
        "RefreshLogGroup.Arn": WRITE_LOGS,
        "PendingPaymentsQueue.Arn": {"sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"},
        "PendingPaymentsDeadLetterQueue.Arn": {"sqs:SendMessage"},
        "StateTable.Arn": {
            "dynamodb:BatchGetItem",
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",  # marks only
        },
        OUTCOME_BUS: {"events:PutEvents"},
        "ApiSecretArn": {"secretsmanager:GetSecretValue"},
    },
    "DigestRole": {
        "DigestLogGroup.Arn": WRITE_LOGS,
        "${StateTable.Arn}/index/due": {"dynamodb:Query"},
        "StateTable.Arn": {
            "dynamodb:BatchGetItem",  # watches only
            "dynamodb:GetItem",  # its own marks and the tally only
            "dynamodb:PutItem",  # its own marks only
        },
        OUTCOME_BUS: {"events:PutEvents"},
        "PendingPaymentsDeadLetterQueue.Arn": {"sqs:GetQueueAttributes"},
        "AsyncFailuresQueue.Arn": {"sqs:GetQueueAttributes", "sqs:SendMessage"},
    },
    "SweepScheduleRole": {
        "Sweep.Arn": {"lambda:InvokeFunction"},
        "AsyncFailuresQueue.Arn": {"sqs:SendMessage"},
    },
    "DiscoverScheduleRole": {
        "Discover.Arn": {"lambda:InvokeFunction"},
        "AsyncFailuresQueue.Arn": {"sqs:SendMessage"},
    },
    "DigestScheduleRole": {
        "Digest.Arn": {"lambda:InvokeFunction"},
        "AsyncFailuresQueue.Arn": {"sqs:SendMessage"},
    },
}

ROLE_OF = {
    "OrderEvents": "OrderEventsRole",
    "Discover": "DiscoverRole",
    "Sweep": "SweepRole",
    "Refresh": "RefreshRole",
    "Digest": "DigestRole",
}
SCHEDULE_ROLES = ["DiscoverScheduleRole", "SweepScheduleRole", "DigestScheduleRole"]
WATCHES = ["stripe_payments#*", "checkout_com_payments#*", "satispay_payments#*", "orders#*"]


def test_there_are_no_other_roles_or_policies(deployed: Template) -> None:
    assert deployed.of_type("AWS::IAM::Role").keys() == RIGHTS.keys()
    assert not deployed.of_type("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy")


@pytest.mark.parametrize("role", RIGHTS)
def test_a_role_has_exactly_its_rights(deployed: Template, role: str) -> None:
    rights: dict[str, set[str]] = {}
    for statement in deployed.statements(role):
        assert statement["Effect"] == "Allow"
        for resource in as_list(statement["Resource"]):
            rights.setdefault(target(resource), set()).update(as_list(statement["Action"]))
    assert rights == RIGHTS[role]


@pytest.mark.parametrize("role", RIGHTS)
def test_a_role_has_no_wildcard(deployed: Template, role: str) -> None:
    for statement in deployed.statements(role):
        assert not {"NotAction", "NotResource"} & statement.keys()
        for name in as_list(statement["Action"]) + [target(it) for it in as_list(statement["Resource"])]:
            assert "*" not in name


@pytest.mark.parametrize("role", RIGHTS)
def test_a_role_has_no_name_of_its_own(deployed: Template, role: str) -> None:
    """Named roles would need CAPABILITY_NAMED_IAM."""
    assert "RoleName" not in deployed.properties(role)


@pytest.mark.parametrize("role", RIGHTS)
def test_a_role_is_assumed_by_its_one_service(deployed: Template, role: str) -> None:
    (statement,) = deployed.properties(role)["AssumeRolePolicyDocument"]["Statement"]
    service = "scheduler.amazonaws.com" if role in SCHEDULE_ROLES else "lambda.amazonaws.com"
    assert statement["Principal"] == {"Service": service}
    assert statement["Action"] == "sts:AssumeRole"


@pytest.mark.parametrize("role", SCHEDULE_ROLES)
def test_only_this_accounts_scheduler_may_run_a_function(deployed: Template, role: str) -> None:
    (statement,) = deployed.properties(role)["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_every_function_has_a_role_of_its_own(deployed: Template) -> None:
    functions = deployed.of_type("AWS::Lambda::Function")
    assert {name: target(it["Role"]).removesuffix(".Arn") for name, it in functions.items()} == ROLE_OF


@pytest.mark.parametrize(
    ("role", "sid", "keys"),
    [
        ("OrderEventsRole", "Watches", WATCHES),
        ("DiscoverRole", "Watches", [*WATCHES, "mark#*"]),
        ("DiscoverRole", "Marks", ["mark#*"]),
        ("SweepRole", "Marks", ["mark#*"]),
        ("RefreshRole", "Marks", ["mark#*"]),
        ("DigestRole", "Watches", WATCHES),
        ("DigestRole", "OwnMarks", [digest.ROW, digest.DAILY_ROW]),
        ("DigestRole", "Tally", [tally.ROW]),
    ],
)
def test_a_right_ends_at_its_keys(deployed: Template, role: str, sid: str, keys: list[str]) -> None:
    (statement,) = (it for it in deployed.statements(role) if it["Sid"] == sid)
    assert statement["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": keys}}


def test_the_keys_are_those_the_code_uses() -> None:
    """The local AWS does not check keys, so only this shows that a row has left its role's reach."""
    assert sorted(WATCHES) == sorted(f"{name}#*" for name in (*REFRESHABLE, ORDERS))
    for mark in (
        state_table.FIRST_DEPLOYMENT,
        rate_item.RATE,
        cursor.ROW,
        digest.ROW,
        digest.DAILY_ROW,
        tally.ROW,
    ):
        assert mark.startswith("mark#")


@pytest.mark.parametrize(
    ("role", "sid", "actions"),
    [
        ("DiscoverRole", "Marks", ["dynamodb:UpdateItem"]),
        ("SweepRole", "Marks", ["dynamodb:GetItem"]),
        ("RefreshRole", "Marks", ["dynamodb:UpdateItem"]),
        ("DigestRole", "OwnMarks", ["dynamodb:PutItem"]),
    ],
)
def test_what_holds_for_marks_only(deployed: Template, role: str, sid: str, actions: list[str]) -> None:
    """The rights of a role are compared as a whole above; here, that no other statement grants these."""
    granting = [
        it["Sid"]
        for it in deployed.statements(role)
        if target(it["Resource"]) == "StateTable.Arn" and set(actions) & set(as_list(it["Action"]))
    ]
    assert granting == [sid]


@pytest.mark.parametrize(
    ("role", "sids"),
    [
        ("OrderEventsRole", ["Watches"]),
        ("DiscoverRole", ["Watches", "Marks"]),
        ("DigestRole", ["DueIndex", "Watches", "OwnMarks", "Tally"]),
    ],
)
def test_there_is_no_other_way_to_the_table(deployed: Template, role: str, sids: list[str]) -> None:
    assert [it["Sid"] for it in deployed.statements(role) if "StateTable" in target(it["Resource"])] == sids


def test_no_function_reads_both_secrets(deployed: Template) -> None:
    """Whoever breaks into the public function must not get the API's credentials."""
    readers = {
        secret: {role for role in RIGHTS if secret in {target(it["Resource"]) for it in deployed.statements(role)}}
        for secret in ("ApiSecretArn", "WebhookSecretArn")
    }
    assert readers == {"ApiSecretArn": {"DiscoverRole", "RefreshRole"}, "WebhookSecretArn": {"OrderEventsRole"}}


def test_no_function_uses_sam_policies(source: Template) -> None:
    """SAM adds managed policies with ``Resource: "*"`` to the role that it makes for them."""
    for function in source.of_type("AWS::Serverless::Function").values():
        assert "Policies" not in function
        assert "Role" in function
