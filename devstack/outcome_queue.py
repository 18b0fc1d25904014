"""A queue that gets every outcome event of the stack, as a subscriber's would."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from devstack.clients import Clients

SOURCE = "payment-refresh"
DEFAULT_BUS = "default"
"""The bus that every account has; any other is made."""


def subscribe_queue(clients: Clients, name: str, bus: str = DEFAULT_BUS) -> str:
    """Make a queue, and a rule on the bus that sends it all outcome events; return the queue's URL."""
    if bus != DEFAULT_BUS:
        clients.events.create_event_bus(Name=bus)
    url = clients.sqs.create_queue(QueueName=name)["QueueUrl"]
    queue = clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = json.dumps({"source": [SOURCE]})
    rule = clients.events.put_rule(Name=name, EventBusName=bus, EventPattern=pattern)["RuleArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue,
        "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    clients.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    clients.events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": "queue", "Arn": queue}])
    return url
