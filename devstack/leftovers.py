"""Collects all that a run left behind: log lines and the metrics in them, rows, messages, events, settings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from devstack import readings
from devstack.canary import Left
from devstack.stack import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devstack.stack import LocalStack

_QUEUES = {
    "PendingPaymentsQueueUrl": "a message of the pending queue",
    "DeadLetterQueueUrl": "a dead letter",
    "AsyncFailuresQueueUrl": "a message of the queue of failures",
}


def left_behind(stack: LocalStack) -> Iterator[Left]:
    """Give everything, each with where it stands; only Secrets Manager is left out."""
    clients = stack.aws.clients
    for function in FUNCTIONS:
        for line in stack.log(function):
            yield Left(f"the log of {function}", line)
        settings = clients.functions.get_function_configuration(FunctionName=stack.resources[function])
        yield Left(f"the settings of {function}", json.dumps(settings.get("Environment")))
    for item in readings.read_items(clients.dynamodb, stack.outputs["StateTableName"]):
        yield Left("a row of the table", json.dumps(item, default=str))
    for output, what in _QUEUES.items():
        for body in readings.read_bodies(clients.sqs, stack.outputs[output]):
            yield Left(what, body)
    for body in readings.read_bodies(clients.sqs, stack.outcomes_url):
        yield Left("an outcome event", body)
    for described in clients.cloudformation.describe_stacks(StackName=stack.name)["Stacks"]:
        yield Left("the stack's parameters and outputs", json.dumps(described, default=str))
