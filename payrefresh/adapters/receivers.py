"""The subscriptions of the topic that a stack's alarms go to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.adapters.aws import client
from payrefresh.adapters.stack import physical_ids
from payrefresh.ports import Receiver

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payrefresh.setup.ports import Deployed

TOPIC = "AlarmTopic"
"""Logical id of the topic that the stack makes for an e-mail address."""


@dataclass(frozen=True, slots=True)
class SnsReceivers:
    """Implements the `Receivers` port of a setup."""

    def of(self, stack: Deployed) -> Sequence[Receiver]:
        topic = stack.parameters.get("AlarmTopicArn") or physical_ids(stack.name).get(TOPIC)
        if not topic:
            return []
        return subscribed(topic)


def subscribed(topic: str) -> Sequence[Receiver]:
    """Who is subscribed to a topic, given by its ARN."""
    pages = client("sns").get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
    return [
        Receiver(
            protocol=each["Protocol"],
            endpoint=each["Endpoint"],
            is_confirmed=_confirmed(each["SubscriptionArn"]),
        )
        for page in pages
        for each in page["Subscriptions"]
    ]


def _confirmed(arn: str) -> bool:
    """Whether a subscription is confirmed: until then, AWS shows ``PendingConfirmation`` in place of its ARN."""
    if not arn.startswith("arn:"):
        return False
    attributes = client("sns").get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    return bool(attributes.get("PendingConfirmation", "false") == "false")
