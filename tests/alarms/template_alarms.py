"""The template's alarms, read for the model of CloudWatch, with the names of a stack of defaults."""

from __future__ import annotations

from functools import cache
from typing import Any

from tests.support.alarm_rules import Alarm, Name
from tests.template.conftest import ROOT
from tests.template.model import load

STACK = "payment-refresh"
NAMESPACE = f"PaymentRefresh/{STACK}"

CALLS_NOBODY = frozenset({"DeadLettersAlarm", "NewDeadLettersAlarm"})
"""With the defaults, the digest tells of dead letters."""


@cache
def alarms(stack: str = STACK) -> dict[str, Alarm]:
    """All of them, by their logical ids, for a stack's name."""
    body = load(ROOT / "template.yaml").body

    def resolve(value: Any) -> str:
        match value:
            case {"Ref": str(name)}:
                return str(body["Parameters"].get(name, {}).get("Default", name))
            case {"Fn::GetAtt": [str(name), str(attribute)]}:
                return f"{name}.{attribute}"
            case {"Fn::Sub": str(text)}:
                return text.replace("${AWS::StackName}", stack)
        return str(value)

    return {
        name: Alarm.read(name, resource["Properties"], resolve)
        for name, resource in body["Resources"].items()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    }


def own(metric: str) -> Name:
    """A metric that the functions emit."""
    return Name(NAMESPACE, metric, frozenset({("service", "payment-refresh")}))


def of_function(metric: str, function: str) -> Name:
    """A metric of Lambda's, for a function given by its logical id."""
    return Name("AWS/Lambda", metric, frozenset({("FunctionName", function)}))


def of_queue(metric: str, queue: str) -> Name:
    """A metric of SQS's, for a queue given by its logical id."""
    return Name("AWS/SQS", metric, frozenset({("QueueName", f"{queue}.QueueName")}))
