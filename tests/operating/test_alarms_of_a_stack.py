"""The alarms of a stack: those that ring on AWS, and none where nobody evaluates them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from botocore.stub import Stubber

from payment_refresh.adapters import aws
from payrefresh.adapters.alarms import CloudWatchAlarms
from payrefresh.adapters.aws import connect

if TYPE_CHECKING:
    from tests.operating.command import Command
    from tests.operating.hollow import HollowStack

SINCE = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.usefixtures("command")
def test_alarms_of_the_local_aws_say_nothing(stack: HollowStack) -> None:
    connect(profile=None, region=None)

    assert CloudWatchAlarms(stack.name).ringing() is None


def test_alarms_that_ring_are_named_as_in_the_template(
    command: Command, stack: HollowStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert command
    connect(profile=None, region=None)
    # The local AWS has the alarms and does not evaluate them: what AWS would answer stands in for it here.
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    aws.make_clients("cloudwatch")
    monkeypatch.setenv("AWS_ENDPOINT_URL", stack.aws.endpoint)
    names = {logical: name for logical, name in stack.resources.items() if logical.endswith("Alarm")}
    answer = {
        "AlarmName": names["RefreshErrorsAlarm"],
        "AlarmDescription": "The refresh function crashed.",
        "StateUpdatedTimestamp": SINCE,
    }
    with Stubber(aws.client("cloudwatch")) as stub:
        stub.add_response("describe_alarms", {"MetricAlarms": [answer]})

        (ringing,) = CloudWatchAlarms(stack.name).ringing() or ()

    assert ringing == ("RefreshErrorsAlarm", SINCE.timestamp(), "The refresh function crashed.")
