"""The local AWS: it starts with IAM enforced, and leaves neither process nor port nor file behind."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.exceptions import ClientError

from devstack.clients import Clients
from devstack.local_aws import local_aws
from devstack.outcome_queue import subscribe_queue
from devstack.readings import count_messages, read_events, read_letters
from devstack.rights import allow_batches, take_right_away
from tests.integration.devstack.process_table import accepts_connections, descendants, still_running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_sqs import SQSClient

    from devstack.local_aws import LocalAws


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    """One local AWS for the tests of this module."""
    with local_aws() as running:
        yield running


def test_profile_of_the_user_that_is_not_there_matters_to_nobody(
    aws: LocalAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "of-another-machine")
    clients = Clients.connect(aws.endpoint)

    assert clients.sqs.list_queues()["ResponseMetadata"]["HTTPStatusCode"] == 200

    clients.close()


def test_nothing_is_left_of_it() -> None:
    with local_aws() as aws:
        port = urlsplit(aws.endpoint).port
        assert port is not None
        started = [entry for entry in descendants(os.getpid()) if entry.group == aws.process.process.pid]
        assert started
        assert accepts_connections(port)

    assert still_running(started) == []
    assert not accepts_connections(port)
    assert not aws.temp.exists()


def test_messages_are_counted_and_letters_read_without_taking_them(aws: LocalAws) -> None:
    sqs = aws.clients.sqs
    url = sqs.create_queue(QueueName="letters")["QueueUrl"]
    for number in range(12):
        body = {"type": "stripe_payments", "id": f"p{number}", "round": 1, "reason": "stayed_pending"}
        sqs.send_message(QueueUrl=url, MessageBody=json.dumps(body))

    keys = {letter.key for letter in read_letters(sqs, url)}

    assert keys == {f"stripe_payments#p{number}" for number in range(12)}
    assert len(read_letters(sqs, url)) == 12
    assert count_messages(sqs, url) == 12


@pytest.mark.parametrize("bus", ["default", "a-bus-of-its-own"])
def test_outcome_events_are_collected_and_others_are_not(aws: LocalAws, bus: str) -> None:
    sqs = aws.clients.sqs
    url = subscribe_queue(aws.clients, f"outcomes-{bus}", bus)
    for source, number in (("payment-refresh", 1), ("somebody.else", 2), ("payment-refresh", 3)):
        detail = json.dumps({"id": f"id-{number}", "payment": {"type": "stripe_payments", "id": f"p{number}"}})
        aws.clients.events.put_events(
            Entries=[{"EventBusName": bus, "Source": source, "DetailType": "Kind", "Detail": detail}]
        )

    events = read_events(sqs, url)

    assert {(event.id, event.kind, event.key) for event in events} == {
        ("id-1", "Kind", "stripe_payments#p1"),
        ("id-3", "Kind", "stripe_payments#p3"),
    }
    assert count_messages(sqs, url) == 2


class Sender:
    """Somebody in a role that may send to one queue, and no more."""

    def __init__(self, aws: LocalAws, name: str) -> None:
        iam = aws.clients.iam
        self.role = name
        self.queue_url = aws.clients.sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = f"arn:aws:sqs:us-east-1:000000000000:{name}"
        trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(_policy(trust)))
        sending = {"Effect": "Allow", "Action": ["sqs:SendMessage", "sqs:GetQueueAttributes"], "Resource": arn}
        iam.put_role_policy(RoleName=name, PolicyName="sending", PolicyDocument=json.dumps(_policy(sending)))
        sts = boto3.client(
            "sts", endpoint_url=aws.endpoint, region_name="us-east-1",
            aws_access_key_id="test", aws_secret_access_key="test",
        )  # fmt: skip
        role = f"arn:aws:iam::000000000000:role/{name}"
        keys = sts.assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
        sts.close()
        self.sqs: SQSClient = boto3.client(
            "sqs", endpoint_url=aws.endpoint, region_name="us-east-1", aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"], aws_session_token=keys["SessionToken"],
        )  # fmt: skip

    def send_batch(self) -> None:
        """Send a batch of one."""
        self.sqs.send_message_batch(QueueUrl=self.queue_url, Entries=[{"Id": "1", "MessageBody": "hello"}])


def _policy(statement: object) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": [statement]}


@pytest.fixture
def sender(aws: LocalAws, request: pytest.FixtureRequest) -> Iterator[Sender]:
    """Somebody who may send, with a role and a queue for this test alone."""
    sender = Sender(aws, request.node.name.replace("_", "-")[:60])
    yield sender
    sender.sqs.close()


def test_who_may_send_may_send_batches(aws: LocalAws, sender: Sender) -> None:
    with pytest.raises(
        ClientError, match="AccessDenied"
    ):  # if this passes, the emulator needs no mending any more
        sender.send_batch()

    allow_batches(aws.clients.iam, sender.role)

    sender.send_batch()
    assert count_messages(aws.clients.sqs, sender.queue_url) == 1


def test_a_right_can_be_taken_away(aws: LocalAws, sender: Sender) -> None:
    allow_batches(aws.clients.iam, sender.role)

    take_right_away(aws.clients.iam, sender.role, "sqs:SendMessage")

    with pytest.raises(ClientError, match="AccessDenied"):
        sender.sqs.send_message(QueueUrl=sender.queue_url, MessageBody="hello")
    with pytest.raises(ClientError, match="AccessDenied"):
        sender.send_batch()
    sender.sqs.get_queue_attributes(QueueUrl=sender.queue_url, AttributeNames=["All"])


def test_a_right_that_nobody_has_cannot_be_taken_away(aws: LocalAws, sender: Sender) -> None:
    with pytest.raises(ValueError, match="does not have the right to dynamodb:PutItem"):
        take_right_away(aws.clients.iam, sender.role, "dynamodb:PutItem")
