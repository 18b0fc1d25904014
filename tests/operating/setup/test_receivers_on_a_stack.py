"""The receivers of alarms, as a local AWS shows them."""

from __future__ import annotations

from copy import replace
from typing import TYPE_CHECKING

from payment_refresh.adapters.aws import client
from payrefresh.adapters.aws import connect
from payrefresh.adapters.receivers import SnsReceivers
from payrefresh.adapters.stack import find_stack

if TYPE_CHECKING:
    from tests.operating.command import Command
    from tests.operating.hollow import HollowStack


def test_receivers_of_a_topic_of_ones_own_are_listed_with_whether_they_confirmed(
    command: Command, stack: HollowStack
) -> None:
    del command
    connect(profile=None, region=None)
    found = find_stack(stack.name)
    assert list(SnsReceivers().of(found)) == []

    topic = client("sns").create_topic(Name="pager")["TopicArn"]
    client("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint="ops@example.com")
    client("sns").subscribe(TopicArn=topic, Protocol="http", Endpoint="http://127.0.0.1:9/pager")
    there = SnsReceivers().of(replace(found, parameters={"AlarmTopicArn": topic}))

    assert [(each.protocol, each.endpoint, each.is_confirmed) for each in there] == [
        ("email", "ops@example.com", True),
        ("http", "http://127.0.0.1:9/pager", False),
    ]
