"""Order events over an event bus: only where one is named, only orders of its source, none of them lost unseen."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.template.model import target

if TYPE_CHECKING:
    from pathlib import Path

    from tests.template.model import Properties, Template

ONLY_WITH_A_BUS = ["OrderEventsRule", "OrderEventsRulePermission"]


@pytest.fixture
def rule_target(deployed: Template) -> Properties:
    """The rule's one target."""
    (found,) = deployed.properties("OrderEventsRule")["Targets"]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("logical_id", ONLY_WITH_A_BUS)
def test_without_a_bus_there_is_none_of_it(deployed: Template, logical_id: str) -> None:
    assert deployed.resource(logical_id)["Condition"] == "TakesEventsFromBus"
    named = {"Fn::Not": [{"Fn::Equals": [{"Ref": "OrderEventsBusName"}, ""]}]}
    assert deployed.body["Conditions"]["TakesEventsFromBus"] == named


def test_rule_takes_orders_of_the_named_source(deployed: Template) -> None:
    """An event of something else would fail in the function, and be kept for a person to look at."""
    rule = deployed.properties("OrderEventsRule")
    assert target(rule["EventBusName"]) == "OrderEventsBusName"
    assert rule["EventPattern"] == {
        "source": [{"wildcard": {"Ref": "OrderEventsSource"}}],
        "detail": {"data": {"type": ["orders"]}},
    }
    assert rule.get("State", "ENABLED") == "ENABLED"


def test_rule_takes_every_sample_event_of_a_bus(deployed: Template, root: Path) -> None:
    """Also the one that the function cannot read: its data is an order's."""
    samples = [json.loads(path.read_text()) for path in root.glob("events/order_events_bus_*.json")]
    (taken,) = deployed.properties("OrderEventsRule")["EventPattern"]["detail"]["data"]["type"]
    assert len(samples) == 3
    assert {sample["detail"]["data"]["type"] for sample in samples} == {taken}


def test_the_rule_hands_the_order_alone_to_order_events(rule_target: Properties) -> None:
    """The records that an event includes have client secrets, and an event that fails is kept in a queue."""
    assert target(rule_target["Arn"]) == "OrderEvents.Arn"
    transformer = rule_target["InputTransformer"]
    assert transformer["InputPathsMap"]["data"] == "$.detail.data"
    assert "$.detail" not in transformer["InputPathsMap"].values()
    assert '"detail": {"data": <data>}' in transformer["InputTemplate"]


def test_only_that_rule_may_call_the_function(deployed: Template) -> None:
    permissions = deployed.of_type("AWS::Lambda::Permission").values()
    (permission,) = (it for it in permissions if it["Principal"] != "*")
    assert permission == {
        "Action": "lambda:InvokeFunction",
        "FunctionName": {"Ref": "OrderEvents"},
        "Principal": "events.amazonaws.com",
        "SourceArn": {"Fn::GetAtt": ["OrderEventsRule", "Arn"]},
    }


def test_an_undelivered_event_is_tried_for_hours_then_kept(rule_target: Properties) -> None:
    assert rule_target["RetryPolicy"] == {"MaximumRetryAttempts": 185, "MaximumEventAgeInSeconds": 6 * 60 * 60}
    assert target(rule_target["DeadLetterConfig"]["Arn"]) == "AsyncFailuresQueue.Arn"


def test_only_that_rule_may_put_events_into_the_queue(deployed: Template) -> None:
    statements = deployed.properties("AsyncFailuresQueuePolicy")["PolicyDocument"]["Statement"]
    (conditional,) = (it["Fn::If"] for it in statements if "Fn::If" in it)
    condition, with_a_bus, without = conditional
    assert condition == "TakesEventsFromBus"
    assert without == {"Ref": "AWS::NoValue"}
    assert with_a_bus == {
        "Sid": "UndeliveredOrderEvents",
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": {"Fn::GetAtt": ["AsyncFailuresQueue", "Arn"]},
        "Condition": {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["OrderEventsRule", "Arn"]}}},
    }


def test_an_event_that_was_not_taken_is_tried_twice_more_then_kept(deployed: Template) -> None:
    configs = deployed.of_type("AWS::Lambda::EventInvokeConfig").values()
    (config,) = (it for it in configs if target(it["FunctionName"]) == "OrderEvents")
    assert config["MaximumRetryAttempts"] == 2
    assert target(config["DestinationConfig"]["OnFailure"]["Destination"]) == "AsyncFailuresQueue.Arn"


def test_a_deployment_fails_if_the_outcome_bus_does_not_exist(deployed: Template) -> None:
    """AWS drops what is sent to a bus that does not exist, and says nothing; a rule on it cannot be made."""
    rule = deployed.resource("OutcomeBusMustExist")
    assert "Condition" not in rule
    assert target(rule["Properties"]["EventBusName"]) == "OutcomeBusName"
    assert rule["Properties"]["State"] == "DISABLED"
    assert "Targets" not in rule["Properties"]


def test_there_are_no_other_rules(deployed: Template) -> None:
    assert deployed.of_type("AWS::Events::Rule").keys() == {"OrderEventsRule", "OutcomeBusMustExist"}
