"""The state table: the properties that keep it cheap, and those that keep it safe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.template.model import Properties, Template


@pytest.fixture
def table(deployed: Template) -> Properties:
    """The one table."""
    (found,) = deployed.of_type("AWS::DynamoDB::Table").values()
    return found


def test_rows_are_found_by_their_key(table: Properties) -> None:
    assert table["KeySchema"] == [{"AttributeName": "pk", "KeyType": "HASH"}]


def test_due_rows_are_found_by_class_and_time(table: Properties) -> None:
    assert table["GlobalSecondaryIndexes"] == [
        {
            "IndexName": "due",
            "KeySchema": [
                {"AttributeName": "due_class", "KeyType": "HASH"},
                {"AttributeName": "due_at", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ]


def test_only_key_attributes_are_declared(table: Properties) -> None:
    """DynamoDB refuses any other."""
    types = {it["AttributeName"]: it["AttributeType"] for it in table["AttributeDefinitions"]}
    assert types == {"pk": "S", "due_class": "S", "due_at": "N"}


def test_it_is_paid_by_request(table: Properties) -> None:
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert "ProvisionedThroughput" not in table


def test_ended_rows_expire(table: Properties) -> None:
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


def test_it_can_be_restored_to_any_moment(table: Properties) -> None:
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


def test_it_is_encrypted(table: Properties) -> None:
    assert table["SSESpecification"] == {"SSEEnabled": True}


def test_it_outlives_the_stack(deployed: Template) -> None:
    resource = deployed.resource("StateTable")
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_it_is_protected_unless_the_parameter_says_otherwise(deployed: Template, table: Properties) -> None:
    assert table["DeletionProtectionEnabled"] == {"Fn::If": ["TableIsProtected", True, False]}
    assert deployed.body["Conditions"]["TableIsProtected"] == {
        "Fn::Equals": [{"Ref": "DeletionProtection"}, "true"]
    }
    assert deployed.body["Parameters"]["DeletionProtection"]["Default"] == "true"
